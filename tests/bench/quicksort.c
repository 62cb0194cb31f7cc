// Quicksort: branches that cannot be predicted, recursion, exchanges.
#include "bench.h"

enum { N = 3000000 };
static int values[N];

static void sort(int *a, long n) {
    while (n > 16) {
        int pivot = a[n / 2];
        long i = 0, j = n - 1;
        for (;; i++, j--) {
            while (a[i] < pivot)
                i++;
            while (a[j] > pivot)
                j--;
            if (i >= j)
                break;
            int t = a[i];
            a[i] = a[j];
            a[j] = t;
        }
        sort(a, i);
        a += i;
        n -= i;
    }
    for (long i = 1; i < n; i++) {
        int x = a[i];
        long j = i;
        for (; j > 0 && a[j - 1] > x; j--)
            a[j] = a[j - 1];
        a[j] = x;
    }
}

static double kernel(void) {
    uint32_t seed = 7;
    for (int i = 0; i < N; i++)
        values[i] = (int)(seed = seed * 1664525 + 1013904223) >> 4;
    sort(values, N);
    double sum = 0;
    for (int i = 0; i < N; i += 1000)
        sum = sum * 0.5 + values[i];
    return sum;
}
