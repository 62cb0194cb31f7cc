// build: gcc-O2, gcc-O0, gcc-O2-musl, gcc-O0-musl
// oracle: native
// seeds
// Futexes without a library: waits with timeouts of both kinds, bit sets, requeue, wake_op, priority inheritance, robust lists, and threads made by the system call itself. (QEMU knows no robust lists.)
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// linux/futex.h, which does not come with musl.
enum { FUTEX_WAIT, FUTEX_WAKE, FUTEX_REQUEUE = 3, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP, FUTEX_LOCK_PI, FUTEX_UNLOCK_PI, FUTEX_TRYLOCK_PI, FUTEX_WAIT_BITSET, FUTEX_WAKE_BITSET };
enum { FUTEX_OP_SET, FUTEX_OP_ADD, FUTEX_OP_OR, FUTEX_OP_ANDN, FUTEX_OP_XOR };
#define FUTEX_CLOCK_REALTIME 256
#define PRIVATE(op) ((op) | 128)
#define FUTEX_WAITERS 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK 0x3fffffffu
struct robust_list {
    struct robust_list *next;
};
struct robust_list_head {
    struct robust_list list;
    long futex_offset;
    struct robust_list *list_op_pending;
};

static long futex(void *addr, int op, unsigned value, const void *timeout, void *addr2, unsigned value3) {
    return syscall(SYS_futex, addr, op, value, timeout, addr2, value3);
}
static const char *result(long r) {
    static char text[4][32];
    static int at;
    char *t = text[at++ % 4];
    snprintf(t, 32, r < 0 ? "error %ld" : "%ld", r < 0 ? (long)errno : r);
    return t;
}

static atomic_int word, other, waiting;
static atomic_int woken_bits;
struct waiter {
    pthread_t thread;
    int op, bits, tid;
    long result;
};
static void *waits(void *arg) {
    struct waiter *w = arg;
    w->tid = syscall(SYS_gettid);
    waiting++;
    w->result = futex(&word, w->op, 0, NULL, NULL, w->bits);
    atomic_fetch_or(&woken_bits, w->bits);
    return NULL;
}
// Whether a thread sleeps: /proc/self/task/TID/stat.
static void until_asleep(int tid) {
    char path[64], text[256];
    for (;;) {
        snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
        FILE *f = fopen(path, "r");
        if (!f)
            return;
        size_t n = fread(text, 1, sizeof text - 1, f);
        fclose(f);
        text[n] = 0;
        char *state = strrchr(text, ')');
        if (state && state[2] == 'S')
            return;
        usleep(1000);
    }
}
static void start(struct waiter *all, int n, int op) {
    waiting = 0;
    for (int i = 0; i < n; i++) {
        all[i].op = op;
        all[i].bits = 1 << i;
        pthread_create(&all[i].thread, NULL, waits, &all[i]);
        while (waiting != i + 1)
            usleep(100);
        usleep(2000);
        until_asleep(all[i].tid);
    }
}
static void finish(struct waiter *all, int n) {
    long sum = 0;
    for (int i = 0; i < n; i++) {
        pthread_join(all[i].thread, NULL);
        sum += all[i].result;
    }
    printf("results %ld\n", sum);
}

