// build: gcc-O2, gcc-O0-musl, zig-O2
// engines
// The context of a handler: all registers of interrupted code are in it, and what the handler writes there is what the code goes on with: general and vector registers, flags, pc, sp, the mask. In code that computes, and at system calls.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

static ucontext_t *copy;
static volatile int mode, handled;
extern char loop_begin[], loop_end[], landing[], after_call[];

struct vectors {
    struct _aarch64_ctx_ {
        uint32_t magic, size;
    } head;
    uint32_t fpsr, fpcr;
    __uint128_t v[32];
};
static struct vectors *vectors_of(ucontext_t *uc) {
    // sigcontext: fault address, 31 registers, sp, pc, pstate, then records on 16 bytes.
    char *at = (char *)&uc->uc_mcontext;
    return (struct vectors *)(at + 288);
}

static void handler(int sig, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    struct vectors *v = vectors_of(uc);
    char *pc = (char *)uc->uc_mcontext.pc;
    switch (mode) {
    case 0: // a system call: look
        printf("x19 %llx x28 %llx x8 %lld x0 %lld pc %d sp aligned %d flags %llx\n", (long long)uc->uc_mcontext.regs[19], (long long)uc->uc_mcontext.regs[28], (long long)uc->uc_mcontext.regs[8], (long long)uc->uc_mcontext.regs[0], pc == after_call, uc->uc_mcontext.sp % 16 == 0, (long long)uc->uc_mcontext.pstate >> 28);
        printf("magic %x size %u v8 %llx %llx v31 %llx\n", v->head.magic, v->head.size, (long long)v->v[8], (long long)(v->v[8] >> 64), (long long)v->v[31]);
        break;
    case 1: // a system call: change
        for (int i = 1; i < 29; i++)
            if (i != 18)
                uc->uc_mcontext.regs[i] = 0x100 + i;
        for (int i = 0; i < 32; i++)
            v->v[i] = ((__uint128_t)(0x200 + i) << 64) | (0x300 + i);
        uc->uc_mcontext.pstate = 0x80000000;
        // Where there is SVE (in QEMU), its record would win.
        uint32_t *next = (uint32_t *)((char *)v + v->head.size);
        if (next[0] == 0x53564501)
            next[0] = next[1] = 0;
        break;
    case 2: // in the loop: go on elsewhere
        if (pc < loop_begin || pc >= loop_end)
            return;
        uc->uc_mcontext.regs[1] = pc >= loop_begin && pc < loop_end;
        uc->uc_mcontext.pc = (uintptr_t)landing;
        break;
    case 3: // in the loop: let it end
        if (pc < loop_begin || pc >= loop_end)
            return;
        uc->uc_mcontext.regs[0] = 1;
        break;
    case 4:
        sigaddset(&uc->uc_sigmask, SIGUSR2);
        break;
    case 6: // DIT and SSBS: look and change
        printf("pstate %llx\n", (long long)uc->uc_mcontext.pstate & (1 << 24 | 1 << 12));
        uc->uc_mcontext.pstate ^= 1 << 24 | 1 << 12;
        break;
    }
    handled++;
}

