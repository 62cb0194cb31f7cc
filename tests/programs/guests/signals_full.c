// build: gcc-O2, gcc-O0-musl, zig-O1
// exit: 143
// Signals: queues of real-time signals with values, masks, pending, sigsuspend, sigtimedwait, nested handlers, SA_NODEFER, SA_RESETHAND, SA_ONSTACK, SA_RESTART and EINTR, a context that the handler changes, alarm, setitimer, timer_create, ppoll with a mask, siglongjmp.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile int count, last_signal, last_value, last_code, order[20], orders;
static void records(int sig, siginfo_t *info, void *context) {
    (void)context;
    count++;
    last_signal = sig;
    last_value = info->si_value.sival_int;
    last_code = info->si_code;
    if (orders < 20)
        order[orders++] = sig * 100 + last_value;
}
static void install(int sig, void (*f)(int, siginfo_t *, void *), int flags, int masked) {
    struct sigaction act = {.sa_sigaction = f, .sa_flags = SA_SIGINFO | flags};
    if (masked)
        sigaddset(&act.sa_mask, masked);
    sigaction(sig, &act, NULL);
}

static volatile int depth, deepest, left;
static void nests(int sig, siginfo_t *info, void *context) {
    (void)info, (void)context;
    if (++depth > deepest)
        deepest = depth;
    if (left-- > 0)
        raise(sig);
    depth--;
}

static char stack[65536];
static volatile int on_stack;
static void looks_at_stack(int sig, siginfo_t *info, void *context) {
    (void)sig, (void)info;
    char here;
    stack_t now;
    sigaltstack(NULL, &now);
    on_stack = &here >= stack && &here < stack + sizeof stack && now.ss_flags == SS_ONSTACK;
    (void)context;
}

static volatile long changed;
static void changes_context(int sig, siginfo_t *info, void *context) {
    (void)sig, (void)info;
    ucontext_t *uc = context;
    uc->uc_mcontext.regs[19] = 4242;
    sigaddset(&uc->uc_sigmask, SIGUSR2);
}

static sigjmp_buf jump;
static void jumps(int sig, siginfo_t *info, void *context) {
    (void)info, (void)context;
    siglongjmp(jump, sig);
}

static int ends[2];
static void writes(int sig, siginfo_t *info, void *context) {
    (void)sig, (void)info, (void)context;
    count++;
    if (count == 2)
        write(ends[1], "x", 1);
}

