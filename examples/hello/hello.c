// The guest of README's first command. Built with
//   aarch64-linux-gnu-gcc -Os -s -static (and musl; see README.md beside this file)
#include <complex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

int main(int argc, char **argv) {
    struct utsname system;
    uname(&system);
    printf("Hello from %s on %s!\n", system.sysname, system.machine);
    for (int i = 1; i < argc; i++)
        printf("argument %d: %s\n", i, argv[i]);
    for (int row = -11; row <= 11; row++) {
        for (int column = -50; column <= 25; column++) {
            float complex c = column / 25.0f + row / 10.0f * I, z = 0;
            int n = 0;
            while (n < 80 && crealf(z) * crealf(z) + cimagf(z) * cimagf(z) < 4) {
                z = z * z + c;
                n++;
            }
            putchar(" .,:;+*oO#@"[n == 80 ? 10 : n % 10]);
        }
        putchar('\n');
    }
    return EXIT_SUCCESS;
}
