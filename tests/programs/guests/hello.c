// build: gcc-O2, gcc-O0-pie, gcc-Os-musl-strip, gcc-O1-musl-pie, zig-O2, zig-O3-pie-strip
// run: one "two words"
// engines
#include <stdio.h>

int main(int argc, char **argv) {
    printf("Hello, world: %d arguments\n", argc);
    for (int i = 1; i < argc; i++)
        printf("  %d: %s\n", i, argv[i]);
    return 0;
}
