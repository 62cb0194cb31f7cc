// build: gcc-O2, gcc-O1-musl, zig-O2-pie
// env: TZ=UTC
// Calendar functions on fixed times; clocks only for what must be true of them.
#define _GNU_SOURCE
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    static const time_t times[] = {0, 1, 86399, 951782400, 1000000000, 1078012800, 2147483647, 2147483648, 4102444799, 32503680000, -1, -86400, -2208988800};
    for (unsigned i = 0; i < sizeof times / sizeof *times; i++) {
        struct tm tm, back;
        gmtime_r(&times[i], &tm);
        char text[128];
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %a %A %b %B %j %U %W %u %w %y %C %e %I %p %D %T %F %R %G-%V %% %n", &tm);
        fputs(text, stdout);
        back = tm;
        back.tm_sec += 86400 * 40;
        time_t later = mktime(&back);
        printf("%s  %d %d\n", asctime(&tm), timegm(&tm) == times[i], later - times[i] == 86400 * 40);
    }
    struct tm parsed = {0};
    char *rest = strptime("2021-11-05 17:45:09 rest", "%Y-%m-%d %H:%M:%S", &parsed);
    printf("%ld [%s]\n", (long)timegm(&parsed), rest);
    printf("%.0f\n", difftime(1000000, 999));
    struct timespec a, b, resolution;
    clock_gettime(CLOCK_MONOTONIC, &a);
    struct timespec pause = {0, 15000000};
    int r = nanosleep(&pause, NULL);
    clock_gettime(CLOCK_MONOTONIC, &b);
    double elapsed = (b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec) / 1e9;
    printf("slept %d: %d %d\n", r, elapsed >= 0.015, elapsed < 30);
    clock_gettime(CLOCK_REALTIME, &a);
    struct timeval tv;
    gettimeofday(&tv, NULL);
    time_t now = time(NULL);
    printf("%d %d\n", now >= a.tv_sec && now - a.tv_sec < 30, tv.tv_sec >= a.tv_sec && tv.tv_sec - a.tv_sec < 30);
    printf("%d %d\n", a.tv_sec > 1600000000, a.tv_nsec >= 0 && a.tv_nsec < 1000000000);
    printf("%d\n", clock_getres(CLOCK_MONOTONIC, &resolution));
    clock_t c = clock();
    volatile double x = 1;
    for (int i = 0; i < 1000000; i++)
        x = x * 1.0000001;
    printf("%d\n", clock() >= c);
    errno = 0;
    printf("%d %s\n", clock_gettime(12345, &a), strerror(errno));
    pause.tv_nsec = 2000000000;
    errno = 0;
    printf("%d %s\n", nanosleep(&pause, NULL), strerror(errno));
    usleep(1000);
    puts(setlocale(LC_ALL, "C"));
    return 0;
}
