// build: gcc-O2, gcc-O0, gcc-Os-pie, gcc-O3-musl-strip, zig-O2-pie, zig-O3
// Switches of many shapes: dense, sparse, with holes, nested, falling through, on 64-bit values, returning strings.
#include <stdint.h>
#include <stdio.h>

static int dense(int x) {
    switch (x) {
    case 0: return 17;
    case 1: return 4;
    case 2: return -9;
    case 3: return 1000;
    case 4: return 5;
    case 5: return 23;
    case 6: return 8;
    case 7: return 77;
    case 8: return 12;
    case 9: return 31;
    case 10: return -1;
    case 11: return 2;
    default: return 99;
    }
}

static int calls;
static int side(int x) { return calls = calls * 31 + x; }

#define C4(n) case n: side(n); break; case n + 1: side(n * 3); break; case n + 2: side(n ^ 5); case n + 3: side(n - 7); break;
#define C16(n) C4(n) C4(n + 4) C4(n + 8) C4(n + 12)
#define C64(n) C16(n) C16(n + 16) C16(n + 32) C16(n + 48)

static void huge(unsigned x) {
    switch (x) {
        C64(0) C64(64) C64(128) C64(192) C64(256) C64(320) C64(384) C64(448)
    case 100000: side(1); break;
    default: side(-1);
    }
}

static const char *sparse(int64_t x) {
    switch (x) {
    case -5000000000: return "minus five billion";
    case -1: return "minus one";
    case 0: return "zero";
    case 7: return "seven";
    case 1000: return "thousand";
    case 1000000: return "million";
    case 1 << 30: return "giga";
    case INT64_MAX: return "largest";
    case INT64_MIN: return "smallest";
    default: return "other";
    }
}

static int ranges(unsigned char c) {
    switch (c) {
    case '0' ... '9': return 1;
    case 'a' ... 'f': case 'A' ... 'F': return 2;
    case 'g' ... 'z': case 'G' ... 'Z': return 3;
    case ' ': case '\t': case '\n': return 4;
    case '+': case '-': case '*': case '/': return 5;
    case 128 ... 255: return 6;
    }
    return 0;
}

static int loop_machine(const char *text) {
    int result = 0;
    for (int state = 0;; text++) {
        switch (state) {
        case 0:
            switch (*text) {
            case 'a': state = 1; break;
            case 'b': state = 2; break;
            case '!': return result;
            case 0: return -result;
            default: result += 1;
            }
            break;
        case 1:
            if (*text == 'b') { state = 2; result += 10; }
            else if (*text == 0) return result;
            else state = 0;
            break;
        case 2:
            result += 100;
            state = *text == 'c' ? 3 : 0;
            if (!*text) return result;
            break;
        case 3: result *= 2; state = 0; if (!*text) return result;
        }
    }
}

/* Duff's device: a switch into the middle of a loop. */
static void duff(int *to, const int *from, int count) {
    int n = (count + 7) / 8;
    switch (count % 8) {
    case 0: do { *to++ = *from++;
    case 7: *to++ = *from++;
    case 6: *to++ = *from++;
    case 5: *to++ = *from++;
    case 4: *to++ = *from++;
    case 3: *to++ = *from++;
    case 2: *to++ = *from++;
    case 1: *to++ = *from++;
            } while (--n > 0);
    }
}

int main(void) {
    for (int i = -2; i < 15; i++)
        printf("%d ", dense(i));
    puts("");
    for (unsigned i = 0; i < 520; i++)
        huge(i);
    huge(100000);
    huge(~0u);
    printf("%d\n", calls);
    static const int64_t probes[] = {-5000000000, -5000000001, -1, 0, 1, 7, 8, 999, 1000, 1000000, 1 << 30, INT64_MAX, INT64_MIN, (int64_t)1 << 32};
    for (unsigned i = 0; i < sizeof probes / sizeof *probes; i++)
        printf("%s, ", sparse(probes[i]));
    puts("");
    for (int c = 0; c < 256; c++)
        putchar('0' + ranges((unsigned char)c));
    puts("");
    printf("%d %d %d %d\n", loop_machine("xxabcabab!"), loop_machine("bcbcbc"), loop_machine("aaa"), loop_machine("abcb"));
    int from[37], to[37] = {0};
    for (int count = 1; count <= 37; count++) {
        for (int i = 0; i < 37; i++)
            from[i] = i * count;
        duff(to, from, count);
        for (int i = 0; i < count; i++)
            if (to[i] != from[i])
                return 1;
    }
    puts("done");
    return 0;
}
