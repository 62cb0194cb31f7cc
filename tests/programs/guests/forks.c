// build: gcc-O2, gcc-O0-musl, zig-O1
// fork, vfork, wait4, waitid, exit statuses, signals that end children, orphans, process groups, sessions, copies of memory, shared memory, pipes between processes.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int initialized = 17;
static int zero;

static void say(const char *what, long value) {
    if (value < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %ld\n", what, value);
    fflush(stdout);
}

static void status(const char *what, int s) {
    if (WIFEXITED(s))
        printf("%s: exited %d\n", what, WEXITSTATUS(s));
    else if (WIFSIGNALED(s))
        printf("%s: killed %d\n", what, WTERMSIG(s));
    else if (WIFSTOPPED(s))
        printf("%s: stopped %d\n", what, WSTOPSIG(s));
    else if (WIFCONTINUED(s))
        printf("%s: continued\n", what);
    fflush(stdout);
}

static int child_of(void (*body)(void)) {
    fflush(stdout);
    int pid = fork();
    if (pid == 0) {
        body();
        fflush(stdout);
        _exit(0);
    }
    return pid;
}

static char *heap;
static void changes_memory(void) {
    initialized = 99;
    zero = 1;
    heap[0] = 'c';
    char stack[100000];
    memset(stack, 7, sizeof stack);
    printf("child: %d %d %s %d\n", initialized, zero, heap, stack[5]);
}
static void exits_seven(void) { _exit(7); }
static void kills_itself(void) { kill(getpid(), SIGTERM); }
static void pauses(void) {
    for (;;)
        pause();
}
static void nested(void) {
    int s, pid = child_of(exits_seven);
    printf("nested %d\n", waitpid(pid, &s, 0) == pid && WEXITSTATUS(s) == 7);
}

static int sigchlds;
static void on_child(int sig, siginfo_t *info, void *context) {
    (void)context;
    sigchlds++;
    if (sig != SIGCHLD || info->si_signo != SIGCHLD)
        _exit(99);
}

int main(void) {
    int s, pid;
    heap = strdup("parent's heap");
    pid = child_of(changes_memory);
    say("wait", waitpid(pid, &s, 0) == pid);
    status("memory", s);
    printf("parent: %d %d %s\n", initialized, zero, heap);
    pid = child_of(exits_seven);
    waitpid(pid, &s, 0);
    status("seven", s);
    pid = child_of(kills_itself);
    waitpid(pid, &s, 0);
    status("kill", s);
    pid = child_of(nested);
    waitpid(pid, &s, 0);
    status("nested", s);

    say("no child", waitpid(-1, &s, 0));
    pid = child_of(pauses);
    say("nohang", waitpid(pid, &s, WNOHANG));
    kill(pid, SIGSTOP);
    say("stop", waitpid(pid, &s, WUNTRACED) == pid);
    status("stop", s);
    kill(pid, SIGCONT);
    say("cont", waitpid(pid, &s, WCONTINUED) == pid);
    status("cont", s);
    kill(pid, SIGKILL);
    siginfo_t info;
    memset(&info, 0, sizeof info);
    say("waitid nowait", waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
    printf("%d %d %d %d\n", info.si_signo == SIGCHLD, info.si_pid == pid, info.si_code == CLD_KILLED, info.si_status);
    say("waitid", waitid(P_PID, pid, &info, WEXITED));
    say("gone", kill(pid, 0));

    // Memory that is shared, and memory that is not.
    int *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int *private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fflush(stdout);
    if (fork() == 0) {
        shared[5] = 55;
        private[5] = 55;
        if (fork() == 0) {
            shared[6] = 66;
            _exit(0);
        }
        wait(NULL);
        _exit(0);
    }
    wait(NULL);
    printf("shared %d %d private %d\n", shared[5], shared[6], private[5]);

    // A pipe in each direction.
    int to[2], from[2];
    pipe(to);
    pipe(from);
    fflush(stdout);
    if (fork() == 0) {
        close(to[1]);
        close(from[0]);
        char c;
        while (read(to[0], &c, 1) == 1) {
            c++;
            write(from[1], &c, 1);
        }
        _exit(4);
    }
    close(to[0]);
    close(from[1]);
    char text[6] = "HAL";
    for (int i = 0; i < 3; i++) {
        write(to[1], &text[i], 1);
        read(from[0], &text[i], 1);
    }
    close(to[1]);
    printf("%s eof %zd\n", text, read(from[0], text, 1));
    wait(&s);
    status("pipe child", s);

    // More than a pipe holds.
    int big[2];
    pipe(big);
    fflush(stdout);
    if (fork() == 0) {
        close(big[0]);
        static char block[300000];
        for (size_t i = 0; i < sizeof block; i++)
            block[i] = (char)(i * 31);
        for (int i = 0; i < 3; i++)
            if (write(big[1], block, sizeof block) != sizeof block)
                _exit(1);
        _exit(0);
    }
    close(big[1]);
    static char buffer[5000];
    long total = 0, sum = 0, n;
    while ((n = read(big[0], buffer, sizeof buffer)) > 0) {
        total += n;
        for (long i = 0; i < n; i++)
            sum += (unsigned char)buffer[i];
    }
    printf("big %ld %ld\n", total, sum);
    wait(&s);
    status("big", s);

    // SIGPIPE ends a writer.
    pipe(big);
    fflush(stdout);
    if ((pid = fork()) == 0) {
        close(big[0]);
        while (write(big[1], "x", 1) == 1) {
        }
        _exit(1);
    }
    close(big[1]);
    read(big[0], buffer, 1);
    close(big[0]);
    waitpid(pid, &s, 0);
    status("SIGPIPE", s);

    // Groups and sessions.
    printf("group leader %d\n", setpgid(0, 0) == 0 && getpgrp() == getpid());
    pid = child_of(pauses);
    say("setpgid", setpgid(pid, pid));
    printf("%d\n", getpgid(pid) == pid);
    say("killpg", killpg(pid, SIGUSR1));
    say("group wait", waitpid(-pid, &s, 0) == pid);
    status("group", s);
    fflush(stdout);
    if (fork() == 0) {
        printf("setsid %d", setsid() == getpid());
        printf(" %d %d\n", getsid(0) == getpid(), getpgrp() == getpid());
        fflush(stdout);
        _exit(setsid() < 0 ? errno : 0);
    }
    wait(&s);
    status("session", s);

    // SIGCHLD, also ignored.
    struct sigaction act = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGCHLD, &act, NULL);
    for (int i = 0; i < 3; i++) {
        pid = child_of(exits_seven);
        waitpid(pid, &s, 0);
    }
    say("SIGCHLD", sigchlds);
    signal(SIGCHLD, SIG_IGN);
    pid = child_of(exits_seven);
    say("ignored", waitpid(pid, &s, 0));
    signal(SIGCHLD, SIG_DFL);

    if ((pid = vfork()) == 0)
        _exit(5);
    waitpid(pid, &s, 0);
    status("vfork exit", s);
    // Many at once.
    int pids[40];
    for (int i = 0; i < 40; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            usleep(1000 * (40 - i));
            _exit(i);
        }
    }
    int all = 0;
    for (int i = 0; i < 40; i++) {
        waitpid(pids[i], &s, 0);
        all += WEXITSTATUS(s);
    }
    printf("all %d\n", all);
    return 0;
}