static void timeouts(void) {
    struct timespec t = {0, 3000000}, bad = {0, 1000000000}, negative = {-1, 0}, zero = {0, 0};
    word = 5;
    printf("other value: %s\n", result(futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0)));
    printf("relative: %s\n", result(futex(&word, FUTEX_WAIT, 5, &t, NULL, 0)));
    printf("private: %s\n", result(futex(&word, PRIVATE(FUTEX_WAIT), 5, &t, NULL, 0)));
    printf("zero: %s\n", result(futex(&word, FUTEX_WAIT, 5, &zero, NULL, 0)));
    printf("bad: %s\n", result(futex(&word, FUTEX_WAIT, 5, &bad, NULL, 0)));
    printf("negative: %s\n", result(futex(&word, FUTEX_WAIT, 5, &negative, NULL, 0)));
    printf("absolute, past: %s\n", result(futex(&word, FUTEX_WAIT_BITSET, 5, &t, NULL, ~0u)));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_nsec += 3000000;
    if (now.tv_nsec >= 1000000000)
        now.tv_nsec -= 1000000000, now.tv_sec++;
    printf("absolute, real: %s\n", result(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 5, &now, NULL, ~0u)));
    clock_gettime(CLOCK_MONOTONIC, &now);
    now.tv_nsec += 3000000;
    if (now.tv_nsec >= 1000000000)
        now.tv_nsec -= 1000000000, now.tv_sec++;
    printf("absolute, monotonic: %s\n", result(futex(&word, FUTEX_WAIT_BITSET, 5, &now, NULL, ~0u)));
    printf("no bits: %s\n", result(futex(&word, FUTEX_WAIT_BITSET, 5, NULL, NULL, 0)));
    printf("no bits: %s\n", result(futex(&word, FUTEX_WAKE_BITSET, 5, NULL, NULL, 0)));
    printf("unaligned: %s\n", result(futex((char *)&word + 1, FUTEX_WAIT, 5, &t, NULL, 0)));
    printf("unaligned: %s\n", result(futex((char *)&word + 2, FUTEX_WAKE, 1, NULL, NULL, 0)));
    printf("nobody: %s\n", result(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0)));
    printf("unknown: %s\n", result(futex(&word, 99, 1, NULL, NULL, 0)));
    word = 0;
}

static void bits(void) {
    struct waiter all[6];
    start(all, 6, PRIVATE(FUTEX_WAIT_BITSET));
    woken_bits = 0;
    printf("bits 8: %s\n", result(futex(&word, PRIVATE(FUTEX_WAKE_BITSET), INT_MAX, NULL, NULL, 8)));
    pthread_join(all[3].thread, NULL);
    printf("woken %#x\n", woken_bits);
    printf("bits 64: %s\n", result(futex(&word, PRIVATE(FUTEX_WAKE_BITSET), INT_MAX, NULL, NULL, 64)));
    printf("bits 6, one: %s\n", result(futex(&word, PRIVATE(FUTEX_WAKE_BITSET), 1, NULL, NULL, 6)));
    // The one that came first.
    pthread_join(all[1].thread, NULL);
    printf("woken %#x\n", woken_bits);
    printf("rest: %s\n", result(futex(&word, PRIVATE(FUTEX_WAKE), INT_MAX, NULL, NULL, 0)));
    for (int i = 0; i < 6; i++)
        if (i != 3 && i != 1)
            pthread_join(all[i].thread, NULL);
    printf("woken %#x\n", woken_bits);
}

static void requeues(void) {
    struct waiter all[7];
    start(all, 7, FUTEX_WAIT);
    other = 3;
    printf("requeue 1 2: %s\n", result(futex(&word, FUTEX_REQUEUE, 1, (void *)2L, &other, 0)));
    printf("cmp_requeue, other value: %s\n", result(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)2L, &other, 7)));
    printf("cmp_requeue 1 2: %s\n", result(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)2L, &other, 0)));
    printf("negative: %s\n", result(futex(&word, FUTEX_CMP_REQUEUE, -1, (void *)2L, &other, 0)));
    printf("there: %s\n", result(futex(&other, FUTEX_WAKE, INT_MAX, NULL, NULL, 0)));
    printf("here: %s\n", result(futex(&word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0)));
    finish(all, 7);
}

