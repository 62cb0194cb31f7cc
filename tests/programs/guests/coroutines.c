// build: gcc-O2, gcc-O0, gcc-O3, gcc-O1
// Stacks that are switched: makecontext and swapcontext, and a switch in assembly as coroutine libraries have it; generators, a scheduler, exits from other stacks, many switches.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

/* x19–x30, sp, d8–d15. */
void switch_stacks(void **save, void *to);
__asm__(".globl switch_stacks\n.type switch_stacks, %function\nswitch_stacks:\n"
        "sub sp, sp, #160\n"
        "stp x19, x20, [sp]\nstp x21, x22, [sp, #16]\nstp x23, x24, [sp, #32]\nstp x25, x26, [sp, #48]\nstp x27, x28, [sp, #64]\nstp x29, x30, [sp, #80]\n"
        "stp d8, d9, [sp, #96]\nstp d10, d11, [sp, #112]\nstp d12, d13, [sp, #128]\nstp d14, d15, [sp, #144]\n"
        "mov x9, sp\nstr x9, [x0]\nmov sp, x1\n"
        "ldp x19, x20, [sp]\nldp x21, x22, [sp, #16]\nldp x23, x24, [sp, #32]\nldp x25, x26, [sp, #48]\nldp x27, x28, [sp, #64]\nldp x29, x30, [sp, #80]\n"
        "ldp d8, d9, [sp, #96]\nldp d10, d11, [sp, #112]\nldp d12, d13, [sp, #128]\nldp d14, d15, [sp, #144]\n"
        "add sp, sp, #160\nret\n.size switch_stacks, . - switch_stacks\n");

static void *main_sp, *worker_sp[8];
static long handed, finished;

static void finish(int id) {
    finished++;
    void *dead;
    switch_stacks(&dead, main_sp);
    abort();
}

/* Values over the switch in integer and floating registers. */
static void worker(long id) {
    long a = id, b = id * 3 + 1, c = id ^ 0x55;
    double x = (double)id * 0.5, y = 1.0;
    for (int i = 0; i < 500; i++) {
        handed += a + (long)x;
        switch_stacks(&worker_sp[id], main_sp);
        a += b, b ^= c, c += a & 7;
        x = x * 0.75 + y, y += 0.125;
    }
    handed += (long)(x + y);
    finish((int)id);
}

void trampoline(void);
__asm__(".globl trampoline\n.type trampoline, %function\ntrampoline:\nmov x0, x19\nbl worker_entry\nbrk #1\n.size trampoline, . - trampoline\n");
void worker_entry(long id) { worker(id); }

static void assembly(void) {
    static char stacks[8][16384] __attribute__((aligned(16)));
    for (long id = 0; id < 8; id++) {
        long *sp = (long *)(stacks[id] + sizeof stacks[id] - 160);
        sp[0] = id;
        sp[11] = (long)trampoline;
        worker_sp[id] = sp;
    }
    int rounds = 0;
    while (finished < 8) {
        for (int id = 0; id < 8; id++)
            if (rounds <= 500)
                switch_stacks(&main_sp, worker_sp[id]);
        rounds++;
    }
    printf("assembly: %ld %ld %d\n", handed, finished, rounds);
}

static ucontext_t generator, consumer;
static int yielded;

static void yield(int value) {
    yielded = value;
    swapcontext(&generator, &consumer);
}

struct tree { struct tree *left, *right; int value; };
static struct tree *insert(struct tree *t, int value) {
    if (!t) {
        t = calloc(1, sizeof *t);
        t->value = value;
    } else if (value < t->value) {
        t->left = insert(t->left, value);
    } else {
        t->right = insert(t->right, value);
    }
    return t;
}
static void walk(struct tree *t) {
    if (!t)
        return;
    walk(t->left);
    yield(t->value);
    walk(t->right);
}
static void generate(unsigned high, unsigned low) {
    walk((struct tree *)((unsigned long)high << 32 | low));
    yield(-1);
}

static void contexts(void) {
    struct tree *tree = NULL;
    unsigned seed = 1;
    for (int i = 0; i < 500; i++) {
        seed = seed * 1103515245 + 12345;
        tree = insert(tree, (int)(seed >> 16 & 0x7fff));
    }
    char *stack = malloc(65536);
    getcontext(&generator);
    generator.uc_stack.ss_sp = stack;
    generator.uc_stack.ss_size = 65536;
    generator.uc_link = NULL;
    makecontext(&generator, (void (*)(void))generate, 2, (unsigned)((unsigned long)tree >> 32), (unsigned)(unsigned long)tree);
    int count = 0, sorted = 1, last = -1;
    long sum = 0;
    for (;;) {
        swapcontext(&consumer, &generator);
        if (yielded < 0)
            break;
        sorted &= yielded >= last;
        last = yielded;
        sum += yielded;
        count++;
    }
    printf("contexts: %d %d %ld\n", count, sorted, sum);
}

static ucontext_t parent;
static int linked;
static void once(int n) { linked += n; }
static void links(void) {
    static char stack[32768] __attribute__((aligned(16)));
    for (int i = 1; i <= 50; i++) {
        ucontext_t child;
        getcontext(&child);
        child.uc_stack.ss_sp = stack;
        child.uc_stack.ss_size = sizeof stack;
        child.uc_link = &parent;
        makecontext(&child, (void (*)(void))once, 1, i);
        swapcontext(&parent, &child);
    }
    printf("links: %d\n", linked);
}

static jmp_buf out;
static void escaping(void) { longjmp(out, 3); }
static void escape(void) {
    static char stack[32768] __attribute__((aligned(16)));
    volatile int sum = 0;
    for (volatile int i = 0; i < 20; i++) {
        ucontext_t child, here;
        int code = setjmp(out);
        if (code == 0) {
            getcontext(&child);
            child.uc_stack.ss_sp = stack;
            child.uc_stack.ss_size = sizeof stack;
            child.uc_link = &here;
            makecontext(&child, escaping, 0);
            swapcontext(&here, &child);
            puts("not reached");
        }
        sum += code;
    }
    printf("escape: %d\n", sum);
}

static void again(void) {
    volatile int count = 0;
    ucontext_t point;
    getcontext(&point);
    count = count + 1;
    if (count < 100)
        setcontext(&point);
    printf("again: %d\n", count);
}

int main(void) {
    assembly();
    contexts();
    links();
    escape();
    again();
    return 0;
}