static long milliseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(void) {
    sigset_t set, old;
    setvbuf(stdout, NULL, _IONBF, 0);
    install(SIGUSR1, records, 0, 0);
    install(SIGUSR2, records, 0, 0);
    install(SIGRTMIN, records, 0, 0);
    install(SIGRTMIN + 1, records, 0, 0);

    // Queues.
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN);
    sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, &old);
    for (int i = 1; i <= 3; i++) {
        sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i});
        sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
        sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = i});
    }
    sigset_t pending;
    sigpending(&pending);
    printf("pending %d %d %d %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2), sigismember(&pending, SIGRTMIN), sigismember(&pending, SIGRTMIN + 1));
    sigprocmask(SIG_SETMASK, &old, NULL);
    printf("count %d code %d:", count, last_code == SI_QUEUE);
    for (int i = 0; i < orders; i++)
        printf(" %d", order[i] - (order[i] >= SIGRTMIN * 100 ? SIGRTMIN * 100 : 0));
    printf("\n");

    // sigsuspend and sigtimedwait.
    sigprocmask(SIG_BLOCK, &set, &old);
    count = 0;
    raise(SIGUSR1);
    printf("blocked %d", count);
    int r = sigsuspend(&old);
    printf(" suspended %d %d %d\n", r, errno == EINTR, count);
    sigprocmask(SIG_BLOCK, NULL, &pending);
    printf("mask again %d\n", sigismember(&pending, SIGUSR1));
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 77});
    siginfo_t info;
    struct timespec no = {0, 0}, little = {0, 10000000};
    r = sigtimedwait(&set, &info, &no);
    printf("timedwait %d %d\n", r == SIGRTMIN, info.si_value.sival_int);
    r = sigtimedwait(&set, &info, &little);
    printf("timedwait %d %d\n", r, errno == EAGAIN);
    pid_t child = fork();
    if (child == 0) {
        usleep(10000);
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    r = sigwaitinfo(&set, &info);
    printf("sigwaitinfo %d %d %d\n", r == SIGUSR1, info.si_pid == child, info.si_code == SI_USER);
    waitpid(child, NULL, 0);
    sigprocmask(SIG_SETMASK, &old, NULL);

    // Flags.
    left = 3;
    install(SIGUSR1, nests, SA_NODEFER, 0);
    raise(SIGUSR1);
    printf("nodefer %d\n", deepest);
    deepest = 0;
    install(SIGUSR1, nests, 0, 0);
    left = 2;
    raise(SIGUSR1);
    printf("defer %d\n", deepest);
    install(SIGUSR1, records, SA_RESETHAND, 0);
    raise(SIGUSR1);
    struct sigaction act;
    sigaction(SIGUSR1, NULL, &act);
    printf("resethand %d\n", act.sa_handler == SIG_DFL);
    stack_t alt = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alt, NULL);
    install(SIGUSR1, looks_at_stack, SA_ONSTACK, 0);
    raise(SIGUSR1);
    printf("onstack %d\n", on_stack);
    install(SIGUSR1, looks_at_stack, 0, 0);
    raise(SIGUSR1);
    printf("not onstack %d\n", on_stack);

    // The context.
    install(SIGUSR1, changes_context, 0, 0);
    register long x19 asm("x19") = 1;
    register long x8 asm("x8");
    register long x0 asm("x0") = getpid();
    register long x1 asm("x1") = SIGUSR1;
    x8 = 129;
    asm volatile("svc #0" : "+r"(x0), "+r"(x19) : "r"(x1), "r"(x8) : "memory");
    changed = x19;
    sigprocmask(SIG_BLOCK, NULL, &pending);
    printf("context %ld mask %d\n", changed, sigismember(&pending, SIGUSR2));
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);

    // Jumping out.
    install(SIGUSR1, jumps, 0, SIGUSR2);
    r = sigsetjmp(jump, 1);
    if (r == 0)
        raise(SIGUSR1);
    sigprocmask(SIG_BLOCK, NULL, &pending);
    printf("jumped %d mask %d %d\n", r == SIGUSR1, sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2));

    // Interruption and restart.
    char c;
    pipe(ends);
    install(SIGALRM, writes, 0, 0);
    count = 0;
    struct itimerval timer = {{0, 10000}, {0, 10000}};
    setitimer(ITIMER_REAL, &timer, NULL);
    r = read(ends[0], &c, 1);
    printf("read %d %d\n", r, errno == EINTR);
    while (count < 2)
        pause();
    read(ends[0], &c, 1);
    count = 0;
    install(SIGALRM, writes, SA_RESTART, 0);
    r = read(ends[0], &c, 1);
    printf("restarted %d %c\n", r, c);
    timer.it_value.tv_usec = timer.it_interval.tv_usec = 0;
    setitimer(ITIMER_REAL, &timer, NULL);

    // Time.
    install(SIGALRM, records, 0, 0);
    long start = milliseconds();
    alarm(1);
    printf("alarm %d", alarm(1) == 1);
    struct timespec t = {3, 0};
    r = nanosleep(&t, &t);
    long took = milliseconds() - start;
    printf(" %d %d left %d took %d\n", r, errno == EINTR, t.tv_sec >= 1 && t.tv_sec <= 2, took >= 990 && took < 1900);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = 31};
    timer_t id;
    printf("timer_create %d\n", timer_create(CLOCK_MONOTONIC, &event, &id));
    struct itimerspec when = {{0, 5000000}, {0, 5000000}};
    count = 0;
    timer_settime(id, 0, &when, NULL);
    while (count < 3)
        pause();
    printf("timer %d %d\n", last_value, last_code == SI_TIMER);
    timer_gettime(id, &when);
    printf("interval %ld\n", (long)when.it_interval.tv_nsec);
    timer_delete(id);
    printf("deleted %d\n", timer_settime(id, 0, &when, NULL));

    // ppoll with a mask.
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, &old);
    count = 0;
    raise(SIGUSR2);
    struct pollfd fd = {ends[0], POLLIN, 0};
    r = ppoll(&fd, 1, NULL, &old);
    printf("ppoll %d %d %d\n", r, errno == EINTR, count);
    sigprocmask(SIG_BLOCK, NULL, &pending);
    printf("mask %d\n", sigismember(&pending, SIGUSR2));
    sigprocmask(SIG_SETMASK, &old, NULL);

    // What cannot be done.
    printf("SIGKILL %d %d\n", sigaction(SIGKILL, &act, NULL), errno == EINVAL);
    printf("kill %d %d\n", kill(getpid(), 65), errno == EINVAL);
    printf("kill %d %d\n", kill(30000, 0), errno == ESRCH);

    // The last one ends it.
    fflush(stdout);
    signal(SIGTERM, SIG_DFL);
    raise(SIGTERM);
    return 0;
}