#define ENCODE(op, cmp, oparg, cmparg) ((unsigned)(op) << 28 | (cmp) << 24 | ((oparg) & 0xfff) << 12 | ((cmparg) & 0xfff))
static void wake_ops(void) {
    const unsigned ops[] = {FUTEX_OP_SET, FUTEX_OP_ADD, FUTEX_OP_OR, FUTEX_OP_ANDN, FUTEX_OP_XOR, FUTEX_OP_SET | 8, FUTEX_OP_ADD | 8};
    for (unsigned op = 0; op < sizeof ops / sizeof *ops; op++) {
        other = 0x55;
        printf("op %u:", ops[op]);
        printf(" %s", result(futex(&word, FUTEX_WAKE_OP, 1, (void *)1L, &other, ENCODE(ops[op], 0, 6, 0))));
        printf(" %#x", other);
        other = 0;
        futex(&word, FUTEX_WAKE_OP, 1, (void *)1L, &other, ENCODE(ops[op] & 7, 0, -3, 0));
        printf(" %d\n", other);
    }
    // The comparison decides whether the second word's waiters are woken.
    for (int cmp = 0; cmp < 6; cmp++) {
        struct waiter one[1];
        int woken[3];
        for (int value = -1; value <= 1; value++) {
            word = 0;
            start(one, 1, FUTEX_WAIT);
            atomic_int empty = 0;
            // The waiter is at the second address: its value is set to what it is.
            word = value;
            woken[value + 1] = futex(&empty, FUTEX_WAKE_OP, 1, (void *)1L, &word, ENCODE(FUTEX_OP_ADD, cmp, 0, 0));
            futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0);
            pthread_join(one[0].thread, NULL);
        }
        printf("cmp %d: %d %d %d\n", cmp, woken[0], woken[1], woken[2]);
    }
    printf("bad op: %s\n", result(futex(&word, FUTEX_WAKE_OP, 1, (void *)1L, &other, ENCODE(5, 0, 0, 0))));
    word = 0;
}

// Priority inheritance: the word holds the owner's number.
static atomic_uint lock;
static int guarded;
static void *locks(void *arg) {
    unsigned me = syscall(SYS_gettid);
    for (int i = 0; i < 100; i++) {
        unsigned free = 0;
        if (!atomic_compare_exchange_strong(&lock, &free, me) && futex(&lock, PRIVATE(FUTEX_LOCK_PI), 0, NULL, NULL, 0))
            return "lock failed";
        if ((lock & FUTEX_TID_MASK) != me)
            return "not the owner";
        int before = guarded;
        if (i % 8 == 0)
            sched_yield();
        guarded = before + 1;
        unsigned mine = me;
        if (!atomic_compare_exchange_strong(&lock, &mine, 0) && futex(&lock, PRIVATE(FUTEX_UNLOCK_PI), 0, NULL, NULL, 0))
            return "unlock failed";
    }
    return NULL;
}
static void *holds(void *arg) {
    lock = syscall(SYS_gettid);
    waiting = 1;
    while (waiting)
        usleep(1000);
    if (futex(&lock, PRIVATE(FUTEX_UNLOCK_PI), 0, NULL, NULL, 0))
        perror("unlock");
    return NULL;
}
static void inheritance(void) {
    pthread_t all[6];
    for (int i = 0; i < 6; i++)
        pthread_create(&all[i], NULL, locks, NULL);
    for (int i = 0; i < 6; i++) {
        void *bad;
        pthread_join(all[i], &bad);
        if (bad)
            printf("%s\n", (char *)bad);
    }
    printf("guarded %d lock %u\n", guarded, lock);
    printf("not mine: %s\n", result(futex(&lock, PRIVATE(FUTEX_UNLOCK_PI), 0, NULL, NULL, 0)));
    printf("lock: %s", result(futex(&lock, PRIVATE(FUTEX_LOCK_PI), 0, NULL, NULL, 0)));
    printf(" %d\n", lock == (unsigned)syscall(SYS_gettid));
    printf("again: %s\n", result(futex(&lock, PRIVATE(FUTEX_LOCK_PI), 0, NULL, NULL, 0)));
    printf("try: %s\n", result(futex(&lock, PRIVATE(FUTEX_TRYLOCK_PI), 0, NULL, NULL, 0)));
    printf("unlock: %s", result(futex(&lock, PRIVATE(FUTEX_UNLOCK_PI), 0, NULL, NULL, 0)));
    printf(" %u\n", lock);
    waiting = 0;
    pthread_create(&all[0], NULL, holds, NULL);
    while (!waiting)
        usleep(100);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_nsec += 3000000;
    if (now.tv_nsec >= 1000000000)
        now.tv_nsec -= 1000000000, now.tv_sec++;
    printf("held: %s\n", result(futex(&lock, PRIVATE(FUTEX_LOCK_PI), 0, &now, NULL, 0)));
    printf("held, try: %s\n", result(futex(&lock, PRIVATE(FUTEX_TRYLOCK_PI), 0, NULL, NULL, 0)));
    waiting = 0;
    printf("released: %s", result(futex(&lock, PRIVATE(FUTEX_LOCK_PI), 0, NULL, NULL, 0)));
    printf(" %d\n", (lock & FUTEX_TID_MASK) == (unsigned)syscall(SYS_gettid));
    futex(&lock, PRIVATE(FUTEX_UNLOCK_PI), 0, NULL, NULL, 0);
    pthread_join(all[0], NULL);
}

