// build: gcc-O2, gcc-O0-pie, gcc-O3-musl, zig-O2
// alloca and variable-length arrays: stack pointers that move by computed amounts, in loops and in recursion.
#include <alloca.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static unsigned fill(unsigned char *bytes, size_t size, unsigned seed) {
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)(seed * 31 + i * 7);
        sum = sum * 33 + bytes[i];
    }
    return sum;
}

struct cell { struct cell *next; int value; };

__attribute__((noinline)) static int list_on_stack(int n) {
    struct cell *head = NULL;
    for (int i = 0; i < n; i++) {
        struct cell *cell = alloca(sizeof *cell + (i % 5) * 16);
        cell->next = head;
        cell->value = i;
        head = cell;
    }
    int sum = 0;
    for (; head; head = head->next)
        sum = sum * 3 + head->value;
    return sum;
}

__attribute__((noinline)) static double matrix(int n) {
    double a[n][n], b[n][n];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            a[i][j] = i - 2 * j;
            b[j][i] = a[i][j] / (1 + i);
        }
    double trace = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            trace += a[i][j] * b[j][i];
    return trace;
}

__attribute__((noinline)) static unsigned recursive(int depth, int size) {
    unsigned char bytes[size];
    unsigned sum = fill(bytes, size, depth);
    if (depth > 0)
        sum ^= recursive(depth - 1, size * 5 % 301 + 1);
    for (int i = 0; i < size; i++)
        sum += bytes[i];
    return sum;
}

__attribute__((noinline)) static int aligned(int n) {
    _Alignas(64) char fixed[100];
    char *moving = alloca(n);
    memset(fixed, 1, sizeof fixed);
    memset(moving, 2, n);
    int wrong = ((uintptr_t)fixed & 63) != 0 || ((uintptr_t)moving & 15) != 0;
    for (int i = 0; i < 100; i++)
        wrong += fixed[i] != 1;
    return wrong;
}

__attribute__((noinline)) static int break_out(int n) {
    int total = 0;
    for (int i = 1; i < n; i++) {
        int values[i * 3];
        for (int j = 0; j < i * 3; j++)
            values[j] = j ^ i;
        if (values[i] > 50)
            continue;
        if (values[i * 2] == 77)
            break;
        total += values[i * 3 - 1];
    }
    return total;
}

int main(void) {
    for (int n = 0; n < 400; n += 57)
        printf("%d %g\n", list_on_stack(n), matrix(n / 10 + 1));
    printf("%u\n", recursive(500, 17));
    int wrong = 0;
    for (int n = 1; n < 300; n += 13)
        wrong += aligned(n);
    printf("%d wrong, %d\n", wrong, break_out(200));
    return wrong;
}
