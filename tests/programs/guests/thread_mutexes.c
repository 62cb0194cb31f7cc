// build: gcc-O2, gcc-O0, gcc-O2-musl, gcc-O0-musl, zig-O2
// oracle: native
// flags: -pthread
// seeds
// Mutexes of every kind between threads and between processes: normal, recursive, error checking, robust, timed, with priority inheritance. (QEMU knows no robust lists.)
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 6
#define ROUNDS 150

struct guarded {
    pthread_mutex_t mutex;
    long count, inside;
    int bad, robust;
};

static void lock(struct guarded *g) {
    int r = pthread_mutex_lock(&g->mutex);
    if (r == EOWNERDEAD && g->robust)
        r = pthread_mutex_consistent(&g->mutex);
    if (r)
        g->bad++;
}

static void *contends(void *arg) {
    struct guarded *g = arg;
    for (int i = 0; i < ROUNDS; i++) {
        if (i % 5 == 4) {
            int r;
            while ((r = pthread_mutex_trylock(&g->mutex)) && r != EOWNERDEAD)
                sched_yield();
            if (r)
                pthread_mutex_consistent(&g->mutex);
        } else
            lock(g);
        if (g->inside++)
            g->bad++;
        long before = g->count;
        if (i % 16 == 0)
            sched_yield();
        for (volatile int j = 0; j < 20; j++)
            ;
        g->count = before + 1;
        g->inside--;
        if (pthread_mutex_unlock(&g->mutex))
            g->bad++;
    }
    return NULL;
}

