// Threads and signals: each line of output is what was done, and seconds for each time.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}
static void report(const char *what, double start, int times) {
    printf("%s|%.9f\n", what, (now() - start) / times);
}

static volatile int handled;
static void handler(int sig) { handled++; }

static void *ends(void *arg) { return arg; }

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int turn, rounds;
static void *ping_pong(void *arg) {
    int me = (int)(long)arg;
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < rounds; i++) {
        while (turn != me)
            pthread_cond_wait(&condition, &mutex);
        turn = !me;
        pthread_cond_signal(&condition);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static int ends_of_pipes[2][2];
static void *through_pipes(void *arg) {
    int me = (int)(long)arg;
    char c = 'x';
    for (int i = 0; i < rounds; i++) {
        if (me == 0)
            write(ends_of_pipes[0][1], &c, 1);
        read(ends_of_pipes[!me][0], &c, 1);
        if (me == 1)
            write(ends_of_pipes[1][1], &c, 1);
    }
    return NULL;
}

static void in_two(void *(*f)(void *)) {
    pthread_t t;
    pthread_create(&t, NULL, f, (void *)1L);
    f((void *)0L);
    pthread_join(t, NULL);
}

int main(void) {
    struct sigaction act = {.sa_handler = handler};
    sigaction(SIGUSR1, &act, NULL);
    double start = now();
    for (int i = 0; i < 20000; i++)
        raise(SIGUSR1);
    report("signal sent to itself, handled", start, 20000);

    start = now();
    for (int i = 0; i < 2000; i++) {
        pthread_t t;
        pthread_create(&t, NULL, ends, NULL);
        pthread_join(t, NULL);
    }
    report("thread made and joined", start, 2000);

    rounds = 5000;
    start = now();
    in_two(ping_pong);
    report("mutex and condition, there and back", start, rounds);

    pipe(ends_of_pipes[0]);
    pipe(ends_of_pipes[1]);
    start = now();
    in_two(through_pipes);
    report("pipes between threads, there and back", start, rounds);
    return 0;
}
