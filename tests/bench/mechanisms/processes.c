// What the mechanisms of processes cost. Each is timed three times; a line names it and says the least seconds of one operation.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void measure(const char *name, int operations, void (*run)(int)) {
    double best = 1e9;
    for (int i = 0; i < 3; i++) {
        double start = now();
        run(operations);
        double elapsed = (now() - start) / operations;
        if (elapsed < best)
            best = elapsed;
    }
    printf("%s|%.9f\n", name, best);
    fflush(stdout);
}

static void await(pid_t pid) {
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        exit(1);
}

static void forks(int n) {
    while (n-- > 0) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        await(pid);
    }
}

static void executions(int n) {
    while (n-- > 0) {
        pid_t pid = fork();
        if (pid == 0) {
            execl("/bin/true", "true", (char *)NULL);
            _exit(1);
        }
        await(pid);
    }
}

static char block[65536];

// Of a gigabyte, an operation is a megabyte.
static void pipe_megabytes(int n) {
    int ends[2];
    if (pipe(ends) != 0)
        exit(1);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        for (int i = 0; i < n * 16; i++)
            if (write(ends[1], block, sizeof block) != sizeof block)
                _exit(1);
        _exit(0);
    }
    close(ends[1]);
    long total = 0, got;
    while ((got = read(ends[0], block, sizeof block)) > 0)
        total += got;
    close(ends[0]);
    if (total != (long)n * 1048576)
        exit(1);
    await(pid);
}

static void ping_pong(int n) {
    int there[2], back[2];
    char byte = 1;
    if (pipe(there) != 0 || pipe(back) != 0)
        exit(1);
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < n; i++)
            if (read(there[0], &byte, 1) != 1 || write(back[1], &byte, 1) != 1)
                _exit(1);
        _exit(0);
    }
    for (int i = 0; i < n; i++)
        if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
            exit(1);
    close(there[0]), close(there[1]), close(back[0]), close(back[1]);
    await(pid);
}

int main(int argc, char **argv) {
    // A fraction of the work, for a first look.
    int part = argc > 1 ? atoi(argv[1]) : 1;
    memset(block, 'x', sizeof block);
    measure("`fork` and `wait`", 500 / part, forks);
    measure("`fork`, `execve` of busybox `true`, `wait`", 200 / part, executions);
    measure("1 MB through a pipe, of 1 GB", 1024 / part, pipe_megabytes);
    measure("a byte to another process and back", 5000 / part, ping_pong);
    return 0;
}
