// build: gcc-O1, gcc-O2, gcc-O3, gcc-O2-pie
// engines
// Small functions that call themselves, of which several levels are translated as one: left and entered again at every depth, by jumps, signals, other stacks, and for want of room.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

static volatile int zero;
static void (*volatile leaf)(int);

/* Values of every kind are kept over the call; the leaf does what it likes. */
__attribute__((noinline)) static double keeps(int n, long a, double x, int *top) {
    if (n == 0) {
        leaf(*top);
        return x + a;
    }
    int here = *top + n;
    double y = keeps(n - 1, a * 3 + n, x * 0.5 + n, n & 1 ? &here : top);
    return y + x + a % 1000 + here;
}

/* Two calls, in a tree. */
struct node { struct node *left, *right; int key; };
static struct node *grow(int low, int high) {
    if (low >= high)
        return NULL;
    struct node *node = malloc(sizeof *node);
    node->key = (low + high) / 2;
    node->left = grow(low, node->key);
    node->right = grow(node->key + 1, high);
    return node;
}
static void (*volatile visit)(int);
static void walk(const struct node *node) {
    if (!node)
        return;
    walk(node->left);
    visit(node->key);
    walk(node->right);
}

/* In a loop that also counts, and stops in between. */
static volatile unsigned found;
static void queens(int row, unsigned columns, unsigned up, unsigned down, int n) {
    if (row == n) {
        found++;
        leaf((int)found);
        return;
    }
    for (int i = 0; i < n; i++) {
        unsigned bit = 1u << i;
        if (!((columns | up | down) & bit))
            queens(row + 1, columns | bit, (up | bit) << 1, (down | bit) >> 1, n);
    }
}

/* What is done after the last call, and what is handed on. */
static unsigned collatz(unsigned long n, unsigned steps) {
    if (n == 1) {
        leaf((int)steps);
        return steps;
    }
    unsigned rest = n & 1 ? collatz(3 * n + 1, steps + 1) : collatz(n / 2, steps + 1);
    return rest ^ (steps & 1 & zero);
}

static void nothing(int n) { (void)n; }

static jmp_buf back;
static void jumps(int n) {
    if (n % 5 == 2)
        longjmp(back, n);
}

static volatile sig_atomic_t signals;
static void handler(int number) { signals += number == SIGUSR1; }
static void raises(int n) { raise(n % 2 ? SIGUSR1 : SIGUSR2); }

static ucontext_t inner, outer;
static char stack[64 << 10];
static int given;
static void gives(int n) {
    given = n;
    swapcontext(&inner, &outer);
}
static const struct node *tree;
static void generate(void) {
    walk(tree);
    given = -1;
}

static void deep(int n) {
    /* Deeper than engines go: everything above is left. */
    int top = n;
    leaf = nothing;
    printf("%.3f ", keeps(20000 + n % 3, n, 1, &top));
    leaf = raises;
}

static void forks(int n) {
    if (n % 40 == 0) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            _exit(3);
    }
}

int main(void) {
    int top = 7;
    leaf = nothing;
    for (int n = 0; n < 12; n++)
        printf("%.3f ", keeps(n, n, 0.25, &top));
    printf("\n%.3f\n", keeps(50000, 1, 2, &top));

    leaf = jumps;
    for (int n = 0; n < 20; n++) {
        top = n;
        int came = setjmp(back);
        if (came)
            printf("j%d ", came);
        else
            printf("%.3f ", keeps(n, n, 1, &top));
    }

    signal(SIGUSR1, handler);
    signal(SIGUSR2, handler);
    leaf = raises;
    for (int n = 0; n < 20; n++) {
        top = n;
        printf("%.3f ", keeps(n, n, 1, &top));
    }
    printf("\nsignals %d\n", (int)signals);

    tree = grow(0, 100);
    getcontext(&inner);
    inner.uc_stack.ss_sp = stack;
    inner.uc_stack.ss_size = sizeof stack;
    inner.uc_link = &outer;
    makecontext(&inner, generate, 0);
    visit = gives;
    for (;;) {
        swapcontext(&outer, &inner);
        if (given < 0)
            break;
        printf("%d ", given);
    }
    printf("\n");

    leaf = nothing;
    queens(0, 0, 0, 0, 8);
    printf("queens %u", found);
    leaf = jumps;
    for (int i = 0; i < 4; i++) {
        found = (unsigned)i;
        if (!setjmp(back))
            queens(0, 0, 0, 0, 6);
        printf(" %u", found);
    }
    leaf = raises;
    found = 0;
    queens(0, 0, 0, 0, 7);
    printf(" %u, signals %d\n", found, (int)signals);

    leaf = deep;
    for (int n = 0; n < 5; n++) {
        top = n;
        printf("%.3f ", keeps(n, n, 1, &top));
        leaf = deep;
    }
    leaf = nothing;
    printf("\ncollatz %u %u", collatz(27, 0), collatz(837799, 0));
    leaf = forks;
    visit = forks;
    walk(tree);
    printf(" %u\n", collatz(97, 0));
    return 0;
}
