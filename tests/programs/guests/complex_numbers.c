// build: gcc-O2, gcc-O0, gcc-O3-pie, zig-O2
// Complex arithmetic: FFT there and back, Mandelbrot set, roots by Durand-Kerner, multiplication of infinities (libgcc's __muldc3).
#include <complex.h>
#include <math.h>
#include <stdio.h>

#define N 256
static void fft(double complex *x, int n, int sign) {
    if (n == 1)
        return;
    double complex even[n / 2], odd[n / 2];
    for (int i = 0; i < n / 2; i++) {
        even[i] = x[2 * i];
        odd[i] = x[2 * i + 1];
    }
    fft(even, n / 2, sign);
    fft(odd, n / 2, sign);
    for (int k = 0; k < n / 2; k++) {
        double complex t = cexp(sign * 2 * M_PI * I * k / n) * odd[k];
        x[k] = even[k] + t;
        x[k + n / 2] = even[k] - t;
    }
}

static float complex mix(float complex a, float complex b) { return a * b + conjf(a) / b; }

int main(void) {
    static double complex signal[N], copy[N];
    for (int i = 0; i < N; i++)
        copy[i] = signal[i] = sin(2 * M_PI * 5 * i / N) + 0.5 * cos(2 * M_PI * 40 * i / N) + 0.1 * I * i;
    fft(signal, N, -1);
    for (int i = 0; i < 50; i += 5)
        printf("%.6f%+.6fi\n", creal(signal[i]), cimag(signal[i]));
    fft(signal, N, 1);
    double worst = 0;
    for (int i = 0; i < N; i++)
        worst = fmax(worst, cabs(signal[i] / N - copy[i]));
    printf("worst below 1e-13: %d\n", worst < 1e-13);

    for (int row = -10; row <= 10; row++) {
        for (int column = -36; column <= 16; column++) {
            double complex c = column / 18.0 + row / 8.0 * I, z = 0;
            int n = 0;
            while (n < 60 && creal(z) * creal(z) + cimag(z) * cimag(z) < 4) {
                z = z * z + c;
                n++;
            }
            putchar(" .:-=+*#%@"[n == 60 ? 9 : n % 9]);
        }
        putchar('\n');
    }

    double complex roots[5];
    for (int i = 0; i < 5; i++)
        roots[i] = cpow(0.4 + 0.9 * I, i);
    for (int step = 0; step < 60; step++)
        for (int i = 0; i < 5; i++) {
            double complex x = roots[i], value = x * x * x * x * x - 3 * x * x + 2 * x - 7, product = 1;
            for (int j = 0; j < 5; j++)
                if (j != i)
                    product *= x - roots[j];
            roots[i] = x - value / product;
        }
    for (int i = 0; i < 5; i++)
        printf("%.9f%+.9fi\n", creal(roots[i]) + 0.0, fabs(cimag(roots[i])) < 1e-12 ? 0 : cimag(roots[i]));
    float complex m = mix(1.5f + 2 * I, -0.25f + I);
    printf("%g%+gi\n", crealf(m), cimagf(m));
    double complex huge = (INFINITY + 1 * I) * (2 - 3 * I), over = (1 + I) / (0 * I);
    printf("%d %d\n", isinf(creal(huge)), isinf(creal(over)) || isinf(cimag(over)));
    double complex s = csqrt(-4), l = clog(-1), t = ctan(0.5 + 0.5 * I);
    printf("%.12f%+.12fi %.12f%+.12fi %.12f%+.12fi\n", creal(s) + 0.0, cimag(s), creal(l) + 0.0, cimag(l), creal(t), cimag(t));
    return 0;
}
