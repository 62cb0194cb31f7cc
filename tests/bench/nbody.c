// Planets by Newton's law: double precision with divisions and square roots.
#include "bench.h"
#include <math.h>

struct body {
    double x[3], v[3], mass;
};

static double kernel(void) {
    struct body b[5] = {{{0, 0, 0}, {0, 0, 0}, 1000}, {{10, 0, 0}, {0, 10, 0}, 1}, {{0, 20, 1}, {-7, 0, 0}, 2}, {{-30, 0, 5}, {0, -5, 1}, 0.5}, {{0, -45, 0}, {4.7, 0, 0}, 3}};
    for (int step = 0; step < 2000000; step++) {
        for (int i = 0; i < 5; i++)
            for (int j = i + 1; j < 5; j++) {
                double d0 = b[i].x[0] - b[j].x[0], d1 = b[i].x[1] - b[j].x[1], d2 = b[i].x[2] - b[j].x[2];
                double r2 = d0 * d0 + d1 * d1 + d2 * d2, m = 0.001 / (r2 * sqrt(r2));
                b[i].v[0] -= d0 * b[j].mass * m;
                b[i].v[1] -= d1 * b[j].mass * m;
                b[i].v[2] -= d2 * b[j].mass * m;
                b[j].v[0] += d0 * b[i].mass * m;
                b[j].v[1] += d1 * b[i].mass * m;
                b[j].v[2] += d2 * b[i].mass * m;
            }
        for (int i = 0; i < 5; i++)
            for (int k = 0; k < 3; k++)
                b[i].x[k] += 0.001 * b[i].v[k];
    }
    // Fused multiply-add rounds once, and so differs in the last bits; the radius of the first orbit does not show that.
    return round(hypot(b[1].x[0] - b[0].x[0], b[1].x[1] - b[0].x[1]));
}
