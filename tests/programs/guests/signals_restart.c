// build: gcc-O2, gcc-O0
// oracle: native
// flags: -pthread
// seeds
// Every system call that waits, interrupted by a handler without and with SA_RESTART: which ones fail with EINTR, which ones go on (signal(7)). (Not for musl, whose sigwaitinfo tries again by itself.) QEMU loses the race between looking for signals and waiting.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t handled;
static void handler(int sig) { handled++; }

// In the child's way: what ends the wait after the handler has run.
static int in[2], out[2], sockets[2], event, timer, epoll, signals;
static pid_t helper;
static char big[1 << 16];

static long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum { READ, READV, WRITE, RECV, RECVFROM, SEND, EVENTFD, TIMERFD, SIGNALFD, WAITPID, WAITID, NANOSLEEP, CLOCK_RELATIVE, CLOCK_ABSOLUTE, POLL, PPOLL, SELECT, PSELECT, EPOLL, EPOLL_PWAIT, PAUSE, SIGSUSPEND, SIGTIMEDWAIT, FUTEX, FUTEX_TIMED, SEM, SEM_TIMED, COND, MUTEX, FIFO, OPEN_FIFO, LAST };
static const char *names[] = {"read", "readv", "write", "recv", "recvfrom", "send", "eventfd", "timerfd", "signalfd", "waitpid", "waitid", "nanosleep", "clock_nanosleep", "clock_nanosleep, absolute", "poll", "ppoll", "select", "pselect", "epoll_wait", "epoll_pwait", "pause", "sigsuspend", "sigtimedwait", "futex", "futex, timed", "sem_wait", "sem_timedwait", "cond_wait", "mutex", "read of FIFO", "open of FIFO"};

static int word;
static sem_t *semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_t main_thread;
static volatile int done;

// Another thread: sends the signal, and later ends the wait.
static void *helps(void *arg) {
    int what = (int)(intptr_t)arg;
    char c = 'x';
    uint64_t one = 1;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    if (what == MUTEX) {
        pthread_mutex_lock(&held);
        handled = -1;
    }
    while (what == MUTEX && handled < 0)
        usleep(500);
    usleep(20000);
    pthread_kill(main_thread, SIGUSR1);
    for (int i = 0; i < 40 && !done; i++) {
        usleep(1000);
        if (handled && i > 15)
            break;
    }
    if (done)
        return NULL;
    switch (what) {
    case READ: case READV: case POLL: case PPOLL: case SELECT: case PSELECT: case EPOLL: case EPOLL_PWAIT:
        write(in[1], &c, 1);
        break;
    case WRITE:
        fcntl(out[0], F_SETFL, O_NONBLOCK);
        while (read(out[0], big, sizeof big) > 0)
            ;
        break;
    case SEND: {
        while (recv(sockets[1], big, sizeof big, MSG_DONTWAIT) > 0)
            ;
        break;
    }
    case RECV: case RECVFROM:
        send(sockets[1], &c, 1, 0);
        break;
    case EVENTFD:
        write(event, &one, 8);
        break;
    case SIGNALFD:
        pthread_kill(main_thread, SIGUSR2);
        break;
    case WAITPID: case WAITID:
        kill(helper, SIGKILL);
        break;
    case PAUSE: case SIGSUSPEND: case SIGTIMEDWAIT:
        pthread_kill(main_thread, SIGUSR2);
        break;
    case FUTEX: case FUTEX_TIMED:
        syscall(SYS_futex, &word, 1, 1, NULL, NULL, 0);
        break;
    case SEM: case SEM_TIMED:
        sem_post(semaphore);
        break;
    case COND:
        pthread_mutex_lock(&mutex);
        word = 1;
        pthread_cond_signal(&condition);
        pthread_mutex_unlock(&mutex);
        break;
    case MUTEX:
        pthread_mutex_unlock(&held);
        break;
    case FIFO: {
        int fd = open("fifo", O_WRONLY);
        write(fd, &c, 1);
        close(fd);
        break;
    }
    case OPEN_FIFO:
        close(open("fifo2", O_RDONLY | O_NONBLOCK));
        break;
    }
    return NULL;
}

