// Descriptors, pipes, polling, memory, signals and identity; prints what it sees.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SHOW(call) do { errno = 0; long r_ = (long)(call); printf("%s = %ld %s\n", #call, r_, errno ? strerrorname_np(errno) : ""); } while (0)

static volatile int caught;
static void handler(int s, siginfo_t *i, void *u) { caught = s * 100 + (i->si_signo == s) * 10 + (i->si_pid == getpid()); (void)u; }
static jmp_buf env;
static void jumper(int s) { siglongjmp(env, s); }

int main(int argc, char **argv) {
    char buf[70000];
    int p[2];
    SHOW(argc);
    SHOW(argv[argc] == NULL);
    SHOW(getenv("VISIBLE") != NULL);
    SHOW(getenv("ELFCONV_STACK") != NULL);
    SHOW(pipe2(p, O_NONBLOCK | O_CLOEXEC));
    SHOW(fcntl(p[0], F_GETFD));
    SHOW(fcntl(p[0], F_GETFL));
    SHOW(read(p[0], buf, 10));
    SHOW(write(p[1], "abcdef", 6));
    int n;
    SHOW(ioctl(p[0], FIONREAD, &n));
    SHOW(n);
    struct pollfd fds[3] = {{p[0], POLLIN | POLLOUT, 0}, {p[1], POLLIN | POLLOUT, 0}, {999, POLLIN, 0}};
    SHOW(poll(fds, 3, 0));
    printf("%x %x %x\n", fds[0].revents, fds[1].revents, fds[2].revents);
    SHOW(read(p[0], buf, 4));
    SHOW(lseek(p[0], 0, SEEK_CUR));
    SHOW(pread(p[0], buf, 4, 0));
    // How much a pipe takes depends on the Linux and its limits.
    SHOW(write(p[1], buf, sizeof buf) > 4096);
    while (write(p[1], buf, 4096) > 0);
    SHOW(write(p[1], buf, 4096));
    int copy = dup2(p[1], 20);
    SHOW(copy);
    SHOW(fcntl(20, F_GETFD));
    SHOW(fcntl(20, F_DUPFD_CLOEXEC, 30));
    SHOW(dup3(20, 20, 0));
    SHOW(dup2(20, 20));
    SHOW(dup2(999, 20));
    SHOW(close(30));
    SHOW(close(20));
    SHOW(close(p[1]));
    SHOW(read(p[0], buf, 4096));
    while (read(p[0], buf, sizeof buf) > 0);
    SHOW(read(p[0], buf, sizeof buf));
    fd_set set;
    FD_ZERO(&set);
    FD_SET(p[0], &set);
    SHOW(select(p[0] + 1, &set, NULL, NULL, NULL));
    SHOW(FD_ISSET(p[0], &set) != 0);
    SHOW(close(p[0]));
    SHOW(pipe2(p, 0));
    SHOW(close(p[0]));
    signal(SIGPIPE, SIG_IGN);
    SHOW(write(p[1], "x", 1));

    char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SHOW(m[0] | m[8191]);
    memset(m, 1, 8192);
    m = mremap(m, 8192, 65536, MREMAP_MAYMOVE);
    SHOW(m[8191] + m[8192]);
    SHOW(madvise(m, 4096, MADV_DONTNEED));
    SHOW(m[0] + m[4096]);
    SHOW(mprotect(m + 1, 1, PROT_READ));
    SHOW(munmap(m, 65536));
    SHOW(munmap(m + 1, 1));
    SHOW(mprotect(m, 4096, PROT_READ));
    unsigned char vec[2];
    SHOW(mincore(m, 4096, vec));
    void *brk0 = sbrk(0);
    SHOW(sbrk(100000) == brk0);
    memset(brk0, 1, 100000);
    SHOW((char *)sbrk(0) - (char *)brk0);
    SHOW(brk(brk0));

    struct sigaction sa = {.sa_flags = SA_SIGINFO};
    sa.sa_sigaction = handler;
    sigaddset(&sa.sa_mask, SIGUSR2);
    SHOW(sigaction(SIGUSR1, &sa, NULL));
    SHOW(sigaction(SIGKILL, &sa, NULL));
    SHOW(raise(SIGUSR1));
    SHOW(caught);
    sigset_t mask, old;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    SHOW(sigprocmask(SIG_BLOCK, &mask, NULL));
    caught = 0;
    SHOW(kill(getpid(), SIGUSR1));
    SHOW(caught);
    SHOW(sigpending(&old));
    SHOW(sigismember(&old, SIGUSR1));
    SHOW(sigprocmask(SIG_UNBLOCK, &mask, NULL));
    SHOW(caught);
    SHOW(raise(SIGCHLD));
    SHOW(raise(SIGWINCH));
    SHOW(kill(getpid(), 0));
    SHOW(kill(getpid(), 65));
    signal(SIGTERM, jumper);
    n = sigsetjmp(env, 1);
    SHOW(n);
    if (!n) raise(SIGTERM);
    sigprocmask(SIG_BLOCK, NULL, &old);
    SHOW(sigismember(&old, SIGTERM));
    double d = 1.5;
    raise(SIGUSR1);
    printf("%f\n", d * 2);

    struct utsname u;
    SHOW(uname(&u));
    printf("%s %s\n", u.sysname, u.machine);
    struct rlimit r;
    SHOW(getrlimit(RLIMIT_NOFILE, &r));
    SHOW(getrlimit(99, &r));
    r.rlim_cur = 10;
    SHOW(setrlimit(RLIMIT_NOFILE, &r));
    SHOW(fcntl(1, F_DUPFD, 10));
    SHOW(prctl(PR_SET_NAME, "a-name-that-is-too-long"));
    SHOW(prctl(PR_GET_NAME, buf));
    puts(buf);
    SHOW(prctl(-1));
    SHOW(waitpid(-1, NULL, 0));
    SHOW(syscall(SYS_clock_gettime, 99, buf));
    struct timespec t = {0, 1000000}, bad = {0, 1000000000};
    SHOW(nanosleep(&t, NULL));
    SHOW(nanosleep(&bad, NULL));
    SHOW(clock_gettime(CLOCK_MONOTONIC, &t));
    int word = 1;
    SHOW(syscall(SYS_futex, &word, 128, 2, NULL));
    struct timespec short_time = {0, 1000};
    SHOW(syscall(SYS_futex, &word, 128, 1, &short_time));
    SHOW(syscall(SYS_futex, &word, 129, 1, NULL));
    SHOW(getrandom(buf, 16, 0));
    SHOW(isatty(0));
    SHOW(open("/dev/null", O_RDWR) > 2);
    SHOW(open("/dev/full", O_RDWR) > 2);
    int full = open("/dev/full", O_RDWR), zero = open("/dev/zero", O_RDWR), null = open("/dev/null", O_RDWR);
    SHOW(write(full, "x", 1));
    SHOW(read(zero, buf, 100));
    SHOW(read(null, buf, 100));
    SHOW(write(null, buf, 100));
    SHOW(access("/proc/self/maps", R_OK));
    n = readlink("/proc/self/fd/1", buf, sizeof buf);
    SHOW(n > 0);
    FILE *f = fopen("/proc/self/comm", "r");
    SHOW(fgets(buf, sizeof buf, f) != NULL);
    fputs(buf, stdout);
    fflush(stdout);
    signal(SIGABRT, SIG_DFL);
    abort();
}