// Sends itself a signal with known registers; what they are afterwards goes to memory: x0-x28, flags, v0-v31.
struct registers {
    uint64_t x[29], flags;
    __uint128_t v[32];
};
void call_with_registers(struct registers *r, long pid, long sig);
asm(".text\n.global call_with_registers\n.global after_call\ncall_with_registers:\n"
    "stp x29, x30, [sp, #-256]!\nmov x29, sp\n"
    "stp x19, x20, [sp, #16]\nstp x21, x22, [sp, #32]\nstp x23, x24, [sp, #48]\nstp x25, x26, [sp, #64]\nstp x27, x28, [sp, #80]\n"
    "stp d8, d9, [sp, #96]\nstp d10, d11, [sp, #112]\nstp d12, d13, [sp, #128]\nstp d14, d15, [sp, #144]\nstr x0, [sp, #160]\n"
    "mov x0, x1\nmov x1, x2\nmov x8, #129\n"
    "mov x19, #0x1919\nmov x20, #0x2020\nmov x28, #0x2828\nmov x9, #0x909\n"
    "movi v8.16b, #8\nmovi v31.2d, #0xff00ff00ff00ff\n"
    "mov x10, #-1\ncmn x10, #1\n" // zero and carry
    "svc #0\nafter_call:\n"
    "str x30, [sp, #168]\nldr x30, [sp, #160]\n"
    "stp x0, x1, [x30]\nstp x2, x3, [x30, #16]\nstp x4, x5, [x30, #32]\nstp x6, x7, [x30, #48]\nstp x8, x9, [x30, #64]\nstp x10, x11, [x30, #80]\nstp x12, x13, [x30, #96]\nstp x14, x15, [x30, #112]\n"
    "stp x16, x17, [x30, #128]\nstp x18, x19, [x30, #144]\nstp x20, x21, [x30, #160]\nstp x22, x23, [x30, #176]\nstp x24, x25, [x30, #192]\nstp x26, x27, [x30, #208]\nstr x28, [x30, #224]\n"
    "mrs x0, nzcv\nstr x0, [x30, #232]\nadd x30, x30, #240\n"
    "stp q0, q1, [x30]\nstp q2, q3, [x30, #32]\nstp q4, q5, [x30, #64]\nstp q6, q7, [x30, #96]\nstp q8, q9, [x30, #128]\nstp q10, q11, [x30, #160]\nstp q12, q13, [x30, #192]\nstp q14, q15, [x30, #224]\n"
    "stp q16, q17, [x30, #256]\nstp q18, q19, [x30, #288]\nstp q20, q21, [x30, #320]\nstp q22, q23, [x30, #352]\nstp q24, q25, [x30, #384]\nstp q26, q27, [x30, #416]\nstp q28, q29, [x30, #448]\nstp q30, q31, [x30, #480]\n"
    "ldr x30, [sp, #168]\n"
    "ldp x19, x20, [sp, #16]\nldp x21, x22, [sp, #32]\nldp x23, x24, [sp, #48]\nldp x25, x26, [sp, #64]\nldp x27, x28, [sp, #80]\n"
    "ldp d8, d9, [sp, #96]\nldp d10, d11, [sp, #112]\nldp d12, d13, [sp, #128]\nldp d14, d15, [sp, #144]\n"
    "ldp x29, x30, [sp], #256\nret\n");

// Goes round until x0 is not 0, with values in every register that must survive signals: returns 0 if they did, 7 from the landing.
long loop(long *turns);
asm(".global loop\n.global loop_begin\n.global loop_end\n.global landing\nloop:\n"
    "stp x29, x30, [sp, #-112]!\nmov x29, sp\nstp x19, x20, [sp, #16]\nstp x21, x22, [sp, #32]\nstp d8, d9, [sp, #48]\nstp d10, d11, [sp, #64]\n"
    "mov x7, x0\nmov x0, #0\nmov x2, #0\nmov x3, #3\nmov x19, #19\nmov x20, #20\nmov x21, #0\nmov x22, #22\n"
    "fmov d8, #1.0\nfmov d9, #2.0\nfmov d10, #0.5\nmovi v16.4s, #16\nmovi v17.4s, #0\n"
    "loop_begin:\n"
    "add x2, x2, #1\nadd x21, x21, x3\nadd v17.4s, v17.4s, v16.4s\nfadd d8, d8, d10\nfsub d8, d8, d10\n"
    "str x2, [x7]\n"
    "cbz x0, loop_begin\n"
    "loop_end:\n"
    "mov x0, #0\n"
    "add x1, x2, x2, lsl #1\ncmp x1, x21\ncset x0, ne\n" // x21 = 3 * turns
    "umov w1, v17.s[2]\nlsl w3, w2, #4\ncmp w1, w3\ncinc x0, x0, ne\n" // lanes = 16 * turns
    "fmov d11, #1.0\nfcmp d8, d11\ncinc x0, x0, ne\n"
    "cmp x19, #19\ncinc x0, x0, ne\ncmp x22, #22\ncinc x0, x0, ne\n"
    "b out\n"
    "landing:\n"
    "add x0, x1, #6\n"
    "out:\n"
    "ldp x19, x20, [sp, #16]\nldp x21, x22, [sp, #32]\nldp d8, d9, [sp, #48]\nldp d10, d11, [sp, #64]\n"
    "ldp x29, x30, [sp], #112\nret\n");

