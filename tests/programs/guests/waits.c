// build: gcc-O2, gcc-O0-musl
// waitid and wait4 with all their selectors, process groups and sessions: who may change what, who is told of stops and continuations, signals to groups.
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

static const char *error(int r) {
    return r < 0 ? strerror(errno) : "ok";
}

static void show(const char *what, int r, siginfo_t *info, pid_t expected) {
    int e = errno;
    if (r < 0) {
        printf("%s: %s\n", what, strerror(e));
    } else if (info->si_pid == 0) {
        printf("%s: nothing yet\n", what);
    } else {
        printf("%s: signo %d code %d status %d %s uid %d\n", what, info->si_signo == SIGCHLD, info->si_code, info->si_status,
               info->si_pid == expected ? "right child" : "another child", (int)info->si_uid);
    }
}

static int waits(const char *what, idtype_t type, id_t id, int options, pid_t expected) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    int r = waitid(type, id, &info, options);
    show(what, r, &info, expected);
    return r;
}

static void nap(void) {
    struct timespec t = {0, 20000000};
    nanosleep(&t, NULL);
}

static pid_t child(int code) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (code < 0)
            for (;;)
                pause();
        _exit(code);
    }
    return pid;
}

static volatile sig_atomic_t told;
static void on_child(int signal) {
    (void)signal;
    told++;
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    waits("no children", P_ALL, 0, WEXITED | WNOHANG, 0);
    waits("no options", P_ALL, 0, WNOHANG, 0);
    waits("no such child", P_PID, 1, WEXITED, 0);

    pid_t a = child(5);
    waits("look", P_PID, a, WEXITED | WNOWAIT, a);
    waits("look again", P_ALL, 0, WEXITED | WNOWAIT, a);
    waits("take", P_PID, a, WEXITED, a);
    waits("gone", P_PID, a, WEXITED, a);

    a = child(-1);
    waits("running", P_PID, a, WEXITED | WNOHANG, a);
    kill(a, SIGSTOP);
    waits("stopped", P_PID, a, WSTOPPED, a);
    waits("told once", P_PID, a, WSTOPPED | WNOHANG, a);
    kill(a, SIGCONT);
    waits("continued", P_PID, a, WCONTINUED, a);
    waits("told once", P_PID, a, WCONTINUED | WNOHANG, a);
    kill(a, SIGSTOP);
    int status;
    printf("wait4 %d", wait4(a, &status, WUNTRACED, NULL) == a);
    printf(" stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
    kill(a, SIGTERM);
    nap();
    waits("a stopped process keeps it", P_PID, a, WEXITED | WNOHANG, a);
    kill(a, SIGCONT);
    struct rusage usage;
    memset(&usage, 1, sizeof usage);
    printf("wait4 %d", wait4(a, &status, 0, &usage) == a);
    printf(" signaled %d by %d usage %d\n", WIFSIGNALED(status), WTERMSIG(status), usage.ru_utime.tv_sec < 60);

    // Process groups.
    a = child(-1);
    pid_t b = child(-1);
    printf("own group %s\n", error(setpgid(a, a)));
    printf("join %s\n", error(setpgid(b, a)));
    printf("groups %d %d\n", getpgid(a) == a, getpgid(b) == a);
    printf("no such group %s\n", error(setpgid(b, 99999)));
    printf("negative %s\n", error(setpgid(b, -1)));
    printf("nobody's child %s\n", error(setpgid(1, 1)));
    printf("sessions %d\n", getsid(a) == getsid(0));
    waits("group, running", P_PGID, a, WEXITED | WNOHANG, a);
    printf("kill group %s\n", error(kill(-a, SIGUSR1)));
    int both = 0;
    for (int i = 0; i < 2; i++) {
        siginfo_t info;
        waitid(P_PGID, a, &info, WEXITED);
        both += info.si_code == CLD_KILLED && info.si_status == SIGUSR1;
    }
    printf("both killed %d\n", both);
    printf("empty group %s\n", error(kill(-a, 0)));
    printf("no child there %s\n", error(waitpid(-a, &status, 0)));

    // Sessions.
    fflush(stdout);
    if ((a = fork()) == 0) {
        setpgid(0, 0);
        printf("leader of a group: %s\n", setsid() < 0 ? strerror(errno) : "ok");
        pid_t c = fork();
        if (c == 0) {
            printf("new session %d", setsid() == getpid());
            printf(" %d %d\n", getsid(0) == getpid(), getpgrp() == getpid());
            printf("a session's leader stays %s\n", error(setpgid(0, 0)));
            printf("not into another session %s\n", error(setpgid(0, getppid())));
            _exit(0);
        }
        waitpid(c, NULL, 0);
        _exit(0);
    }
    waitpid(a, NULL, 0);

    // SIGCHLD for stops, too. (QEMU does not know SA_NOCLDSTOP.)
    struct sigaction act = {.sa_handler = on_child};
    sigaction(SIGCHLD, &act, NULL);
    a = child(-1);
    kill(a, SIGSTOP);
    waitpid(a, &status, WUNTRACED);
    nap();
    printf("told of the stop %d\n", told);
    kill(a, SIGCONT);
    nap();
    printf("and the continuation %d\n", told);
    kill(a, SIGKILL);
    while (waitpid(a, &status, 0) < 0 && errno == EINTR)
        ;
    printf("and the end %d\n", told);
    act.sa_handler = SIG_IGN;
    sigaction(SIGCHLD, &act, NULL);
    a = child(3);
    printf("ignored: %s\n", error(waitpid(a, &status, 0)));
    act.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &act, NULL);

    // A newly orphaned group with a stopped member gets SIGHUP and SIGCONT.
    int ends[2];
    if (pipe(ends) < 0)
        return 1;
    if ((a = fork()) == 0) {
        pid_t c = fork();
        if (c == 0) {
            setpgid(0, 0);
            signal(SIGHUP, SIG_DFL);
            raise(SIGSTOP);
            _exit(0);
        }
        waitpid(c, &status, WUNTRACED);
        if (write(ends[1], &c, sizeof c) < 0)
            _exit(2);
        _exit(0);
    }
    waitpid(a, NULL, 0);
    pid_t orphan;
    if (read(ends[0], &orphan, sizeof orphan) != sizeof orphan)
        return 1;
    int left = 100;
    while (left-- > 0 && kill(orphan, 0) == 0)
        nap();
    printf("the orphan ended %d\n", kill(orphan, 0) < 0);
    return 0;
}
