// build: gcc-O2, gcc-O0, gcc-O3-pie, gcc-Os-musl, zig-O2
// A bytecode interpreter with computed goto (one indirect branch an instruction), and labels stored and compared.
#include <stdio.h>
#include <stdlib.h>

enum { PUSH, ADD, SUB, MUL, DUP, SWAP, OVER, DROP, JNZ, JMP, LOAD, STORE, PRINT, LT, MOD, DIV, HALT };

static long run(const int *code, long *memory) {
    static const void *const labels[] = {&&push, &&add, &&sub, &&mul, &&dup, &&swap, &&over, &&drop, &&jnz, &&jmp, &&load, &&store, &&print, &&lt, &&mod, &&div, &&halt};
    long stack[64], *sp = stack, t;
    long steps = 0;
    const int *pc = code;
#define NEXT do { steps++; goto *labels[*pc++]; } while (0)
    NEXT;
push: *sp++ = *pc++; NEXT;
add: sp--; sp[-1] += *sp; NEXT;
sub: sp--; sp[-1] -= *sp; NEXT;
mul: sp--; sp[-1] *= *sp; NEXT;
dup: *sp = sp[-1]; sp++; NEXT;
swap: t = sp[-1]; sp[-1] = sp[-2]; sp[-2] = t; NEXT;
over: *sp = sp[-2]; sp++; NEXT;
drop: sp--; NEXT;
jnz: t = *pc++; if (*--sp) pc = code + t; NEXT;
jmp: pc = code + *pc; NEXT;
load: *sp++ = memory[*pc++]; NEXT;
store: memory[*pc++] = *--sp; NEXT;
print: printf("%ld\n", *--sp); NEXT;
lt: sp--; sp[-1] = sp[-1] < *sp; NEXT;
mod: sp--; sp[-1] %= *sp; NEXT;
div: sp--; sp[-1] /= *sp; NEXT;
halt: return steps;
}

/* The offsets form, relative to a label: what position-independent interpreters do. */
static int relative(const char *program) {
    static const int offsets[] = {&&stop - &&base, &&increase - &&base, &&twice - &&base, &&negate - &&base};
    int value = 0;
base:
    goto *(&&base + offsets[*program++ - '0']);
increase: value++; goto *(&&base + offsets[*program++ - '0']);
twice: value *= 2; goto *(&&base + offsets[*program++ - '0']);
negate: value = -value; goto *(&&base + offsets[*program++ - '0']);
stop: return value;
}

/* Threaded code: the addresses themselves are the program; a coroutine keeps its place as a label. */
struct coroutine { void *place; int i, j; };
static int generate(struct coroutine *c) {
    if (c->place)
        goto *c->place;
    for (c->i = 0; c->i < 4; c->i++) {
        for (c->j = 0; c->j <= c->i; c->j++) {
            c->place = &&inner;
            return c->i * 10 + c->j;
        inner:;
        }
        c->place = &&outer;
        return -c->i;
    outer:;
    }
    c->place = &&end;
end:
    return 1000;
}

int main(void) {
    long memory[8] = {0};
    static const int sum[] = {PUSH, 0, STORE, 0, PUSH, 100000, STORE, 1, LOAD, 0, LOAD, 1, ADD, STORE, 0, LOAD, 1, PUSH, 1, SUB, DUP, STORE, 1, JNZ, 8, LOAD, 0, PRINT, HALT};
    printf("%ld steps\n", run(sum, memory));
    static const int collatz[] = {
        PUSH, 27, STORE, 0, PUSH, 0, STORE, 1,
        /* 8 */ LOAD, 1, PUSH, 1, ADD, STORE, 1, LOAD, 0, PUSH, 2, MOD, JNZ, 31,
        /* 22 */ LOAD, 0, PUSH, 2, DIV, STORE, 0, JMP, 41,
        /* 31 */ LOAD, 0, PUSH, 3, MUL, PUSH, 1, ADD, STORE, 0,
        /* 41 */ PUSH, 1, LOAD, 0, LT, JNZ, 8, LOAD, 1, PRINT, HALT,
    };
    printf("%ld steps\n", run(collatz, memory));
    printf("%d %d\n", relative("1121231210"), relative("122222222230"));
    struct coroutine c = {0};
    for (int value; (value = generate(&c)) != 1000;)
        printf("%d ", value);
    printf("%d\n", generate(&c));
    return 0;
}
