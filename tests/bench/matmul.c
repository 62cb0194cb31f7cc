// Matrix multiplication in single precision, the loop order that vectorises.
#include "bench.h"

enum { N = 512 };
static float a[N][N], b[N][N], c[N][N];

static double kernel(void) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (float)((i * 3 + j) % 7);
            b[i][j] = (float)((i + j * 5) % 11);
            c[i][j] = 0;
        }
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < N; i++)
            for (int k = 0; k < N; k++)
                for (int j = 0; j < N; j++)
                    c[i][j] += a[i][k] * b[k][j];
    double sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            sum += c[i][j] * ((i + j) % 3);
    return sum;
}
