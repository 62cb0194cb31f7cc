// build: gcc-O2, gcc-O0, gcc-O1-musl-pie, zig-O3, gcc-Os-pie
// Variadic functions: integers, doubles, structs and quad floats in registers and on the stack; va_copy; forwarding.
#include <stdarg.h>
#include <stdio.h>

struct pair { long a, b; };
struct floats { float x, y, z; };
struct large { int values[12]; };

static long sum_ints(int n, ...) {
    va_list list;
    long total = 0;
    va_start(list, n);
    while (n-- > 0)
        total = total * 7 + va_arg(list, int);
    va_end(list);
    return total;
}

static double sum_doubles(int n, ...) {
    va_list list, again;
    double total = 0;
    va_start(list, n);
    va_copy(again, list);
    for (int i = 0; i < n; i++)
        total += va_arg(list, double);
    for (int i = 0; i < n; i++)
        total -= va_arg(again, double) / (i + 2);
    va_end(again);
    va_end(list);
    return total;
}

static void typed(const char *types, ...) {
    va_list list;
    va_start(list, types);
    for (; *types; types++) {
        switch (*types) {
        case 'i': printf("i%d ", va_arg(list, int)); break;
        case 'l': printf("l%ld ", va_arg(list, long)); break;
        case 'd': printf("d%g ", va_arg(list, double)); break;
        case 's': printf("s%s ", va_arg(list, const char *)); break;
        case 'q': printf("q%Lg ", va_arg(list, long double)); break;
        case 'p': { struct pair p = va_arg(list, struct pair); printf("p%ld,%ld ", p.a, p.b); break; }
        case 'f': { struct floats f = va_arg(list, struct floats); printf("f%g,%g,%g ", f.x, f.y, f.z); break; }
        case 'L': { struct large l = va_arg(list, struct large); printf("L%d,%d ", l.values[0], l.values[11]); break; }
        case 'x': { __int128 x = va_arg(list, __int128); printf("x%lx:%lx ", (long)(x >> 64), (long)x); break; }
        }
    }
    va_end(list);
    putchar('\n');
}

static int forward(char *buffer, size_t size, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int n = vsnprintf(buffer, size, format, list);
    va_end(list);
    return n;
}

static long rest(int n, va_list *list) { return n == 0 ? 0 : va_arg(*list, long) + 2 * rest(n - 1, list); }
static long recursive(int n, ...) {
    va_list list;
    va_start(list, n);
    long result = rest(n, &list);
    va_end(list);
    return result;
}

int main(void) {
    printf("%ld %ld %ld\n", sum_ints(0), sum_ints(3, 1, -2, 3), sum_ints(15, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    printf("%.6f %.6f\n", sum_doubles(2, 1.5, 2.5), sum_doubles(12, 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12.));
    struct pair p = {5, -6};
    struct floats f = {1, 2.5, -3};
    struct large l = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
    typed("ildsqpfLx", 1, 2L, 3.5, "four", 5.25L, p, f, l, ((__int128)7 << 64) + 8);
    typed("ddddddddddiiiiiiiiii", 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    typed("iiiiiipppiix", 1, 2, 3, 4, 5, 6, p, p, p, 7, 8, (__int128)-1);
    typed("fffffidq", f, f, f, f, f, 9, 9.5, 1e300L * 1e300L);
    typed("LLsLs", l, l, "between", l, "end");
    char buffer[100];
    int n = forward(buffer, sizeof buffer, "%d-%s-%g-%c-%ld-%d-%d-%d-%d-%g", 1, "two", 3.0, '4', 5L, 6, 7, 8, 9, 10.5);
    printf("%d %s\n", n, buffer);
    printf("%ld\n", recursive(10, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L));
    return 0;
}
