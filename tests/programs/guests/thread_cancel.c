// build: gcc-O2, gcc-O0, gcc-O2-musl, gcc-O0-musl, zig-O2
// flags: -pthread
// seeds
// How threads end: cancellation (deferred, asynchronous, disabled) in each kind of wait, clean-up handlers, destructors of thread-local storage, once, detached threads, and the first thread ending before the others.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static int ends[2];
static atomic_int ready, log_length;
static char cleanups[16];
static pthread_t sleeper;

static void cleans(void *arg) {
    cleanups[log_length++] = *(char *)arg;
}
static void unlocks(void *arg) {
    cleans("u");
    pthread_mutex_unlock(arg);
}
static void *sleeps(void *arg) {
    struct timespec t = {100, 0};
    nanosleep(&t, NULL);
    return NULL;
}

static void *waits(void *arg) {
    char c;
    struct timespec t = {100, 0};
    pthread_cleanup_push(cleans, "a");
    pthread_cleanup_push(cleans, "b");
    switch ((intptr_t)arg) {
    case 0:
        ready = 1;
        nanosleep(&t, NULL);
        break;
    case 1:
        pthread_mutex_lock(&mutex);
        pthread_cleanup_push(unlocks, &mutex);
        ready = 1;
        for (;;)
            pthread_cond_wait(&condition, &mutex);
        pthread_cleanup_pop(0);
        break;
    case 2:
        ready = 1;
        sem_wait(&semaphore);
        break;
    case 3:
        ready = 1;
        read(ends[0], &c, 1);
        break;
    case 4:
        ready = 1;
        pthread_join(sleeper, NULL);
        break;
    case 5:
        ready = 1;
        for (;;)
            pause();
        break;
    case 6:
        ready = 1;
        for (;;)
            pthread_testcancel();
        break;
    case 7:
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
        ready = 1;
        for (;;)
            ;
        break;
    case 8:
        clock_gettime(CLOCK_REALTIME, &t);
        t.tv_sec += 100;
        pthread_mutex_lock(&mutex);
        pthread_cleanup_push(unlocks, &mutex);
        ready = 1;
        for (;;)
            pthread_cond_timedwait(&condition, &mutex, &t);
        pthread_cleanup_pop(0);
        break;
    case 9:
        // The request is there before the first place to be cancelled.
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
        ready = 1;
        while (ready == 1)
            sched_yield();
        pthread_testcancel();
        cleans("d");
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
        cleans("e");
        pthread_testcancel();
        cleans("!");
        break;
    case 10:
        ready = 1;
        pthread_exit("exit");
    }
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return "returned";
}

static void cancellation(void) {
    const char *names[] = {"nanosleep", "cond_wait", "sem_wait", "read", "join", "pause", "testcancel", "asynchronous", "cond_timedwait", "disabled", "exit"};
    pthread_create(&sleeper, NULL, sleeps, NULL);
    for (intptr_t i = 0; i < 11; i++) {
        pthread_t t;
        void *result;
        ready = 0;
        log_length = 0;
        memset(cleanups, 0, sizeof cleanups);
        pthread_create(&t, NULL, waits, (void *)i);
        while (!ready)
            sched_yield();
        usleep(i % 2 ? 3000 : 0);
        if (i != 10)
            pthread_cancel(t);
        ready = 2;
        pthread_join(t, &result);
        int locked = pthread_mutex_trylock(&mutex);
        pthread_mutex_unlock(&mutex);
        printf("%s: %s, %s, mutex %d\n", names[i], result == PTHREAD_CANCELED ? "cancelled" : (char *)result, cleanups, locked);
    }
    pthread_cancel(sleeper);
    pthread_join(sleeper, NULL);
}

