// build: gcc-O2, gcc-O0-musl, gcc-O1-pie-strip, zig-Os
// printf of every kind: flags, widths, precisions, lengths, positions.
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

static const double values[] = {0.0, -0.0, 1.0, -1.5, 3.14159265358979, 1e10, 1e-10, 123456789.125, 5e-324, 1.7976931348623157e308, 0.1, 2.5, 3.5, 99999.95, 0.00012345};

int main(void) {
    static const char *const integer_formats[] = {"[%d]", "[%5d]", "[%-5d]", "[%05d]", "[%+d]", "[% d]", "[%.3d]", "[%8.3d]", "[%-8.3d]", "[%+08d]"};
    static const int integers[] = {0, 1, -1, 42, -42, 123456, INT_MAX, INT_MIN};
    for (size_t f = 0; f < sizeof integer_formats / sizeof *integer_formats; f++) {
        for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
            printf(integer_formats[f], integers[i]);
        putchar('\n');
    }
    static const char *const unsigned_formats[] = {"[%u]", "[%x]", "[%X]", "[%o]", "[%#x]", "[%#o]", "[%#010x]", "[%.5x]", "[%-10X]"};
    for (size_t f = 0; f < sizeof unsigned_formats / sizeof *unsigned_formats; f++) {
        for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
            printf(unsigned_formats[f], (unsigned)integers[i]);
        putchar('\n');
    }
    printf("%hhd %hd %ld %lld %jd %zd %td\n", (signed char)-3, (short)-300, -3000000000L, LLONG_MIN, INTMAX_MAX, (ssize_t)-5, (ptrdiff_t)77);
    printf("%hhu %hu %lu %llu %ju %zu\n", (unsigned char)253, (unsigned short)65000, ULONG_MAX, ULLONG_MAX, UINTMAX_MAX, SIZE_MAX);
    printf("%" PRId64 " %" PRIx32 " %" PRIo16 "\n", INT64_MIN, UINT32_C(0xdeadbeef), (uint16_t)0777);

    static const char *const float_formats[] = {"[%f]", "[%e]", "[%g]", "[%a]", "[%.0f]", "[%.1f]", "[%.15g]", "[%.17g]", "[%+.3e]", "[%#.0f]", "[%#g]", "[%012.3f]", "[%-12.3g]", "[%E]", "[%G]", "[%A]", "[%.3a]", "[% f]"};
    for (size_t f = 0; f < sizeof float_formats / sizeof *float_formats; f++) {
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            printf(float_formats[f], values[i]);
        putchar('\n');
    }
    for (size_t f = 0; f < 4; f++) {
        printf(float_formats[f], INFINITY);
        printf(float_formats[f], -INFINITY);
        printf(float_formats[f], NAN);
    }
    printf("\n%F %E %010f %-8f|\n", INFINITY, -INFINITY, INFINITY, INFINITY);
    printf("%Lf %Le %Lg %.20Lf\n", 1.0L / 3.0L, 1e4000L, -2.5e-100L, 1.0L / 7.0L);
    for (int precision = 0; precision < 25; precision += 3)
        printf("%.*f %.*e %.*g\n", precision, 1.0 / 3.0, precision, 2.0e20 / 3.0, precision, 1e5 / 3.0);

    printf("[%s] [%10s] [%-10s] [%.2s] [%10.2s] [%-10.3s]\n", "text", "text", "text", "text", "text", "text");
    printf("[%c] [%5c] [%-5c] [%%]\n", 'a', 'b', 'c');
    printf("[%ls] [%lc] [%5ls]\n", L"wide", (wint_t)L'w', L"ab");
    printf("%2$s %1$s %2$s %3$d\n", "first", "second", 3);
    printf("[%*d] [%-*d] [%.*d]\n", 8, 5, 8, 5, 4, 5);
    printf("[%p] [%p]\n", (void *)0x1234abcd, (void *)~0UL);
    int count = -1;
    printf("count%n ", &count);
    printf("is %d\n", count);

    char buffer[32];
    int needed = snprintf(buffer, sizeof buffer, "%s %d %s", "a rather long text", 12345, "that does not fit");
    printf("%d [%s]\n", needed, buffer);
    printf("%d\n", snprintf(NULL, 0, "%d", 1000000));
    fprintf(stderr, "%s %d\n", "to stderr", -7);
    char big[5000];
    printf("%d\n", sprintf(big, "%4000.3000f", 1e200) == 4000);
    printf("%zu %.8s\n", strlen(big), big + 990);
    return ferror(stdout) != 0;
}