static struct guarded *make(int type, int protocol, int robust, int shared) {
    struct guarded *g = mmap(NULL, sizeof *g, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    int r = pthread_mutexattr_settype(&a, type);
    r |= pthread_mutexattr_setprotocol(&a, protocol);
    r |= pthread_mutexattr_setrobust(&a, robust);
    r |= pthread_mutexattr_setpshared(&a, shared);
    r |= pthread_mutex_init(&g->mutex, &a);
    if (r)
        printf("init: error %d\n", r);
    g->robust = robust == PTHREAD_MUTEX_ROBUST;
    return g;
}

static void contend(const char *name, struct guarded *g) {
    pthread_t t[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&t[i], NULL, contends, g);
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    printf("%s: %ld bad %d, lock %d", name, g->count, g->bad, pthread_mutex_lock(&g->mutex));
    // EBUSY or EDEADLK: libraries differ.
    printf(" try %d", pthread_mutex_trylock(&g->mutex) != 0);
    printf(" unlock %d\n", pthread_mutex_unlock(&g->mutex));
    munmap(g, sizeof *g);
}

static void *tries(void *arg) {
    return (void *)(long)pthread_mutex_trylock(arg);
}
static void *unlocks(void *arg) {
    return (void *)(long)pthread_mutex_unlock(arg);
}
static void *locks_and_ends(void *arg) {
    return (void *)(long)pthread_mutex_lock(arg);
}
static long in_thread(void *(*f)(void *), void *arg) {
    pthread_t t;
    void *r;
    pthread_create(&t, NULL, f, arg);
    pthread_join(t, &r);
    return (long)r;
}

static struct timespec in_milliseconds(int clock, int ms) {
    struct timespec t;
    clock_gettime(clock, &t);
    t.tv_nsec += ms * 1000000L;
    while (t.tv_nsec >= 1000000000)
        t.tv_nsec -= 1000000000, t.tv_sec++;
    return t;
}

static void *holds_a_while(void *arg) {
    pthread_mutex_t *m = arg;
    pthread_mutex_lock(m);
    usleep(15000);
    return (void *)(long)pthread_mutex_unlock(m);
}

static void ownership(void) {
    struct guarded *g = make(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    for (int i = 0; i < 3; i++)
        pthread_mutex_lock(&g->mutex);
    pthread_mutex_unlock(&g->mutex);
    pthread_mutex_unlock(&g->mutex);
    printf("recursive: other tries %ld unlocks %ld", in_thread(tries, &g->mutex), in_thread(unlocks, &g->mutex));
    pthread_mutex_unlock(&g->mutex);
    printf(" free %ld\n", in_thread(tries, &g->mutex));
    g = make(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    printf("errorcheck: unlock %d", pthread_mutex_unlock(&g->mutex));
    printf(" lock %d", pthread_mutex_lock(&g->mutex));
    printf(" again %d", pthread_mutex_lock(&g->mutex));
    printf(" other unlocks %ld", in_thread(unlocks, &g->mutex));
    struct timespec t = in_milliseconds(CLOCK_REALTIME, 2);
    printf(" timed %d\n", pthread_mutex_timedlock(&g->mutex, &t));
    g = make(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    printf("timed: free %d", pthread_mutex_timedlock(&g->mutex, &t));
    t = in_milliseconds(CLOCK_REALTIME, 3);
    printf(" own %d", pthread_mutex_timedlock(&g->mutex, &t));
    struct timespec bad = {t.tv_sec + 5, 1000000000};
    printf(" bad %d", pthread_mutex_timedlock(&g->mutex, &bad));
    pthread_mutex_unlock(&g->mutex);
    pthread_t holder;
    pthread_create(&holder, NULL, holds_a_while, &g->mutex);
    while (pthread_mutex_trylock(&g->mutex) == 0) {
        pthread_mutex_unlock(&g->mutex);
        usleep(500);
    }
    t = in_milliseconds(CLOCK_REALTIME, 5000);
    printf(" waited %d\n", pthread_mutex_timedlock(&g->mutex, &t));
    pthread_join(holder, NULL);
}

static void robust(int protocol) {
    struct guarded *g = make(PTHREAD_MUTEX_NORMAL, protocol, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_PRIVATE);
    printf("robust: %ld", in_thread(locks_and_ends, &g->mutex));
    printf(" dead %d", pthread_mutex_lock(&g->mutex));
    printf(" consistent %d", pthread_mutex_consistent(&g->mutex));
    printf(" again %d", pthread_mutex_consistent(&g->mutex));
    printf(" unlock %d", pthread_mutex_unlock(&g->mutex));
    printf(" lock %d", pthread_mutex_lock(&g->mutex));
    printf(" unlock %d\n", pthread_mutex_unlock(&g->mutex));
    in_thread(locks_and_ends, &g->mutex);
    printf("not made consistent: try %d", pthread_mutex_trylock(&g->mutex));
    printf(" unlock %d", pthread_mutex_unlock(&g->mutex));
    printf(" lock %d", pthread_mutex_lock(&g->mutex));
    printf(" try %ld\n", in_thread(tries, &g->mutex));
}

static pthread_mutex_t *held;
static volatile int holding;
static void *holds_and_dies(void *arg) {
    pthread_mutex_lock(held);
    holding = 1;
    usleep(10000);
    return NULL;
}
static void died_while_waited_for(int protocol) {
    struct guarded *g = make(PTHREAD_MUTEX_NORMAL, protocol, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_PRIVATE);
    pthread_t t;
    held = &g->mutex;
    holding = 0;
    pthread_create(&t, NULL, holds_and_dies, NULL);
    while (!holding)
        usleep(100);
    printf("died while waited for: %d", pthread_mutex_lock(&g->mutex));
    pthread_join(t, NULL);
    printf(" %d", pthread_mutex_consistent(&g->mutex));
    printf(" %d\n", pthread_mutex_unlock(&g->mutex));
}

static void processes(int protocol) {
    struct guarded *g = make(PTHREAD_MUTEX_NORMAL, protocol, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED);
    pid_t child[4];
    for (int i = 0; i < 4; i++)
        if ((child[i] = fork()) == 0) {
            contends(g);
            if (i == 2) {
                // Dies with the mutex.
                lock(g);
                kill(getpid(), SIGKILL);
            }
            _exit(0);
        }
    int status, killed = 0;
    for (int i = 0; i < 4; i++) {
        waitpid(child[i], &status, 0);
        killed += WIFSIGNALED(status);
    }
    lock(g);
    printf("processes: %ld bad %d killed %d\n", g->count, g->bad, killed);
    pthread_mutex_unlock(&g->mutex);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    contend("recursive", make(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE));
    contend("errorcheck", make(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE));
    contend("robust", make(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_PRIVATE));
    contend("shared", make(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_SHARED));
    contend("inheriting", make(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE));
    contend("inheriting, robust", make(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_PRIVATE));
    ownership();
    robust(PTHREAD_PRIO_NONE);
    robust(PTHREAD_PRIO_INHERIT);
    died_while_waited_for(PTHREAD_PRIO_NONE);
    died_while_waited_for(PTHREAD_PRIO_INHERIT);
    processes(PTHREAD_PRIO_NONE);
    return 0;
}
