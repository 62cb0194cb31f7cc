// build: gcc-O2, gcc-O0-musl, zig-O1
// flags: -pthread
// exit: 9
// pthreads: joining, mutexes of each kind, conditions with timeouts, barriers, rwlocks, once, thread-local storage, cancellation, detached threads, semaphores, 200 threads, spinning on atomics, signals to threads, exit from a thread.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static __thread int local = 5;
static long counter;
static atomic_long atomic_counter;
static int onces;

static void initialize(void) { onces++; }

static void *adds(void *arg) {
    pthread_once(&once, initialize);
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
        atomic_fetch_add(&atomic_counter, 1);
        if (i % 100 == 0)
            sched_yield();
    }
    local += (int)(long)arg;
    return (void *)(long)local;
}

static int queue[8], head, tail;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static void *produces(void *arg) {
    (void)arg;
    for (int i = 1; i <= 1000; i++) {
        pthread_mutex_lock(&mutex);
        while (tail - head == 8)
            pthread_cond_wait(&not_full, &mutex);
        queue[tail++ % 8] = i;
        pthread_cond_signal(&not_empty);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}
static void *consumes(void *arg) {
    long sum = 0;
    for (int i = 0; i < (int)(long)arg; i++) {
        pthread_mutex_lock(&mutex);
        while (tail == head)
            pthread_cond_wait(&not_empty, &mutex);
        sum += queue[head++ % 8];
        pthread_cond_signal(&not_full);
        pthread_mutex_unlock(&mutex);
    }
    return (void *)sum;
}

static pthread_barrier_t barrier;
static int phases[5][3];
static void *goes_in_phases(void *arg) {
    int me = (int)(long)arg;
    long serial = 0;
    for (int i = 0; i < 3; i++) {
        phases[me][i] = i + 1;
        serial += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
        for (int j = 0; j < 5; j++)
            if (phases[j][i] != i + 1)
                printf("barrier broken\n");
        pthread_barrier_wait(&barrier);
    }
    return (void *)serial;
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long guarded[2];
static void *reads_guarded(void *arg) {
    (void)arg;
    long bad = 0;
    for (int i = 0; i < 200; i++) {
        pthread_rwlock_rdlock(&rwlock);
        bad += guarded[0] != guarded[1];
        pthread_rwlock_unlock(&rwlock);
    }
    return (void *)bad;
}
static void *writes_guarded(void *arg) {
    (void)arg;
    for (int i = 0; i < 200; i++) {
        pthread_rwlock_wrlock(&rwlock);
        guarded[0]++;
        sched_yield();
        guarded[1]++;
        pthread_rwlock_unlock(&rwlock);
    }
    return NULL;
}

static void cleanup(void *arg) { *(int *)arg += 1; }
static int cleaned;
static atomic_int pushed; /* a thread that is cancelled before it has pushed its handler cleans nothing */
static void cancel_when_pushed(pthread_t thread) {
    while (!atomic_exchange(&pushed, 0))
        usleep(1000);
    pthread_cancel(thread);
}
static void *waits_to_be_cancelled(void *arg) {
    (void)arg;
    pthread_cleanup_push(cleanup, &cleaned);
    atomic_store(&pushed, 1);
    for (;;)
        sleep(100);
    pthread_cleanup_pop(0);
    return NULL;
}
static void *spins_to_be_cancelled(void *arg) {
    (void)arg;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_cleanup_push(cleanup, &cleaned);
    atomic_store(&pushed, 1);
    for (;;)
        pthread_testcancel();
    pthread_cleanup_pop(0);
    return NULL;
}

static sem_t done;
static void *posts(void *arg) {
    (void)arg;
    sem_post(&done);
    return NULL;
}

static atomic_int flag;
static void *spins(void *arg) {
    (void)arg;
    while (!atomic_load(&flag))
        sched_yield();
    return (void *)77;
}

static pthread_key_t key;
static int destroyed;
static void destroys(void *value) { destroyed += *(int *)value; }
static void *uses_key(void *arg) {
    pthread_setspecific(key, arg);
    return pthread_getspecific(key);
}

static pthread_t signalled;
static volatile sig_atomic_t right_thread;
static void handler(int sig) {
    (void)sig;
    right_thread = pthread_equal(pthread_self(), signalled);
}
static void *waits_for_signal(void *arg) {
    (void)arg;
    struct timespec t = {5, 0};
    int r = nanosleep(&t, &t);
    return (void *)(long)(r == -1 && errno == EINTR && t.tv_sec >= 3);
}

static void *exits(void *arg) {
    (void)arg;
    printf("exit from a thread\n");
    exit(9);
}

int main(void) {
    pthread_t t[200];
    void *result;
    long sum = 0;
    for (long i = 0; i < 10; i++)
        pthread_create(&t[i], NULL, adds, (void *)i);
    for (int i = 0; i < 10; i++) {
        pthread_join(t[i], &result);
        sum += (long)result;
    }
    printf("counter %ld atomic %ld onces %d sum %ld local %d\n", counter, (long)atomic_counter, onces, sum, local);

    pthread_create(&t[0], NULL, consumes, (void *)600L);
    pthread_create(&t[1], NULL, consumes, (void *)400L);
    pthread_create(&t[2], NULL, produces, NULL);
    sum = 0;
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], &result);
        sum += (long)result;
    }
    printf("queue %ld\n", sum);

    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&mutex);
    printf("timed wait: %s\n", strerror(pthread_cond_timedwait(&condition, &mutex, &until)));
    pthread_mutex_unlock(&mutex);

    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_t recursive;
    pthread_mutex_init(&recursive, &attr);
    pthread_mutex_lock(&recursive);
    printf("recursive %d\n", pthread_mutex_lock(&recursive));
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_t checking;
    pthread_mutex_init(&checking, &attr);
    pthread_mutex_lock(&checking);
    printf("checking %d %d\n", pthread_mutex_lock(&checking) == EDEADLK, pthread_mutex_trylock(&checking) == EBUSY);

    pthread_barrier_init(&barrier, NULL, 5);
    for (long i = 0; i < 5; i++)
        pthread_create(&t[i], NULL, goes_in_phases, (void *)i);
    sum = 0;
    for (int i = 0; i < 5; i++) {
        pthread_join(t[i], &result);
        sum += (long)result;
    }
    printf("barrier serial %ld\n", sum);

    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, i % 2 ? reads_guarded : writes_guarded, NULL);
    sum = 0;
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], &result);
        sum += (long)result;
    }
    printf("rwlock bad %ld guarded %ld\n", sum, guarded[0]);

    pthread_create(&t[0], NULL, waits_to_be_cancelled, NULL);
    cancel_when_pushed(t[0]);
    pthread_join(t[0], &result);
    printf("cancelled %d cleaned %d\n", result == PTHREAD_CANCELED, cleaned);
    pthread_create(&t[0], NULL, spins_to_be_cancelled, NULL);
    cancel_when_pushed(t[0]);
    pthread_join(t[0], &result);
    printf("cancelled %d cleaned %d\n", result == PTHREAD_CANCELED, cleaned);

    sem_init(&done, 0, 0);
    for (int i = 0; i < 200; i++)
        if (pthread_create(&t[i], NULL, posts, NULL)) {
            printf("create %d\n", i);
            return 1;
        }
    for (int i = 0; i < 200; i++)
        sem_wait(&done);
    for (int i = 0; i < 200; i++)
        pthread_join(t[i], NULL);
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&detached, 65536);
    for (int i = 0; i < 20; i++)
        pthread_create(&t[i], &detached, posts, NULL);
    for (int i = 0; i < 20; i++)
        sem_wait(&done);
    int value = -1;
    sem_getvalue(&done, &value);
    printf("semaphore %d\n", value);

    pthread_create(&t[0], NULL, spins, NULL);
    usleep(1000);
    atomic_store(&flag, 1);
    pthread_join(t[0], &result);
    printf("spun %ld\n", (long)result);

    pthread_key_create(&key, destroys);
    int three = 3;
    for (int i = 0; i < 3; i++)
        pthread_create(&t[i], NULL, uses_key, &three);
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    printf("destroyed %d\n", destroyed);

    struct sigaction act = {.sa_handler = handler};
    sigaction(SIGUSR1, &act, NULL);
    pthread_create(&signalled, NULL, waits_for_signal, NULL);
    usleep(20000);
    pthread_kill(signalled, SIGUSR1);
    pthread_join(signalled, &result);
    printf("signalled %ld right %d\n", (long)result, right_thread);

    pthread_create(&t[0], NULL, exits, NULL);
    for (;;)
        pause();
}
