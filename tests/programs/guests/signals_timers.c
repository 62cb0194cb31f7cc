// build: gcc-O2, gcc-O0-musl, zig-O2
// oracle: native
// flags: -pthread
// engines
// Timers that signal, with and without system calls meanwhile: alarm, the three of setitimer, timer_create with each kind of notice and clock, overruns; processor time. (QEMU reports no overruns, and knows no SIGEV_THREAD_ID.)
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count, code, value, overruns, thread;
static void records(int sig, siginfo_t *info, void *context) {
    count++;
    code = info->si_code;
    value = info->si_value.sival_int;
    overruns = info->si_overrun;
    thread = syscall(SYS_gettid);
}
static void install(int sig) {
    struct sigaction act = {.sa_sigaction = records, .sa_flags = SA_SIGINFO};
    sigaction(sig, &act, NULL);
    count = 0;
}
static double now(int clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

// Loops without any system call, in which signals must come all the same.
static double compute(int until) {
    double x = 1;
    while (count < until)
        x = x * 1.0000001 + 1e-9;
    return x;
}
static unsigned nested(int until) {
    unsigned x = 1;
    while (count < until)
        for (int i = 0; i < 1000; i++)
            x = x * 1664525 + 1013904223;
    return x;
}

static void intervals(void) {
    const int which[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}, signals[] = {SIGALRM, SIGVTALRM, SIGPROF};
    for (int i = 0; i < 3; i++) {
        struct itimerval t = {{0, 5000}, {0, 10000}}, old;
        install(signals[i]);
        double start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
        setitimer(which[i], &t, NULL);
        compute(2);
        nested(4);
        getitimer(which[i], &old);
        memset(&t, 0, sizeof t);
        setitimer(which[i], &t, NULL);
        double took = now(CLOCK_MONOTONIC) - start;
        cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        /* Linux may count processor time for these timers in ticks, of a process that the tick happens to meet. */
        printf("timer %d: count %d, wall %d cpu %d, interval %ld left %d", which[i], count >= 4, took >= 0.024 || which[i], which[i] ? cpu >= 0.008 : cpu <= took + 0.01, (long)old.it_interval.tv_usec, old.it_value.tv_usec <= 5000);
        getitimer(which[i], &old);
        printf(" off %d\n", old.it_value.tv_sec == 0 && old.it_value.tv_usec == 0);
    }
    // Timers of processor time do not go on in sleep.
    struct itimerval t = {{0, 0}, {0, 20000}};
    install(SIGPROF);
    setitimer(ITIMER_PROF, &t, NULL);
    usleep(60000);
    printf("asleep: %d", count);
    nested(1);
    printf(" awake: %d\n", count);
}

static sigjmp_buf jump;
static void jumps(int sig) {
    siglongjmp(jump, 1);
}
static void alarms(void) {
    signal(SIGALRM, jumps);
    struct itimerval t = {{0, 0}, {0, 10000}};
    volatile int jumped = 0;
    for (volatile int i = 0; i < 3; i++) {
        if (sigsetjmp(jump, 1) == 0) {
            setitimer(ITIMER_REAL, &t, NULL);
            volatile unsigned x = 0;
            for (;;)
                x++;
        }
        jumped++;
    }
    printf("jumped %d", jumped);
    install(SIGALRM);
    printf(" alarm %u", alarm(100));
    unsigned left = alarm(1);
    printf(" %d", left >= 99 && left <= 100);
    nested(1);
    printf(" came %d off %u\n", count, alarm(0));
}

static pthread_t first;
static volatile int called, right_value;
static void notified(union sigval v) {
    right_value = v.sival_int;
    called++;
    if (pthread_equal(pthread_self(), first))
        right_value = -1;
}
static void *waits(void *arg) {
    sigset_t set;
    siginfo_t info;
    timer_t id;
    struct itimerspec when = {{0, 0}, {0, 3000000}};
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    struct sigevent e = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 2};
    e.sigev_value.sival_int = 77;
    // sigev_notify_thread_id
    *((int *)&e + 4) = syscall(SYS_gettid);
    if (timer_create(CLOCK_MONOTONIC, &e, &id))
        return "timer_create failed";
    timer_settime(id, 0, &when, NULL);
    int r = sigwaitinfo(&set, &info);
    timer_delete(id);
    return r == SIGRTMIN + 2 && info.si_value.sival_int == 77 && info.si_code == SI_TIMER ? "came to its thread" : "wrong";
}
static void created(void) {
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
    timer_t id, silent;
    struct itimerspec when = {{0, 2000000}, {0, 2000000}}, off = {{0, 0}, {0, 0}}, old;
    const int clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
    for (int i = 0; i < 4; i++) {
        install(SIGRTMIN + 1);
        e.sigev_value.sival_int = 100 + i;
        printf("clock %d: %d", clocks[i], timer_create(clocks[i], &e, &id));
        printf(" %d", timer_settime(id, 0, &when, NULL));
        nested(3);
        timer_settime(id, 0, &off, &old);
        printf(" value %d code %d interval %ld\n", value, code == SI_TIMER, old.it_interval.tv_nsec);
        timer_delete(id);
    }
    // While the signal is blocked its expirations are counted.
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, &before);
    install(SIGRTMIN + 1);
    timer_create(CLOCK_MONOTONIC, &e, &id);
    when.it_value.tv_nsec = when.it_interval.tv_nsec = 1000000;
    timer_settime(id, 0, &when, NULL);
    double start = now(CLOCK_MONOTONIC);
    usleep(20000);
    siginfo_t info;
    int sig = sigwaitinfo(&set, &info), over = timer_getoverrun(id);
    double took = now(CLOCK_MONOTONIC) - start;
    timer_delete(id);
    sigprocmask(SIG_SETMASK, &before, NULL);
    printf("overrun: %d, %d %d\n", sig == SIGRTMIN + 1, info.si_overrun >= 10 && info.si_overrun <= took * 1000, over == info.si_overrun);
    // Absolute times.
    install(SIGRTMIN + 1);
    timer_create(CLOCK_REALTIME, &e, &id);
    struct itimerspec at = {{0, 0}, {0, 0}};
    clock_gettime(CLOCK_REALTIME, &at.it_value);
    at.it_value.tv_nsec += 5000000;
    if (at.it_value.tv_nsec >= 1000000000)
        at.it_value.tv_nsec -= 1000000000, at.it_value.tv_sec++;
    timer_settime(id, TIMER_ABSTIME, &at, NULL);
    nested(1);
    at.it_value.tv_sec -= 100;
    timer_settime(id, TIMER_ABSTIME, &at, NULL);
    nested(2);
    timer_gettime(id, &old);
    printf("absolute: count %d left %ld\n", count, (long)old.it_value.tv_sec + old.it_value.tv_nsec);
    timer_delete(id);
    // Without a notice it only runs.
    e.sigev_notify = SIGEV_NONE;
    timer_create(CLOCK_MONOTONIC, &e, &silent);
    when.it_value.tv_sec = 10;
    timer_settime(silent, 0, &when, NULL);
    timer_gettime(silent, &old);
    printf("silent: left %d\n", old.it_value.tv_sec >= 9);
    timer_delete(silent);
    printf("deleted: %d", timer_gettime(silent, &old));
    printf(" error %d\n", errno);
    struct sigevent t = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notified, .sigev_value.sival_int = 55};
    first = pthread_self();
    printf("thread: %d", timer_create(CLOCK_MONOTONIC, &t, &id));
    when.it_value.tv_sec = 0;
    when.it_value.tv_nsec = when.it_interval.tv_nsec = 2000000;
    timer_settime(id, 0, &when, NULL);
    while (called < 3)
        usleep(500);
    timer_delete(id);
    printf(" called, value %d\n", right_value);
    pthread_t w;
    void *r;
    pthread_create(&w, NULL, waits, NULL);
    pthread_join(w, &r);
    printf("thread id: %s\n", (char *)r);
}

static void *burns(void *arg) {
    double start = now(CLOCK_THREAD_CPUTIME_ID);
    volatile unsigned x = 0;
    while (now(CLOCK_THREAD_CPUTIME_ID) - start < 0.08)
        for (int i = 0; i < 1000; i++)
            x++;
    return NULL;
}
static void processor_time(void) {
    double process = now(CLOCK_PROCESS_CPUTIME_ID), mine = now(CLOCK_THREAD_CPUTIME_ID);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    pthread_t t[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, burns, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    usleep(30000);
    process = now(CLOCK_PROCESS_CPUTIME_ID) - process;
    mine = now(CLOCK_THREAD_CPUTIME_ID) - mine;
    getrusage(RUSAGE_SELF, &after);
    double used = after.ru_utime.tv_sec - before.ru_utime.tv_sec + (after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e6 + after.ru_stime.tv_sec - before.ru_stime.tv_sec + (after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1e6;
    printf("processor: threads %d mine %d usage %d\n", process >= 0.16, mine < 0.08, used >= 0.14);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    intervals();
    alarms();
    created();
    processor_time();
    return 0;
}