// A robust list of our own, and a thread made without a library.
struct robust {
    struct robust_list list;
    atomic_uint word;
};
static struct robust entries[4];
static struct robust_list_head head;
static char stack[65536] __attribute__((aligned(16)));
static int child_number, set_number;
static int raw(void *arg) {
    unsigned me = syscall(SYS_gettid);
    head.futex_offset = offsetof(struct robust, word);
    head.list.next = &entries[0].list;
    for (int i = 0; i < 3; i++)
        entries[i].list.next = i < 2 ? &entries[i + 1].list : &head.list;
    entries[0].word = me;
    entries[1].word = me | FUTEX_WAITERS;
    entries[2].word = me + 1;
    entries[3].word = me;
    head.list_op_pending = &entries[3].list;
    if (syscall(SYS_set_robust_list, &head, sizeof head))
        return 1;
    set_number = child_number == (int)me;
    syscall(SYS_exit, 0);
    return 0;
}
static void robust(void) {
    printf("length: %s\n", result(syscall(SYS_set_robust_list, &head, 23)));
    atomic_int parent_number = 0;
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    child_number = -1;
    int tid = clone(raw, stack + sizeof stack, flags, NULL, &parent_number, NULL, &child_number);
    atomic_int *cleared = (atomic_int *)&child_number;
    for (int now; (now = *cleared);)
        futex(cleared, FUTEX_WAIT, now, NULL, NULL, 0);
    printf("raw thread %d %d\n", parent_number == tid, set_number);
    for (int i = 0; i < 4; i++)
        printf("robust %d: %d %d %d\n", i, (entries[i].word & FUTEX_OWNER_DIED) != 0, (entries[i].word & FUTEX_WAITERS) != 0, (entries[i].word & FUTEX_TID_MASK) != 0);
}

// In memory that processes share, and in private memory that they do not.
static void processes(void) {
    atomic_int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0) {
        while (shared[0] == 0)
            futex(&shared[0], FUTEX_WAIT, 0, NULL, NULL, 0);
        shared[1] = 2;
        futex(&shared[1], FUTEX_WAKE, 1, NULL, NULL, 0);
        struct timespec t = {0, 20000000};
        long r = futex(&word, PRIVATE(FUTEX_WAIT), 0, &t, NULL, 0);
        _exit(r < 0 && errno == ETIMEDOUT ? 7 : 8);
    }
    usleep(2000);
    shared[0] = 1;
    futex(&shared[0], FUTEX_WAKE, 1, NULL, NULL, 0);
    while (shared[1] == 0)
        futex(&shared[1], FUTEX_WAIT, 0, NULL, NULL, 0);
    usleep(5000);
    printf("not theirs: %s\n", result(futex(&word, PRIVATE(FUTEX_WAKE), 1, NULL, NULL, 0)));
    int status;
    waitpid(child, &status, 0);
    printf("shared %d, child %d\n", shared[1], WEXITSTATUS(status));
}

static void handler(int sig) {}
static void *interrupts(void *arg) {
    usleep(10000);
    pthread_kill(*(pthread_t *)arg, SIGUSR1);
    return NULL;
}
static void interrupted(void) {
    struct sigaction act = {.sa_handler = handler};
    pthread_t self = pthread_self(), t;
    sigaction(SIGUSR1, &act, NULL);
    pthread_create(&t, NULL, interrupts, &self);
    printf("interrupted: %s\n", result(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0)));
    pthread_join(t, NULL);
    act.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &act, NULL);
    // With a time a wait goes on after the handler: it has been interrupted, but not its caller.
    struct timespec time = {0, 30000000};
    pthread_create(&t, NULL, interrupts, &self);
    printf("restarted: %s\n", result(futex(&word, FUTEX_WAIT, 0, &time, NULL, 0)));
    pthread_join(t, NULL);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    timeouts();
    bits();
    requeues();
    wake_ops();
    inheritance();
    robust();
    processes();
    interrupted();
    return 0;
}