// Destructors may set values again, and are called again then.
static pthread_key_t first, second;
static atomic_int destroyed[2];
static void destroys_first(void *value) {
    destroyed[0]++;
    if ((intptr_t)value > 1)
        pthread_setspecific(first, (void *)((intptr_t)value - 1));
}
static void destroys_second(void *value) {
    destroyed[1]++;
    pthread_setspecific(first, (void *)1);
}
static __thread struct {
    char a;
    long b[3];
} __attribute__((aligned(64))) aligned = {'x', {1, 2, 3}};
static __thread int zero, set = 42;
static void *uses_storage(void *arg) {
    intptr_t bad = (uintptr_t)&aligned % 64 != 0 || aligned.a != 'x' || aligned.b[2] != 3 || zero || set != 42;
    aligned.b[2] = (intptr_t)arg;
    zero = set = (intptr_t)arg;
    pthread_setspecific(first, (void *)3);
    if ((intptr_t)arg % 2)
        pthread_setspecific(second, (void *)1);
    sched_yield();
    bad += aligned.b[2] != (intptr_t)arg || zero != (intptr_t)arg || set != (intptr_t)arg;
    return (void *)bad;
}
static void storage(void) {
    pthread_key_create(&first, destroys_first);
    pthread_key_create(&second, destroys_second);
    pthread_t t[20];
    long bad = 0;
    for (intptr_t i = 0; i < 20; i++)
        pthread_create(&t[i], NULL, uses_storage, (void *)i);
    for (int i = 0; i < 20; i++) {
        void *r;
        pthread_join(t[i], &r);
        bad += (intptr_t)r;
    }
    printf("storage: bad %ld destroyed %d %d mine %d\n", bad, (int)destroyed[0], destroyed[1], set);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int began, finished;
static void initializes(void) {
    began++;
    usleep(5000);
    finished++;
}
static void *begins(void *arg) {
    pthread_once(&once, initializes);
    return (void *)(intptr_t)(finished == 1);
}
static void onces(void) {
    pthread_t t[8];
    long right = 0;
    for (int i = 0; i < 8; i++)
        pthread_create(&t[i], NULL, begins, NULL);
    for (int i = 0; i < 8; i++) {
        void *r;
        pthread_join(t[i], &r);
        right += (intptr_t)r;
    }
    printf("once: began %d right %ld\n", began, right);
}

static atomic_int living;
static void *lives_shortly(void *arg) {
    living--;
    return NULL;
}
static void *joins_itself(void *arg) {
    return (void *)(intptr_t)pthread_join(pthread_self(), NULL);
}
static void detached(void) {
    pthread_attr_t a;
    pthread_attr_init(&a);
    pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 300; i++) {
        pthread_t t;
        living++;
        int r = pthread_create(&t, &a, lives_shortly, NULL);
        if (r) {
            printf("detached %d: error %d\n", i, r);
            break;
        }
        if (living > 20)
            sched_yield();
    }
    while (living)
        usleep(100);
    size_t size;
    void *stack;
    pthread_attr_t mine;
    pthread_getattr_np(pthread_self(), &mine);
    pthread_attr_getstack(&mine, &stack, &size);
    printf("detached: all gone; main's stack %d\n", (char *)&mine > (char *)stack && (char *)&mine < (char *)stack + size);
}

static pthread_t main_thread;
static void *survives(void *arg) {
    void *result;
    int r = pthread_join(main_thread, &result);
    printf("main ended: %d %s\n", r, (char *)result);
    exit(5);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    sem_init(&semaphore, 0, 0);
    pipe(ends);
    cancellation();
    storage();
    onces();
    detached();
#ifdef __GLIBC__
    // (musl forgets after fork that the first thread's end has to release a lock, and hangs; QEMU makes up for it.)
    pid_t child = fork();
    if (child == 0) {
        pthread_t t;
        main_thread = pthread_self();
        pthread_create(&t, NULL, survives, NULL);
        pthread_exit("bye");
    }
    int status;
    waitpid(child, &status, 0);
    printf("child %d\n", WEXITSTATUS(status));
#endif
    return 0;
}
