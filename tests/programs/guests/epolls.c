// build: gcc-O2, gcc-O0-musl, zig-O1
// Files that wait: epoll (level, edge, one shot), eventfd, timerfd, signalfd, socketpair, FIFO, poll and select between processes.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long value) {
    if (value < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %ld\n", what, value);
    fflush(stdout);
}

static void waits(int ep, const char *what) {
    struct epoll_event events[8];
    int n = epoll_wait(ep, events, 8, 50);
    printf("%s: %d", what, n);
    // Which one comes first is nobody's business.
    for (int i = 0; i + 1 < n; i++)
        if (events[i].data.u64 > events[i + 1].data.u64) {
            struct epoll_event other = events[i];
            events[i] = events[i + 1];
            events[i + 1] = other;
        }
    for (int i = 0; i < n; i++)
        printf(" %x:%ld", events[i].events, (long)events[i].data.u64);
    printf("\n");
    fflush(stdout);
}

int main(void) {
    // eventfd.
    int e = eventfd(3, EFD_NONBLOCK);
    uint64_t value = 0;
    say("eventfd", read(e, &value, 8));
    say("value", value);
    say("empty", read(e, &value, 8));
    value = 5;
    say("write", write(e, &value, 8));
    value = UINT64_MAX;
    say("too much", write(e, &value, 8));
    value = UINT64_MAX - 6;
    say("full", write(e, &value, 8));
    say("short", read(e, &value, 4));
    read(e, &value, 8);
    say("value", value == 5);
    int s = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    read(s, &value, 8);
    say("semaphore", value);
    read(s, &value, 8);
    say("semaphore", read(s, &value, 8));

    // epoll.
    int ep = epoll_create1(EPOLL_CLOEXEC), ends[2];
    pipe(ends);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 1};
    say("add", epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], &event));
    say("again", epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], &event));
    event.data.u64 = 2;
    say("eventfd", epoll_ctl(ep, EPOLL_CTL_ADD, e, &event));
    say("missing", epoll_ctl(ep, EPOLL_CTL_MOD, s, &event));
    say("itself", epoll_ctl(ep, EPOLL_CTL_ADD, ep, &event));
    say("bad", epoll_ctl(ep, EPOLL_CTL_ADD, 77, &event));
    waits(ep, "nothing");
    write(ends[1], "ab", 2);
    waits(ep, "pipe");
    waits(ep, "level");
    char c;
    event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.u64 = 3};
    say("mod", epoll_ctl(ep, EPOLL_CTL_MOD, ends[0], &event));
    waits(ep, "edge");
    waits(ep, "edge again");
    write(ends[1], "c", 1);
    waits(ep, "edge after write");
    event = (struct epoll_event){.events = EPOLLIN | EPOLLONESHOT, .data.u64 = 4};
    epoll_ctl(ep, EPOLL_CTL_MOD, ends[0], &event);
    waits(ep, "one shot");
    waits(ep, "one shot again");
    epoll_ctl(ep, EPOLL_CTL_MOD, ends[0], &event);
    value = 1;
    write(e, &value, 8);
    waits(ep, "both");
    read(e, &value, 8);
    say("del", epoll_ctl(ep, EPOLL_CTL_DEL, ends[0], NULL));
    waits(ep, "none");
    event = (struct epoll_event){.events = EPOLLIN, .data.u64 = 5};
    epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], &event);
    while (poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, 0) == 1)
        read(ends[0], &c, 1);
    int pid = fork();
    if (pid == 0) {
        usleep(10000);
        write(ends[1], "x", 1);
        _exit(0);
    }
    struct epoll_event got;
    say("other process", epoll_wait(ep, &got, 1, -1));
    waitpid(pid, NULL, 0);
    close(ends[1]);
    read(ends[0], &c, 1);
    waits(ep, "hangup");
    say("file", epoll_ctl(ep, EPOLL_CTL_ADD, open("regular", O_CREAT | O_RDWR, 0600), &event));

    // timerfd.
    int t = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    say("unarmed", read(t, &value, 8));
    struct itimerspec when = {{0, 3000000}, {0, 5000000}}, now;
    say("settime", timerfd_settime(t, 0, &when, NULL));
    struct pollfd fd = {t, POLLIN, 0};
    say("poll", poll(&fd, 1, 1000));
    say("read", read(t, &value, 8));
    say("expired", value >= 1);
    say("gettime", timerfd_gettime(t, &now));
    say("interval", now.it_interval.tv_nsec);
    memset(&when, 0, sizeof when);
    timerfd_settime(t, 0, &when, NULL);
    say("disarmed", poll(&fd, 1, 20));
    fcntl(t, F_SETFL, 0);
    when.it_value.tv_nsec = 1000000;
    timerfd_settime(t, 0, &when, NULL);
    say("blocking", read(t, &value, 8));
    say("once", value);

    // signalfd.
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int sfd = signalfd(-1, &set, SFD_NONBLOCK);
    struct signalfd_siginfo info;
    say("no signal", read(sfd, &info, sizeof info));
    kill(getpid(), SIGUSR1);
    fd = (struct pollfd){sfd, POLLIN, 0};
    say("poll", poll(&fd, 1, 1000));
    say("read", read(sfd, &info, sizeof info));
    printf("%d %d\n", info.ssi_signo == SIGUSR1, info.ssi_pid == (unsigned)getpid());
    fcntl(sfd, F_SETFL, 0);
    if ((pid = fork()) == 0)
        _exit(6);
    say("blocking", read(sfd, &info, sizeof info));
    printf("%d %d %d\n", info.ssi_signo == SIGCHLD, info.ssi_pid == (unsigned)pid, info.ssi_status);
    waitpid(pid, NULL, 0);

    // Socket pairs.
    int sv[2];
    char buffer[100];
    say("stream", socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
    write(sv[0], "hello ", 6);
    write(sv[0], "world", 5);
    say("peek", recv(sv[1], buffer, 4, MSG_PEEK));
    long n = read(sv[1], buffer, sizeof buffer);
    printf("%ld %.*s\n", n, (int)n, buffer);
    write(sv[1], "back", 4);
    n = read(sv[0], buffer, sizeof buffer);
    printf("%ld %.*s\n", n, (int)n, buffer);
    say("dontwait", recv(sv[0], buffer, 1, MSG_DONTWAIT));
    int type = 0;
    socklen_t len = sizeof type;
    say("getsockopt", getsockopt(sv[0], SOL_SOCKET, SO_TYPE, &type, &len));
    say("type", type == SOCK_STREAM);
    say("shutdown", shutdown(sv[0], SHUT_WR));
    say("eof", read(sv[1], buffer, 1));
    say("still", write(sv[1], "y", 1));
    close(sv[0]);
    say("pipe", send(sv[1], "z", 1, MSG_NOSIGNAL));
    close(sv[1]);
    say("dgram", socketpair(AF_UNIX, SOCK_DGRAM, 0, sv));
    write(sv[0], "one", 3);
    write(sv[0], "three", 5);
    say("first", read(sv[1], buffer, 2));
    say("second", read(sv[1], buffer, sizeof buffer));
    struct stat st;
    fstat(sv[0], &st);
    say("socket", S_ISSOCK(st.st_mode));
    say("seek", lseek(sv[0], 0, SEEK_SET));

    // A FIFO.
    unlink("/tmp/elfconv-fifo");
    say("mkfifo", mkfifo("/tmp/elfconv-fifo", 0600));
    say("no reader", open("/tmp/elfconv-fifo", O_WRONLY | O_NONBLOCK));
    fflush(stdout);
    if ((pid = fork()) == 0) {
        int w = open("/tmp/elfconv-fifo", O_WRONLY);
        write(w, "through the fifo", 16);
        _exit(0);
    }
    int r = open("/tmp/elfconv-fifo", O_RDONLY);
    while ((n = read(r, buffer, 5)) > 0)
        printf("[%.*s]", (int)n, buffer);
    printf("\n");
    waitpid(pid, NULL, 0);
    unlink("/tmp/elfconv-fifo");

    // select between processes.
    pipe(ends);
    if ((pid = fork()) == 0) {
        usleep(5000);
        write(ends[1], "q", 1);
        _exit(0);
    }
    fd_set fds;
    FD_ZERO(&fds);
    FD_SET(ends[0], &fds);
    struct timeval tv = {5, 0};
    say("select", select(ends[0] + 1, &fds, NULL, NULL, &tv));
    waitpid(pid, NULL, 0);
    return 0;
}
