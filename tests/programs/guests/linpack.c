// build: gcc-O3, gcc-O0, gcc-O2-musl-pie, zig-O3, zig-O2-strip
// run: 120
// run: 200
// engines
// LU factorisation with partial pivoting in the manner of LINPACK: factor, solve, check the residual; in double and in float.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SOLVER(T, NAME, FABS)                                                       \
    static T NAME(int n) {                                                          \
        T *a = malloc(sizeof(T) * n * n), *b = malloc(sizeof(T) * n);               \
        int *pivots = malloc(sizeof(int) * n);                                      \
        long seed = 1325;                                                           \
        for (int j = 0; j < n; j++)                                                 \
            for (int i = 0; i < n; i++) {                                           \
                seed = 3125 * seed % 65536;                                         \
                a[j * n + i] = (T)(seed - 32768) / (T)16384;                        \
            }                                                                       \
        for (int i = 0; i < n; i++) {                                               \
            b[i] = 0;                                                               \
            for (int j = 0; j < n; j++)                                             \
                b[i] += a[j * n + i];                                               \
        }                                                                           \
        for (int k = 0; k < n - 1; k++) {                                           \
            T *column = a + k * n;                                                  \
            int p = k;                                                              \
            for (int i = k + 1; i < n; i++)                                         \
                if (FABS(column[i]) > FABS(column[p]))                              \
                    p = i;                                                          \
            pivots[k] = p;                                                          \
            T t = column[p];                                                        \
            column[p] = column[k];                                                  \
            column[k] = t;                                                          \
            for (int i = k + 1; i < n; i++)                                         \
                column[i] /= -t;                                                    \
            for (int j = k + 1; j < n; j++) {                                       \
                T *other = a + j * n, s = other[p];                                 \
                other[p] = other[k];                                                \
                other[k] = s;                                                       \
                for (int i = k + 1; i < n; i++)                                     \
                    other[i] += s * column[i];                                      \
            }                                                                       \
        }                                                                           \
        for (int k = 0; k < n - 1; k++) {                                           \
            T t = b[pivots[k]];                                                     \
            b[pivots[k]] = b[k];                                                    \
            b[k] = t;                                                               \
            for (int i = k + 1; i < n; i++)                                         \
                b[i] += t * a[k * n + i];                                           \
        }                                                                           \
        for (int k = n - 1; k >= 0; k--) {                                          \
            b[k] /= a[k * n + k];                                                   \
            for (int i = 0; i < k; i++)                                             \
                b[i] -= b[k] * a[k * n + i];                                        \
        }                                                                           \
        T worst = 0, sum = 0;                                                       \
        for (int i = 0; i < n; i++) {                                               \
            T error = FABS(b[i] - 1);                                               \
            worst = error > worst ? error : worst;                                  \
            sum += b[i];                                                            \
        }                                                                           \
        printf("%s n=%d: sum %.4g, first %.4f, last %.4f\n", #T, n, (double)sum, (double)b[0], (double)b[n - 1]); \
        free(a);                                                                    \
        free(b);                                                                    \
        free(pivots);                                                               \
        return worst;                                                               \
    }

SOLVER(double, solve_double, fabs)
SOLVER(float, solve_float, fabsf)

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 100;
    double worst = solve_double(n);
    float single = solve_float(n);
    printf("%s %s\n", worst < 1e-9 ? "solved" : "wrong", single < 0.1f ? "solved" : "wrong");
    return worst >= 1e-9 || single >= 0.1f;
}
