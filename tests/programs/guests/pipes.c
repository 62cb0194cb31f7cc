// build: gcc-O2, gcc-O0-musl-pie, zig-O1
// Pipes within a process, dup, fcntl, poll, select, non-blocking reads, /dev/null and its like, EPIPE with SIGPIPE ignored.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

static void result(const char *what, long value) {
    if (value < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %ld\n", what, value);
}

int main(void) {
    int ends[2];
    char buffer[8192];
    result("pipe2", pipe2(ends, O_NONBLOCK | O_CLOEXEC));
    result("read empty", read(ends[0], buffer, 10));
    result("write", write(ends[1], "hello pipe", 10));
    int waiting = 0;
    result("FIONREAD", ioctl(ends[0], FIONREAD, &waiting));
    printf("%d\n", waiting);
    struct pollfd polled[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}};
    result("poll", poll(polled, 2, 0));
    printf("%d %d\n", polled[0].revents, polled[1].revents);
    result("read part", read(ends[0], buffer, 5));
    printf("%.5s\n", buffer);
    result("read rest", read(ends[0], buffer, 100));
    memset(buffer, 'z', sizeof buffer);
    long total = 0, n;
    while ((n = write(ends[1], buffer, sizeof buffer)) > 0)
        total += n;
    printf("full after %ld: %s\n", total, strerror(errno));
    polled[1].revents = 0;
    result("poll full", poll(&polled[1], 1, 0));
    long back = 0;
    while ((n = read(ends[0], buffer, sizeof buffer)) > 0)
        back += n;
    printf("%d\n", back == total);
    result("seek", lseek(ends[0], 0, SEEK_SET));
    struct stat st;
    fstat(ends[0], &st);
    printf("fifo %d\n", S_ISFIFO(st.st_mode));
    printf("flags %d %d\n", (fcntl(ends[0], F_GETFL) & O_NONBLOCK) != 0, fcntl(ends[0], F_GETFD));
    result("clear", fcntl(ends[0], F_SETFL, 0));
    printf("flags %d\n", (fcntl(ends[0], F_GETFL) & O_NONBLOCK) != 0);

    int high = fcntl(ends[1], F_DUPFD, 50);
    printf("%d\n", high);
    write(high, "through the copy", 16);
    close(ends[1]);
    result("read", read(ends[0], buffer, 100));
    close(high);
    result("end of file", read(ends[0], buffer, 100));
    close(ends[0]);

    pipe(ends);
    signal(SIGPIPE, SIG_IGN);
    close(ends[0]);
    result("broken", write(ends[1], "x", 1));
    close(ends[1]);

    fflush(stdout);
    int saved = dup(1);
    pipe(ends);
    dup2(ends[1], 1);
    puts("captured output");
    fflush(stdout);
    dup2(saved, 1);
    close(saved);
    n = read(ends[0], buffer, sizeof buffer);
    printf("captured %ld: %.8s\n", n, buffer);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    struct timeval zero = {0, 5000};
    result("select", select(ends[0] + 1, &set, NULL, NULL, &zero));
    write(ends[1], "y", 1);
    FD_SET(ends[0], &set);
    result("select", select(ends[0] + 1, &set, NULL, NULL, NULL));
    printf("%d\n", FD_ISSET(ends[0], &set) != 0);
    polled[0] = (struct pollfd){-1, POLLIN, 0};
    polled[1] = (struct pollfd){99, POLLIN, 0};
    result("poll odd", poll(polled, 2, 10));
    printf("%d\n", polled[1].revents == POLLNVAL);

    int fd = open("/dev/zero", O_RDWR);
    buffer[9] = 1;
    result("zero", read(fd, buffer, 10));
    printf("%d\n", buffer[9]);
    close(fd);
    fd = open("/dev/null", O_RDWR);
    result("null read", read(fd, buffer, 10));
    result("null write", write(fd, buffer, 10));
    result("isatty", isatty(fd));
    close(fd);
    fd = open("/dev/urandom", O_RDONLY);
    memset(buffer, 0, 64);
    result("random", read(fd, buffer, 64));
    int nonzero = 0;
    for (int i = 0; i < 64; i++)
        nonzero += buffer[i] != 0;
    printf("%d\n", nonzero > 30);
    result("dup2 same", dup2(fd, fd) == fd ? 0 : -1);
    result("dup bad", dup(77));
    return 0;
}
