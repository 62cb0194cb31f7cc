// build: gcc-O2, gcc-O0-musl, zig-O2
// oracle: native
// flags: -pthread
// seeds
// Signals between threads: for one thread and for the process, masks of each thread, a thread that waits for all (sigwait, signalfd), handlers that interrupt locks and computing, storms of them with jumps out, and passing signals on when a thread blocks them or ends.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#define N 5
static atomic_int hits[N + 1], ready, stop, wrong;
static __thread int number;
static void counts(int sig, siginfo_t *info, void *context) {
    if (sig == SIGUSR1 && info->si_value.sival_int != number && info->si_code == SI_QUEUE)
        wrong++;
    hits[number]++;
}
static void install(int sig, int flags) {
    struct sigaction act = {.sa_sigaction = counts, .sa_flags = SA_SIGINFO | flags};
    sigaction(sig, &act, NULL);
}
static sigset_t set_of(int sig) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, sig);
    return set;
}

// pthread_sigqueue, which musl does not have; threads tell their numbers.
static atomic_int tids[N + 1];
static void queue_to(int thread, int value) {
    siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = value;
    syscall(SYS_rt_tgsigqueueinfo, getpid(), tids[thread], SIGUSR1, &info);
}

static void *computes(void *arg) {
    number = (int)(intptr_t)arg;
    tids[number] = syscall(SYS_gettid);
    ready++;
    volatile unsigned x = 0;
    while (!stop)
        x++;
    return NULL;
}
static void *pauses(void *arg) {
    number = (int)(intptr_t)arg;
    tids[number] = syscall(SYS_gettid);
    ready++;
    while (!stop)
        usleep(1000);
    return NULL;
}

// Directed: each arrives where it is sent.
static void directed(void *(*f)(void *), const char *name) {
    pthread_t t[N];
    ready = stop = wrong = 0;
    memset(hits, 0, sizeof hits);
    install(SIGUSR1, SA_RESTART);
    for (intptr_t i = 0; i < N; i++)
        pthread_create(&t[i], NULL, f, (void *)(i + 1));
    while (ready != N)
        usleep(100);
    for (int round = 0; round < 4; round++)
        for (int i = 0; i < N; i++) {
            int before = hits[i + 1];
            queue_to(i + 1, i + 1);
            while (hits[i + 1] == before)
                usleep(100);
        }
    stop = 1;
    for (int i = 0; i < N; i++)
        pthread_join(t[i], NULL);
    printf("%s: hits", name);
    for (int i = 0; i <= N; i++)
        printf(" %d", hits[i]);
    printf(" wrong %d\n", wrong);
}

// For the process: only the thread that does not block it can get it.
static void *takes(void *arg) {
    number = 1;
    sigset_t set = set_of(SIGUSR2);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    ready++;
    while (!stop)
        usleep(1000);
    return NULL;
}
static void whole_process(void) {
    pthread_t t[3];
    sigset_t set = set_of(SIGUSR2);
    ready = stop = 0;
    memset(hits, 0, sizeof hits);
    install(SIGUSR2, SA_RESTART);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_create(&t[0], NULL, pauses, (void *)2);
    pthread_create(&t[1], NULL, takes, NULL);
    pthread_create(&t[2], NULL, computes, (void *)3);
    while (ready != 3)
        usleep(100);
    for (int i = 0; i < 10; i++) {
        int before = hits[1];
        kill(getpid(), SIGUSR2);
        while (hits[1] == before)
            usleep(100);
    }
    stop = 1;
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    // Nobody takes it now; it waits for this one.
    kill(getpid(), SIGUSR2);
    int before = hits[0];
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    printf("process: %d %d %d %d, then %d\n", before, hits[1], hits[2], hits[3], hits[0]);
}

// One thread takes all of them, one at a time.
static atomic_int taken[3];
static void *takes_all(void *arg) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGRTMIN);
    for (;;) {
        int sig;
        sigwait(&set, &sig);
        if (sig == SIGRTMIN)
            return NULL;
        taken[sig == SIGUSR2]++;
    }
}
static void *reads_all(void *arg) {
    int fd = *(int *)arg;
    struct signalfd_siginfo info;
    for (;;) {
        struct pollfd p = {fd, POLLIN, 0};
        if (poll(&p, 1, -1) != 1 || read(fd, &info, sizeof info) != sizeof info)
            return "bad";
        if (info.ssi_signo == SIGRTMIN)
            return NULL;
        taken[info.ssi_signo == SIGUSR2]++;
        if (info.ssi_pid != getpid())
            return "wrong sender";
    }
}
static void collector(void) {
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGRTMIN);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    int fd = signalfd(-1, &set, 0);
    for (int way = 0; way < 2; way++) {
        pthread_t t;
        void *r;
        taken[0] = taken[1] = 0;
        pthread_create(&t, NULL, way ? reads_all : takes_all, &fd);
        for (int i = 0; i < 20; i++) {
            int before = taken[i % 2];
            kill(getpid(), i % 2 ? SIGUSR2 : SIGUSR1);
            while (taken[i % 2] == before)
                sched_yield();
        }
        kill(getpid(), SIGRTMIN);
        pthread_join(t, &r);
        printf("collector %d: %d %d %s\n", way, taken[0], taken[1], r ? (char *)r : "");
    }
    close(fd);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

