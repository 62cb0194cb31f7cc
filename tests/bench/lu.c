// LU factorisation with partial pivoting, as in LINPACK: daxpy by columns.
#include "bench.h"
#include <math.h>

enum { N = 500 };
static double a[N][N], b[N];

static double kernel(void) {
    double sum = 0;
    for (int round = 0; round < 4; round++) {
        uint32_t seed = 1325;
        for (int j = 0; j < N; j++)
            for (int i = 0; i < N; i++) {
                seed = seed * 1664525 + 1013904223;
                a[j][i] = (double)(seed >> 8) / (1 << 24) - 0.5;
            }
        for (int i = 0; i < N; i++) {
            b[i] = 0;
            for (int j = 0; j < N; j++)
                b[i] += a[j][i];
        }
        for (int k = 0; k < N - 1; k++) {
            int p = k;
            for (int i = k + 1; i < N; i++)
                if (fabs(a[k][i]) > fabs(a[k][p]))
                    p = i;
            double t = a[k][p];
            a[k][p] = a[k][k];
            a[k][k] = t;
            for (int i = k + 1; i < N; i++)
                a[k][i] /= -t;
            t = b[p];
            b[p] = b[k];
            b[k] = t;
            for (int i = k + 1; i < N; i++)
                b[i] += t * a[k][i];
            for (int j = k + 1; j < N; j++) {
                double s = a[j][p];
                a[j][p] = a[j][k];
                a[j][k] = s;
                for (int i = k + 1; i < N; i++)
                    a[j][i] += s * a[k][i];
            }
        }
        for (int k = N - 1; k >= 0; k--) {
            b[k] /= a[k][k];
            for (int i = 0; i < k; i++)
                b[i] -= b[k] * a[k][i];
        }
        sum = 0;
        for (int i = 0; i < N; i++)
            sum += b[i];
    }
    return round(sum * 1000) / 1000;
}
