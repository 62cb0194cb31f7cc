// build: gcc-O2, gcc-O0, gcc-O1-musl-pie, zig-O0-pie
// engines
// 100,000 frames, direct, mutual, through pointers and with large frames: the guest's stack is the only limit.
#include <stdio.h>
#include <stdlib.h>

static volatile int zero;

__attribute__((noinline)) static long depth(long n) {
    if (n == 0)
        return zero;
    long result = depth(n - 1) + 1;
    return result + zero;
}

__attribute__((noinline)) static int is_odd(int n);
__attribute__((noinline)) static int is_even(int n) { return n == 0 ? 1 : zero + is_odd(n - 1); }
__attribute__((noinline)) static int is_odd(int n) { return n == 0 ? zero : zero + is_even(n - 1); }

static double (*volatile through)(int, double);
__attribute__((noinline)) static double by_pointer(int n, double x) { return n == 0 ? x : through(n - 1, x * 0.5 + 1) + 0.25 + zero; }

__attribute__((noinline)) static int wide(int n) {
    volatile int values[64];
    for (int i = 0; i < 64; i++)
        values[i] = n + i;
    if (n > 0)
        values[n % 64] += wide(n - 1) % 1000;
    return values[n % 64];
}

struct node { struct node *left, *right; long key; };
__attribute__((noinline)) static struct node *chain(int n) {
    struct node *node = calloc(1, sizeof *node);
    node->key = n;
    if (n > 0) {
        struct node *child = chain(n - 1);
        *(n % 3 ? &node->left : &node->right) = child;
    }
    return node;
}
static long total(const struct node *node) { return node ? node->key + total(node->left) * 3 % 1000003 + total(node->right) : 0; }

static int compare(const void *a, const void *b) {
    /* Recursion below a library function that calls back. */
    depth(50);
    return *(const int *)a - *(const int *)b;
}

__attribute__((noinline)) static int ackermann(int m, int n) {
    return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

int main(void) {
    printf("%ld\n", depth(100000));
    for (int i = 0; i < 5; i++)
        printf("%ld ", depth(20000 + i));
    printf("\n%d %d\n", is_even(100000), is_odd(99999));
    through = by_pointer;
    printf("%.6f\n", by_pointer(80000, 1000));
    printf("%d\n", wide(20000));
    printf("%ld\n", total(chain(60000)));
    printf("%d %d\n", ackermann(2, 300), ackermann(3, 8));
    int values[200];
    for (int i = 0; i < 200; i++)
        values[i] = i * 7919 % 1009;
    qsort(values, 200, sizeof *values, compare);
    printf("%d %d\n", values[0], values[199]);
    return 0;
}
