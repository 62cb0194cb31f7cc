// build: gcc-O3, gcc-O1, gcc-O0-pie, gcc-O2-musl-strip, zig-O3-pie, zig-O1
// Small classic kernels, checked by known results: matrix products, n-body, sieve, Fibonacci, quicksort, life, Floyd, knapsack, edit distance, queens.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static int sieve(int n) {
    char *composite = calloc(n + 1, 1);
    int count = 0;
    for (int i = 2; i <= n; i++) {
        if (composite[i])
            continue;
        count++;
        for (long j = (long)i * i; j <= n; j += i)
            composite[j] = 1;
    }
    free(composite);
    return count;
}

static void quicksort(int *a, int n) {
    while (n > 12) {
        int pivot = a[n / 2], i = 0, j = n - 1;
        for (;; i++, j--) {
            while (a[i] < pivot) i++;
            while (a[j] > pivot) j--;
            if (i >= j) break;
            int t = a[i];
            a[i] = a[j];
            a[j] = t;
        }
        quicksort(a, i);
        a += i;
        n -= i;
    }
    for (int i = 1; i < n; i++) {
        int x = a[i], j = i;
        for (; j > 0 && a[j - 1] > x; j--)
            a[j] = a[j - 1];
        a[j] = x;
    }
}

#define SIZE 67
#define MATMUL(T, NAME)                                                   \
    static double NAME(void) {                                            \
        static T a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];             \
        for (int i = 0; i < SIZE; i++)                                    \
            for (int j = 0; j < SIZE; j++) {                              \
                a[i][j] = (T)(i - j + 3);                                 \
                b[i][j] = (T)((i * j) % 11);                              \
            }                                                             \
        for (int i = 0; i < SIZE; i++)                                    \
            for (int k = 0; k < SIZE; k++)                                \
                for (int j = 0; j < SIZE; j++)                            \
                    c[i][j] += a[i][k] * b[k][j];                         \
        double sum = 0;                                                   \
        for (int i = 0; i < SIZE; i++)                                    \
            for (int j = 0; j < SIZE; j++)                                \
                sum += c[i][j] * ((i + j) % 3);                           \
        return sum;                                                       \
    }
MATMUL(double, matmul_double)
MATMUL(float, matmul_float)
MATMUL(int, matmul_int)
MATMUL(int64_t, matmul_long)
MATMUL(int16_t, matmul_short)

struct body { double x[3], v[3], mass; };
static double energy(const struct body *b, int n) {
    double e = 0;
    for (int i = 0; i < n; i++) {
        e += 0.5 * b[i].mass * (b[i].v[0] * b[i].v[0] + b[i].v[1] * b[i].v[1] + b[i].v[2] * b[i].v[2]);
        for (int j = i + 1; j < n; j++) {
            double d = 0;
            for (int k = 0; k < 3; k++)
                d += (b[i].x[k] - b[j].x[k]) * (b[i].x[k] - b[j].x[k]);
            e -= b[i].mass * b[j].mass / sqrt(d);
        }
    }
    return e;
}
static void advance(struct body *b, int n, double dt) {
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++) {
            double d[3], r2 = 0;
            for (int k = 0; k < 3; k++) {
                d[k] = b[i].x[k] - b[j].x[k];
                r2 += d[k] * d[k];
            }
            double m = dt / (r2 * sqrt(r2));
            for (int k = 0; k < 3; k++) {
                b[i].v[k] -= d[k] * b[j].mass * m;
                b[j].v[k] += d[k] * b[i].mass * m;
            }
        }
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 3; k++)
            b[i].x[k] += dt * b[i].v[k];
}

