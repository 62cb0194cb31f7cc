// build: gcc-O2, gcc-O0, gcc-O3-pie, zig-O1, zig-O0-pie
// Structs of every class as arguments and results: small, homogeneous floats, 16 bytes, large by reference, nested, packed, unions.
#include <stdio.h>

typedef struct { char a; } s1;
typedef struct { short a; char b; } s3;
typedef struct { int a, b; } s8;
typedef struct { int a, b, c; } s12;
typedef struct { long a; char b; } s16;
typedef struct { long a, b, c; } s24;
typedef struct { float a; } f1;
typedef struct { float a, b; } f2;
typedef struct { double a, b, c; } d3;
typedef struct { double a, b, c, d; } d4;
typedef struct { double a, b, c, d, e; } d5;
typedef struct { float a; int b; } mixed;
typedef struct { f2 p; f2 q; } nested;
typedef struct { _Alignas(16) long a; long b; } aligned;
typedef struct __attribute__((packed)) { char a; long b; short c; } packed;
typedef union { double d; long l; char c[8]; } either;
typedef struct { unsigned a : 3, b : 13, c : 16; long d : 40; } bits;
typedef struct { char text[100]; int n; } text;

#define NOINLINE __attribute__((noinline)) static
NOINLINE s1 r1(s1 x) { x.a += 1; return x; }
NOINLINE s3 r3(s3 x, s1 y) { x.a -= y.a; x.b ^= 7; return x; }
NOINLINE s8 r8(s8 x) { s8 y = {x.b, x.a}; return y; }
NOINLINE s12 r12(int k, s12 x) { x.a *= k; x.b += k; x.c -= k; return x; }
NOINLINE s16 r16(s16 x, s16 y) { x.a += y.b; x.b += (char)y.a; return x; }
NOINLINE s24 r24(s24 x, s24 y) { x.a += y.c; x.b *= y.b; x.c -= y.a; return x; }
NOINLINE f1 g1(f1 x) { x.a *= 2; return x; }
NOINLINE f2 g2(f2 x, f1 y) { x.a += y.a; x.b -= y.a; return x; }
NOINLINE d3 h3(d3 x, d3 y, d3 z) { x.a += y.b * z.c; x.b += y.c * z.a; x.c += y.a * z.b; return x; }
NOINLINE d4 h4(d4 x, double k) { x.a *= k; x.d /= k; return x; }
NOINLINE d5 h5(d5 x, d4 y) { x.e += y.a + y.b + y.c + y.d; return x; }
NOINLINE mixed m(mixed x) { x.a += x.b; x.b *= 3; return x; }
NOINLINE nested n(nested x) { nested y = {x.q, x.p}; y.p.a += 1; return y; }
NOINLINE long al(int a, aligned x, int b, aligned y) { return a * x.a + b * y.b + x.b - y.a; }
NOINLINE packed pk(packed x) { x.b += x.a * x.c; return x; }
NOINLINE either ei(either x) { x.l ^= 1L << 63; return x; }
NOINLINE bits bi(bits x) { x.a += 3; x.b += x.a; x.c ^= x.b; x.d -= x.c; return x; }
NOINLINE text tx(text x, char c) { x.text[x.n++] = c; x.text[x.n] = 0; return x; }
/* More than fits into registers, on purpose in every order. */
NOINLINE double spill(s16 a, d3 b, s8 c, d3 d, s24 e, f2 f, s16 g, d4 h, s12 i, s16 j, s1 k, s1 l, mixed m, s3 o) {
    return a.a + b.a * 2 + c.b * 3 + d.c * 4 + e.b * 5 + f.a * 6 + g.b * 7 + h.d * 8 + i.c * 9 + j.a * 10 + k.a * 11 + l.a * 12 + m.a * 13 + m.b * 14 + o.a * 15 + o.b;
}

int main(void) {
    s1 a = r1((s1){41});
    s3 b = r3((s3){1000, 'x'}, a);
    s8 c = r8((s8){-5, 6});
    s12 d = r12(3, (s12){1, 2, 3});
    s16 e = r16((s16){1L << 40, 2}, (s16){70, -9});
    s24 f = r24((s24){1, 2, 3}, (s24){40, 50, 60});
    printf("%d %d %c %d %d %d %d %d %ld %d %ld %ld %ld\n", a.a, b.a, b.b, c.a, c.b, d.a, d.b, d.c, e.a, e.b, f.a, f.b, f.c);
    f1 g = g1((f1){1.25f});
    f2 h = g2((f2){1, 2}, g);
    d3 i = h3((d3){1, 2, 3}, (d3){4, 5, 6}, (d3){7, 8, 9});
    d4 j = h4((d4){1, 2, 3, 4}, 8);
    d5 k = h5((d5){1, 2, 3, 4, 5}, j);
    printf("%g %g %g %g %g %g %g %g %g\n", g.a, h.a, h.b, i.a, i.b, i.c, j.a, j.d, k.e);
    mixed l = m((mixed){0.5f, 7});
    nested o = n((nested){{1, 2}, {3, 4}});
    packed p = pk((packed){-3, 1L << 33, 500});
    either q = ei((either){.d = 2.75});
    bits r = bi((bits){6, 8000, 65000, -12345678901});
    printf("%g %d %g %g %g %ld %ld %g %d %d %d %ld\n", l.a, l.b, o.p.a, o.p.b, o.q.b, al(1, (aligned){2, 3}, 4, (aligned){5, 6}), p.b, q.d, r.a, r.b, r.c, (long)r.d);
    text t = {"", 0};
    for (char ch = 'a'; ch <= 'z'; ch++)
        t = tx(t, ch);
    puts(t.text);
    printf("%g\n", spill(e, i, c, i, f, h, e, j, d, e, a, a, l, b));
    s24 (*volatile indirect)(s24, s24) = r24;
    s24 chain = {1, 1, 1};
    for (int step = 0; step < 20; step++)
        chain = indirect(chain, (s24){step, 2, 3});
    printf("%ld %ld %ld\n", chain.a, chain.b, chain.c);
    return 0;
}
