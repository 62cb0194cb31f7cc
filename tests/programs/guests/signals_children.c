// build: gcc-O2, gcc-O0-musl, zig-O2
// oracle: native
// Default actions of all signals; SIGCHLD with each of its codes, SA_NOCLDWAIT, SA_NOCLDSTOP, being ignored; stopping and going on; kill of groups; SIGPIPE. (QEMU has handlers of its own for signals that end the guest.)
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int count, codes[16], statuses[16];
static volatile pid_t pids[16];
static void records(int sig, siginfo_t *info, void *context) {
    if (count < 16) {
        codes[count] = info->si_code;
        statuses[count] = info->si_status;
        pids[count] = info->si_pid;
    }
    count++;
}
static void nothing(int sig) {}
static void on_child(int flags) {
    struct sigaction act = {.sa_sigaction = records, .sa_flags = SA_SIGINFO | flags};
    sigaction(SIGCHLD, &act, NULL);
    count = 0;
}
static void until(int n) {
    for (int i = 0; i < 2000 && count < n; i++)
        usleep(1000);
}
static pid_t waits(void) {
    pid_t child = fork();
    if (child == 0) {
        signal(SIGCHLD, SIG_DFL);
        for (;;)
            pause();
    }
    return child;
}

static void defaults(void) {
    for (int sig = 1; sig < 65; sig++) {
        if (sig == 32 || sig == 33 || sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU)
            continue;
        pid_t child = fork();
        if (child == 0) {
            struct rlimit none = {0, 0};
            setrlimit(RLIMIT_CORE, &none);
            signal(sig, SIG_DFL);
            kill(getpid(), sig);
            _exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        printf("%d:%d ", sig, WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status));
    }
    printf("\n");
}

static void child_signals(void) {
    on_child(0);
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    pid_t child = waits();
    const int send[] = {SIGSTOP, SIGCONT, SIGSTOP, SIGCONT, SIGKILL};
    for (int i = 0; i < 5; i++) {
        kill(child, send[i]);
        until(i + 1);
    }
    int status;
    printf("count %d wait %d", count, waitpid(child, &status, 0) == child);
    for (int i = 0; i < count; i++)
        printf(" %d/%d/%d", codes[i], statuses[i], pids[i] == child);
    count = 0;
    if (fork() == 0)
        _exit(17);
    until(1);
    wait(&status);
    printf(" exit %d/%d\n", codes[0], statuses[0]);

    on_child(SA_NOCLDSTOP);
    child = waits();
    kill(child, SIGSTOP);
    printf("stopped %d", waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    kill(child, SIGCONT);
    printf(" continued %d", waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
    printf(" signals %d", count);
    kill(child, SIGTERM);
    until(1);
    printf(" %d\n", count);
    waitpid(child, &status, 0);

    for (int ignored = 0; ignored < 2; ignored++) {
        on_child(SA_NOCLDWAIT | SA_RESTART);
        if (ignored)
            signal(SIGCHLD, SIG_IGN);
        for (int i = 0; i < 3; i++)
            if (fork() == 0)
                _exit(i);
        // Waits until all have ended.
        int r = wait(&status);
        printf("%s: %d error %d signals %d\n", ignored ? "ignored" : "nocldwait", r, errno, count > 0);
    }
    signal(SIGCHLD, SIG_DFL);
}

static void stopping(void) {
    int ends[2];
    char c;
    pipe(ends);
    pid_t child = fork();
    if (child == 0) {
        for (;;) {
            write(ends[1], "x", 1);
            usleep(500);
        }
    }
    read(ends[0], &c, 1);
    int status;
    const int by[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    setpgid(child, 0);
    for (int i = 0; i < 4; i++) {
        kill(child, by[i]);
        waitpid(child, &status, WUNTRACED);
        printf("stop %d ", WIFSTOPPED(status) ? WSTOPSIG(status) : -1);
        usleep(3000);
        kill(child, SIGCONT);
        waitpid(child, &status, WCONTINUED);
        printf("go %d\n", WIFCONTINUED(status));
        read(ends[0], &c, 1);
    }
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGTERM);
    printf("not yet %d", waitpid(child, &status, WNOHANG));
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    printf(" ended %d\n", WTERMSIG(status));
}

static void groups(void) {
    pid_t first = waits(), second = waits(), other = waits();
    setpgid(first, first);
    setpgid(second, first);
    printf("kill group %d", kill(-first, SIGTERM));
    int status, ended = 0;
    for (int i = 0; i < 2; i++)
        ended += waitpid(-first, &status, 0) > 0 && WTERMSIG(status) == SIGTERM;
    printf(" ended %d other %d", ended, waitpid(other, &status, WNOHANG));
    printf(" again %d", kill(-first, 0));
    printf(" error %d\n", errno);
    kill(other, SIGKILL);
    waitpid(other, &status, 0);
    printf("gone %d", kill(other, 0));
    printf(" error %d\n", errno);
}

static void pipes(void) {
    int ends[2], status;
    pipe(ends);
    close(ends[0]);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGPIPE, SIG_DFL);
        write(ends[1], "x", 1);
        _exit(0);
    }
    waitpid(child, &status, 0);
    printf("pipe: %d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    signal(SIGPIPE, SIG_IGN);
    printf(" ignored %zd", write(ends[1], "x", 1));
    printf(" error %d", errno);
    struct sigaction act = {.sa_sigaction = records, .sa_flags = SA_SIGINFO};
    sigaction(SIGPIPE, &act, NULL);
    count = 0;
    printf(" handled %zd", write(ends[1], "x", 1));
    printf(" error %d count %d mine %d\n", errno, count, pids[0] == getpid());
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    defaults();
    child_signals();
    stopping();
    groups();
    pipes();
    return 0;
}
