// Byte stores with strides, in and out of the cache.
#include "bench.h"
#include <string.h>

static unsigned char composite[8000001];

static double kernel(void) {
    const int n = 8000000;
    int count = 0;
    for (int round = 0; round < 3; round++) {
        memset(composite, 0, sizeof composite);
        count = 0;
        for (int i = 2; i <= n; i++) {
            if (composite[i])
                continue;
            count++;
            // Not before the square root: i * i would overflow.
            if (i > 2828)
                continue;
            for (int j = i * i; j <= n; j += i)
                composite[j] = 1;
        }
    }
    return count;
}