static int life(int generations) {
    enum { S = 32 };
    static unsigned char now[S][S], next[S][S];
    static const char *const glider[] = {".#.", "..#", "###"};
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 3; x++)
            now[y + 1][x + 1] = glider[y][x] == '#';
    now[20][20] = now[20][21] = now[20][22] = 1;
    for (int g = 0; g < generations; g++) {
        for (int y = 0; y < S; y++)
            for (int x = 0; x < S; x++) {
                int n = 0;
                for (int dy = -1; dy <= 1; dy++)
                    for (int dx = -1; dx <= 1; dx++)
                        n += (dy || dx) && now[(y + dy) & (S - 1)][(x + dx) & (S - 1)];
                next[y][x] = n == 3 || (n == 2 && now[y][x]);
            }
        memcpy(now, next, sizeof now);
    }
    int hash = 0;
    for (int i = 0; i < S * S; i++)
        hash = hash * 3 + now[i / S][i % S];
    return hash;
}

static int floyd(void) {
    enum { V = 40 };
    static int d[V][V];
    for (int i = 0; i < V; i++)
        for (int j = 0; j < V; j++)
            d[i][j] = i == j ? 0 : (i * 7 + j * 13) % 5 ? 1000000 : 1 + (i * j) % 17;
    for (int k = 0; k < V; k++)
        for (int i = 0; i < V; i++)
            for (int j = 0; j < V; j++)
                if (d[i][k] + d[k][j] < d[i][j])
                    d[i][j] = d[i][k] + d[k][j];
    int sum = 0;
    for (int i = 0; i < V; i++)
        for (int j = 0; j < V; j++)
            sum += d[i][j] % 1009;
    return sum;
}

static int knapsack(void) {
    int best[501] = {0};
    for (int item = 1; item <= 60; item++) {
        int weight = item * 37 % 41 + 3, value = item * 53 % 67 + 1;
        for (int w = 500; w >= weight; w--)
            if (best[w - weight] + value > best[w])
                best[w] = best[w - weight] + value;
    }
    return best[500];
}

static int distance(const char *a, const char *b) {
    int n = (int)strlen(b), row[64];
    for (int j = 0; j <= n; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int cost = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j - 1] + 1 < cost) cost = row[j - 1] + 1;
            if (diagonal + 1 < cost) cost = diagonal + 1;
            row[j] = cost;
        }
    }
    return row[n];
}

static int queens(int n, unsigned columns, unsigned left, unsigned right) {
    unsigned free_ = ~(columns | left | right) & ((1u << n) - 1);
    int count = columns == (1u << n) - 1;
    while (free_) {
        unsigned bit = free_ & -free_;
        free_ ^= bit;
        count += queens(n, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return count;
}

int main(void) {
    int wrong = 0;
#define EXPECT(expression, value) do { long got = (expression); printf("%s = %ld\n", #expression, got); wrong += got != (value); } while (0)
    EXPECT(fib(24), 46368);
    EXPECT(sieve(200000), 17984);
    EXPECT(queens(8, 0, 0, 0), 92);
    EXPECT(distance("intention", "execution"), 5);
    EXPECT(distance("kitten", "sitting"), 3);
    printf("%d %d %d\n", floyd(), knapsack(), life(100));
    printf("%.1f %.1f %.1f %.1f %.1f\n", matmul_double(), matmul_float(), matmul_int(), matmul_long(), matmul_short());
    struct body bodies[4] = {{{0, 0, 0}, {0, 0, 0}, 1000}, {{10, 0, 0}, {0, 10, 0}, 1}, {{0, 20, 1}, {-7, 0, 0}, 2}, {{-30, 0, 5}, {0, -5, 1}, 0.5}};
    double before = energy(bodies, 4);
    for (int i = 0; i < 3000; i++)
        advance(bodies, 4, 0.001);
    printf("%.4f %.4f %d\n", before, bodies[1].x[0], fabs(energy(bodies, 4) - before) < 0.5);
    enum { N = 30000 };
    int *a = malloc(N * sizeof *a);
    uint32_t x = 7;
    long checksum = 0;
    for (int i = 0; i < N; i++) {
        a[i] = (int)(x = x * 1103515245 + 12345) >> 8;
        checksum += a[i];
    }
    quicksort(a, N);
    for (int i = 0; i < N; i++) {
        wrong += i > 0 && a[i - 1] > a[i];
        checksum -= a[i];
    }
    printf("%d %d %d, %d wrong\n", a[0], a[N / 2], a[N - 1], wrong);
    return wrong || checksum;
}