// Storms: handlers in the middle of locks, conditions and computing must not break them.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static long guarded, turn;
static atomic_int finished;
static void *takes_turns(void *arg) {
    number = 1 + (int)(intptr_t)arg;
    for (int i = 0; i < 60; i++) {
        pthread_mutex_lock(&mutex);
        while (turn % 3 != (intptr_t)arg)
            pthread_cond_wait(&condition, &mutex);
        long before = guarded;
        for (volatile int j = 0; j < 50; j++)
            ;
        guarded = before + 1;
        turn++;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
    }
    finished++;
    // Signals may still come.
    while (!stop)
        usleep(500);
    return NULL;
}
static __thread sigjmp_buf jump;
static __thread volatile int jumping;
static void jumps(int sig) {
    if (jumping) {
        jumping = 0;
        siglongjmp(jump, 1);
    }
}
static void *is_thrown(void *arg) {
    long sum = 0;
    volatile int thrown = 0;
    while (thrown < 20) {
        if (sigsetjmp(jump, 1) == 0) {
            jumping = 1;
            volatile unsigned x = 0;
            for (;;)
                x++;
        }
        thrown++;
    }
    finished++;
    while (!stop)
        usleep(500);
    return (void *)(intptr_t)thrown;
}
static void storm(void) {
    pthread_t t[5];
    void *r;
    finished = stop = 0;
    install(SIGUSR1, SA_RESTART);
    struct sigaction act = {.sa_handler = jumps};
    sigaction(SIGUSR2, &act, NULL);
    for (intptr_t i = 0; i < 5; i++)
        pthread_create(&t[i], NULL, i < 3 ? takes_turns : is_thrown, (void *)i);
    unsigned random = 1;
    while (finished < 5) {
        random = random * 1103515245 + 12345;
        int i = random >> 16 & 7;
        if (i < 5)
            pthread_kill(t[i], i < 3 ? SIGUSR1 : SIGUSR2);
        if (random >> 24 & 1)
            sched_yield();
    }
    stop = 1;
    long thrown = 0;
    for (int i = 0; i < 5; i++) {
        pthread_join(t[i], &r);
        thrown += (intptr_t)r;
    }
    printf("storm: guarded %ld turn %ld thrown %ld\n", guarded, turn, thrown);
}

// A signal for the process is not lost with the thread that could have taken it.
static void *could_take(void *arg) {
    sigset_t set = set_of(SIGUSR2);
    number = 1;
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    ready++;
    for (int i = 0; i < 200; i++) {
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    }
    return NULL;
}
static void passed_on(void) {
    pthread_t a, b;
    memset(hits, 0, sizeof hits);
    install(SIGUSR2, SA_RESTART);
    sigset_t set = set_of(SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 10; i++) {
        int before = hits[1] + hits[2];
        ready = stop = 0;
        pthread_create(&a, NULL, could_take, NULL);
        while (!ready)
            sched_yield();
        kill(getpid(), SIGUSR2);
        pthread_join(a, NULL);
        if (hits[1] + hits[2] == before) {
            // It is pending still: the next thread to unblock it has it.
            pthread_create(&b, NULL, could_take, NULL);
            pthread_join(b, NULL);
        }
        if (hits[1] + hits[2] != before + 1)
            printf("lost or doubled in round %d\n", i);
    }
    printf("passed on: mine %d\n", hits[0]);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    directed(pauses, "pausing");
    directed(computes, "computing");
    whole_process();
    collector();
    storm();
    passed_on();
    printf("nobody: %d", pthread_kill(pthread_self(), 0));
    printf(" %ld", syscall(SYS_tgkill, getpid(), 32000, SIGUSR1));
    printf(" %d", errno == ESRCH);
    printf(" %ld", syscall(SYS_tgkill, getpid() + 1, getpid(), SIGUSR1));
    printf(" %d", errno == ESRCH);
    printf(" %d", pthread_kill(pthread_self(), 65) == EINVAL);
    printf("\n");
    return 0;
}
