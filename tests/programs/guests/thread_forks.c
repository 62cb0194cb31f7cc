// build: gcc-O2, gcc-O0, gcc-O2-musl, gcc-O0-musl, zig-O2
// oracle: native
// flags: -pthread
// seeds
// Processes with threads: fork in one (only the caller goes on, with its thread-local storage), handlers of pthread_atfork, exec and exit while others wait or compute, signals that end all, children of several threads. (QEMU executes only programs for this machine.)
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static __thread int local;
static atomic_int running, spinning;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char steps[16];
static int step_count;

static void prepare(void) {
    pthread_mutex_lock(&mutex);
    steps[step_count++] = 'p';
}
static void in_parent(void) {
    steps[step_count++] = 'P';
    pthread_mutex_unlock(&mutex);
}
static void in_child(void) {
    steps[step_count++] = 'C';
    pthread_mutex_unlock(&mutex);
}

static void *waits(void *arg) {
    running++;
    for (;;)
        pause();
}
static void *computes(void *arg) {
    volatile long n = 0;
    running++;
    for (;;)
        n++;
}
static int status_of(pid_t child) {
    int status;
    if (waitpid(child, &status, 0) != child)
        return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}
static void start(int waiting, int computing) {
    pthread_t t;
    running = 0;
    for (int i = 0; i < waiting; i++)
        pthread_create(&t, NULL, waits, NULL);
    for (int i = 0; i < computing; i++)
        pthread_create(&t, NULL, computes, NULL);
    while (running < waiting + computing)
        usleep(200);
}

static void *forks(void *arg) {
    local = (int)(intptr_t)arg;
    pid_t child = fork();
    if (child == 0) {
        // The mutex is free here, and this thread is the only one.
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
        pthread_t t;
        void *r;
        local += 10;
        extern void *adds_local(void *);
        pthread_create(&t, NULL, adds_local, (void *)(intptr_t)local);
        pthread_join(t, &r);
        _exit((int)(intptr_t)r);
    }
    return (void *)(intptr_t)status_of(child);
}
void *adds_local(void *arg) {
    return (void *)((intptr_t)arg + local);
}

static void *execs(void *name) {
    execl("/proc/self/exe", name, "child", NULL);
    perror("execl");
    exit(1);
}
static void *exits(void *code) {
    exit((int)(intptr_t)code);
}
static void *dies(void *sig) {
    raise((int)(intptr_t)sig);
    return NULL;
}
static int in_process(int waiting, int computing, void *(*ends)(void *), void *arg, int by_main) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        start(waiting, computing);
        if (by_main)
            ends(arg);
        pthread_t t;
        pthread_create(&t, NULL, ends, arg);
        for (;;)
            pause();
    }
    return status_of(child);
}

static void *waits_for_child(void *arg) {
    pid_t child = fork();
    if (child == 0) {
        usleep(2000);
        _exit((int)(intptr_t)arg);
    }
    return (void *)(intptr_t)(status_of(child) == (int)(intptr_t)arg);
}

int main(int argc, char **argv) {
    if (argc > 1) {
        printf("executed: %s, alone %d\n", argv[1], getpid() == (int)syscall(SYS_gettid));
        return 23;
    }
    printf("exec by main: %d\n", in_process(2, 1, execs, argv[0], 1));
    printf("exec by a thread: %d\n", in_process(2, 1, execs, argv[0], 0));
    printf("exit by main: %d\n", in_process(2, 2, exits, (void *)41, 1));
    printf("exit by a thread: %d\n", in_process(2, 2, exits, (void *)42, 0));
    printf("killed by main: %d\n", in_process(2, 2, dies, (void *)SIGTERM, 1));
    printf("killed by a thread: %d\n", in_process(2, 2, dies, (void *)SIGKILL, 0));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        start(2, 2);
        for (;;)
            pause();
    }
    usleep(5000);
    kill(child, SIGUSR1);
    printf("killed from outside: %d\n", status_of(child));

    pthread_atfork(prepare, in_parent, in_child);
    fflush(stdout);
    pthread_t t[6];
    void *r;
    start(1, 1);
    for (intptr_t i = 0; i < 6; i++)
        pthread_create(&t[i], NULL, forks, (void *)i);
    for (int i = 0; i < 6; i++) {
        pthread_join(t[i], &r);
        printf("fork %d: %d\n", i, (int)(intptr_t)r);
    }
    printf("steps %s\n", steps);
    step_count = 0;
    for (intptr_t i = 0; i < 6; i++)
        pthread_create(&t[i], NULL, waits_for_child, (void *)(i + 60));
    int right = 0;
    for (int i = 0; i < 6; i++) {
        pthread_join(t[i], &r);
        right += (int)(intptr_t)r;
    }
    printf("children of threads %d\n", right);
    char *arguments[] = {argv[0], "spawned", NULL}, *environment[] = {NULL};
    fflush(stdout);
    int error = posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environment);
    printf("spawn %d: %d\n", error, status_of(child));
    fflush(stdout);
    return 0;
}
