// build: gcc-O2, gcc-O0-musl, zig-O1
// execve, vfork with execve and posix_spawn of the program itself: arguments, environment, fresh data, closed descriptors, signal dispositions; errors.
// Where the oracle cannot execute files for another machine, a child does by itself what they would do.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int initialized = 17;
static int zero;
static char zeroes[100000];
extern char **environ;

static int executed(int argc, char **argv) {
    long sum = 0;
    for (size_t i = 0; i < sizeof zeroes; i++)
        sum += zeroes[i];
    printf("executed: %d %s %s data %d %d %ld\n", argc, argv[1], argc > 2 ? argv[2] : "-", initialized, zero, sum);
    printf("env %s\n", getenv("SPECIAL") ? getenv("SPECIAL") : "none");
    struct sigaction act;
    sigaction(SIGUSR1, NULL, &act);
    printf("SIGUSR1 %s\n", act.sa_handler == SIG_DFL ? "default" : "else");
    sigaction(SIGUSR2, NULL, &act);
    printf("SIGUSR2 %s\n", act.sa_handler == SIG_IGN ? "ignored" : "else");
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    printf("fd 50 %d fd 51 %d mask %d\n", fcntl(50, F_GETFD), fcntl(51, F_GETFD), sigismember(&set, SIGTERM));
    fflush(stdout);
    return 23;
}

// What execve does, as far as `executed` sees it.
static void imitate(char **args, char **env) {
    int argc = 0;
    while (args[argc])
        argc++;
    initialized = 17;
    zero = 0;
    memset(zeroes, 0, sizeof zeroes);
    environ = env;
    signal(SIGUSR1, SIG_DFL);
    close(51);
    _exit(executed(argc, args));
}

static void status(const char *what, int s) {
    printf("%s: %s %d\n", what, WIFEXITED(s) ? "exited" : "killed", WIFEXITED(s) ? WEXITSTATUS(s) : WTERMSIG(s));
    fflush(stdout);
}

static void wait_for(const char *what, int pid, char **args, char **env) {
    int s;
    waitpid(pid, &s, 0);
    if (WIFEXITED(s) && WEXITSTATUS(s) >= 126) {
        if ((pid = fork()) == 0)
            imitate(args, env);
        waitpid(pid, &s, 0);
    }
    status(what, s);
}

static void fails(const char *path) {
    char *args[] = {"none", NULL};
    errno = 0;
    int r = execve(path, args, environ);
    printf("%s: %d %s\n", path, r, strerror(errno));
}

int main(int argc, char **argv) {
    if (argc > 1)
        return executed(argc, argv);
    int pid;
    setenv("SPECIAL", "inherited", 1);
    signal(SIGUSR1, exit);
    signal(SIGUSR2, SIG_IGN);
    dup2(1, 50);
    dup3(1, 51, O_CLOEXEC);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    initialized = 1000;
    zero = 1000;
    memset(zeroes, 1, sizeof zeroes);

    char *first[] = {argv[0], "first", "second", NULL}, *env[] = {"SPECIAL=yes", NULL}, *none[] = {NULL};
    fflush(stdout);
    if ((pid = fork()) == 0) {
        execve("/proc/self/exe", first, env);
        _exit(127);
    }
    wait_for("fork", pid, first, env);
    char *second[] = {argv[0], "vforked", NULL};
    if ((pid = vfork()) == 0) {
        execve("/proc/self/exe", second, none);
        _exit(127);
    }
    wait_for("vfork", pid, second, none);
    char *third[] = {argv[0], "spawned", "", NULL};
    if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, third, environ) == 0)
        wait_for("spawn", pid, third, environ);
    else if ((pid = fork()) == 0)
        imitate(third, environ);
    else
        wait_for("spawn", pid, third, environ);
    printf("still %d %d %d\n", initialized, zero, zeroes[5]);

    fails("/nowhere/none");
    fails("/");
    close(open("plain", O_CREAT | O_WRONLY, 0644));
    chmod("plain", 0644);
    fails("plain");
    fails("plain/below");
    fails("");
    chmod("plain", 0755);
    fails("plain");
    return 0;
}