static long wait_in(int what) {
    char c[2];
    struct iovec iov[2] = {{c, 1}, {c + 1, 1}};
    struct timespec t = {0, 60000000}, until;
    struct pollfd p = {in[0], POLLIN, 0};
    struct epoll_event e;
    fd_set set;
    siginfo_t info;
    sigset_t mask;
    uint64_t count;
    int status;
    long r;
    switch (what) {
    case READ:
        return read(in[0], c, 1);
    case READV:
        return readv(in[0], iov, 2);
    case WRITE:
        return write(out[1], big, sizeof big);
    case RECV:
        return recv(sockets[0], c, 1, 0);
    case RECVFROM:
        return recvfrom(sockets[0], c, 1, 0, NULL, NULL);
    case SEND:
        for (;;)
            if ((r = send(sockets[0], big, 4096, handled ? MSG_DONTWAIT : 0)) < 0 || handled)
                return r < 0 && errno == EAGAIN ? 0 : r;
    case EVENTFD:
        return read(event, &count, 8);
    case TIMERFD: {
        struct itimerspec when = {{0, 0}, {0, 60000000}};
        timerfd_settime(timer, 0, &when, NULL);
        return read(timer, &count, 8);
    }
    case SIGNALFD: {
        struct signalfd_siginfo s;
        r = read(signals, &s, sizeof s);
        return r < 0 ? r : s.ssi_signo;
    }
    case WAITPID:
        r = waitpid(helper, &status, 0);
        return r < 0 ? r : WTERMSIG(status);
    case WAITID:
        r = waitid(P_PID, helper, &info, WEXITED);
        return r < 0 ? r : info.si_status;
    case NANOSLEEP:
        return nanosleep(&t, NULL);
    case CLOCK_RELATIVE:
        errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
        return errno ? -1 : 0;
    case CLOCK_ABSOLUTE:
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += 60000000;
        if (until.tv_nsec >= 1000000000)
            until.tv_nsec -= 1000000000, until.tv_sec++;
        errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        return errno ? -1 : 0;
    case POLL:
        return poll(&p, 1, -1);
    case PPOLL:
        return ppoll(&p, 1, NULL, NULL);
    case SELECT:
        FD_ZERO(&set);
        FD_SET(in[0], &set);
        return select(in[0] + 1, &set, NULL, NULL, NULL);
    case PSELECT:
        FD_ZERO(&set);
        FD_SET(in[0], &set);
        return pselect(in[0] + 1, &set, NULL, NULL, NULL, NULL);
    case EPOLL:
        return epoll_wait(epoll, &e, 1, -1);
    case EPOLL_PWAIT:
        return epoll_pwait(epoll, &e, 1, -1, NULL);
    case PAUSE:
        return pause();
    case SIGSUSPEND:
        sigemptyset(&mask);
        return sigsuspend(&mask);
    case SIGTIMEDWAIT:
        sigemptyset(&mask);
        sigaddset(&mask, SIGUSR2);
        return sigwaitinfo(&mask, &info);
    case FUTEX:
        return syscall(SYS_futex, &word, 0, 0, NULL, NULL, 0);
    case FUTEX_TIMED:
        t.tv_sec = 5;
        return syscall(SYS_futex, &word, 0, 0, &t, NULL, 0);
    case SEM:
        return sem_wait(semaphore);
    case SEM_TIMED:
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 5;
        return sem_timedwait(semaphore, &until);
    case COND:
        pthread_mutex_lock(&mutex);
        while (!word)
            pthread_cond_wait(&condition, &mutex);
        pthread_mutex_unlock(&mutex);
        return word;
    case MUTEX:
        while (handled == 0)
            usleep(100);
        handled = 0;
        r = pthread_mutex_lock(&held);
        pthread_mutex_unlock(&held);
        return r;
    case FIFO: {
        int fd = open("fifo", O_RDWR);
        r = read(fd, c, 1);
        int e = errno;
        close(fd);
        errno = e;
        return r;
    }
    case OPEN_FIFO: {
        int fd = open("fifo2", O_WRONLY);
        if (fd < 0)
            return -1;
        close(fd);
        return 0;
    }
    }
    return 0;
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    sem_t mine;
    semaphore = &mine;
    main_thread = pthread_self();
    // Hosts may have no FIFOs, but the kernel's own /tmp has.
    char directory[] = "/tmp/restartXXXXXX";
    mkdtemp(directory);
    chdir(directory);
    mkfifo("fifo", 0600);
    mkfifo("fifo2", 0600);
    signal(SIGPIPE, SIG_IGN);
    for (int restart = 0; restart < 2; restart++) {
        struct sigaction act = {.sa_handler = handler, .sa_flags = restart ? SA_RESTART : 0};
        sigaction(SIGUSR1, &act, NULL);
        act.sa_flags = 0;
        sigaction(SIGUSR2, &act, NULL);
        for (int what = 0; what < LAST; what++) {
            sigset_t mask, old;
            sem_init(semaphore, 0, 0);
            pipe(in);
            pipe(out);
            socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
            event = eventfd(0, 0);
            timer = timerfd_create(CLOCK_MONOTONIC, 0);
            epoll = epoll_create1(0);
            struct epoll_event e = {EPOLLIN, {.fd = in[0]}};
            epoll_ctl(epoll, EPOLL_CTL_ADD, in[0], &e);
            sigemptyset(&mask);
            sigaddset(&mask, SIGUSR2);
            signals = signalfd(-1, &mask, 0);
            if (what == SIGTIMEDWAIT || what == SIGNALFD)
                pthread_sigmask(SIG_BLOCK, &mask, &old);
            helper = 0;
            if (what == WAITPID || what == WAITID) {
                helper = fork();
                if (helper == 0) {
                    for (;;)
                        pause();
                }
            }
            if (what == WRITE)
            {
                fcntl(out[1], F_SETFL, O_NONBLOCK);
                while (write(out[1], big, sizeof big) > 0)
                    ;
                fcntl(out[1], F_SETFL, 0);
            }
            word = 0;
            done = 0;
            handled = what == MUTEX ? 0 : 0;
            pthread_t t;
            pthread_create(&t, NULL, helps, (void *)(intptr_t)what);
            long start = now();
            errno = 0;
            long r = wait_in(what);
            int error = r < 0 ? errno : 0;
            done = 1;
            pthread_join(t, NULL);
            printf("%s%s: ", names[what], restart ? ", SA_RESTART" : "");
            if (error)
                printf("error %d", error);
            else
                printf("%ld", r);
            printf(", handled %d\n", handled);
            if (helper) {
                kill(helper, SIGKILL);
                waitpid(helper, NULL, 0);
            }
            if (what == SIGTIMEDWAIT || what == SIGNALFD)
                pthread_sigmask(SIG_SETMASK, &old, NULL);
            int all[] = {in[0], in[1], out[0], out[1], sockets[0], sockets[1], event, timer, epoll, signals};
            for (int i = 0; i < 10; i++)
                close(all[i]);
        }
    }
    unlink("fifo");
    unlink("fifo2");
    rmdir(directory);
    return 0;
}