// The same in C, with more values than registers, interrupted all the time.
static volatile int ticks;
static void tick(int sig) {
    // Overwrites what a handler may overwrite.
    volatile double d[8];
    for (int i = 0; i < 8; i++)
        d[i] = i * 1.5 + ticks;
    ticks++;
    if (d[3] < 0)
        abort();
}
static uint64_t mixes(int until) {
    uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8;
    double x = 0.5, y = 0.25;
    uint64_t rounds = 0;
    int bad = 0;
    while (ticks < until) {
        a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, x = 0.5, y = 0.25;
        for (int i = 0; i < 500; i++) {
            a += b ^ i, b += c * 3, c ^= d >> 3, d += e << 1, e ^= f + i, f += g, g ^= h << 2, h += a;
            x = x * 1.25 + y, y = y * 0.5 + 0.125;
            if (x > 1000)
                x -= 999;
        }
        static uint64_t first;
        uint64_t sum = a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ (uint64_t)(x * 1e6) ^ (uint64_t)(y * 1e9);
        if (rounds++ == 0)
            first = sum;
        bad += first != sum;
    }
    return bad;
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGUSR1, &act, NULL);
    sigaction(SIGALRM, &act, NULL);
    static struct registers r;
    mode = 0;
    call_with_registers(&r, getpid(), SIGUSR1);
    printf("after: x0 %lld x9 %llx x19 %llx x20 %llx x28 %llx flags %llx v8 %llx v31 %llx\n", (long long)r.x[0], (long long)r.x[9], (long long)r.x[19], (long long)r.x[20], (long long)r.x[28], (long long)r.flags >> 28, (long long)r.v[8], (long long)r.v[31]);
    mode = 1;
    memset(&r, 0, sizeof r);
    call_with_registers(&r, getpid(), SIGUSR1);
    int wrong = 0;
    for (int i = 1; i < 29; i++)
        if (i != 18 && r.x[i] != 0x100 + i)
            printf("x%d %llx\n", i, (long long)r.x[i]), wrong++;
    for (int i = 0; i < 32; i++)
        if ((uint64_t)r.v[i] != 0x300 + i || (uint64_t)(r.v[i] >> 64) != 0x200 + i)
            printf("v%d %llx %llx\n", i, (long long)(r.v[i] >> 64), (long long)r.v[i]), wrong++;
    printf("changed: wrong %d flags %llx\n", wrong, (long long)r.flags >> 28);

    struct itimerval t = {{0, 3000}, {0, 3000}}, off = {{0, 0}, {0, 0}};
    long turns;
    for (int i = 0; i < 4; i++) {
        mode = 2;
        handled = 0;
        setitimer(ITIMER_REAL, &t, NULL);
        printf("landed %ld", loop(&turns));
        mode = 3;
        printf(" ended %ld\n", loop(&turns));
    }
    mode = 5;
    act.sa_handler = tick;
    act.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &act, NULL);
    t.it_value.tv_usec = t.it_interval.tv_usec = 1500;
    setitimer(ITIMER_REAL, &t, NULL);
    printf("mixed: bad %d\n", (int)mixes(20));
    setitimer(ITIMER_REAL, &off, NULL);
    mode = 6;
    // msr dit, #1; msr ssbs, #0; and afterwards mrs of both.
    uint64_t dit, ssbs;
    __asm__ volatile(".inst 0xd503415f; .inst 0xd503403f");
    raise(SIGUSR1);
    __asm__ volatile(".inst 0xd53b42a0; mov %0, x0; .inst 0xd53b42c0; mov %1, x0" : "=r"(dit), "=r"(ssbs) : : "x0");
    printf("dit %llx ssbs %llx\n", (long long)dit, (long long)ssbs);
    mode = 4;
    raise(SIGUSR1);
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("mask %d\n", sigismember(&now, SIGUSR2));
    return 0;
}
