// build: gcc-O2, gcc-O0-musl-pie, zig-O1
// env: NAME=value
// env: EMPTY=
// env: LONG=a:b=c d
// run: plain "with blank" "" -x --long=1 "quo\"te"
// engines
// Arguments, environment, the auxiliary vector, exit handlers.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char **environ;
static void first(void) { puts("registered first"); }
static void second(void) { puts("registered second"); }
__attribute__((constructor)) static void before(void) { puts("constructor"); }
__attribute__((destructor)) static void after(void) { puts("destructor"); }

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(int argc, char **argv) {
    atexit(first);
    atexit(second);
    for (int i = 1; i < argc; i++)
        printf("%d <%s>\n", i, argv[i]);
    printf("%d\n", argv[argc] == NULL);
    char *names[20];
    int n = 0;
    for (char **e = environ; *e && n < 20; e++)
        names[n++] = *e;
    qsort(names, n, sizeof *names, compare);
    for (int i = 0; i < n; i++)
        puts(names[i]);
    printf("%s %s %d\n", getenv("NAME"), getenv("LONG"), getenv("ABSENT") == NULL);
    setenv("NEW", "1", 1);
    setenv("NAME", "other", 0);
    setenv("EMPTY", "full", 1);
    unsetenv("LONG");
    putenv("PUT=yes");
    printf("%s %s %s %d %s\n", getenv("NEW"), getenv("NAME"), getenv("EMPTY"), getenv("LONG") == NULL, getenv("PUT"));
    int option;
    opterr = 0;
    optind = 4;
    while ((option = getopt(argc, argv, "xy:")) != -1)
        printf("option %c\n", option == '?' ? '?' : option);
    printf("page %lu, phdr %d, entry %d, random %d, secure %lu\n", getauxval(AT_PAGESZ), getauxval(AT_PHDR) != 0, getauxval(AT_ENTRY) != 0, getauxval(AT_RANDOM) != 0, getauxval(AT_SECURE));
    printf("%ld %ld\n", sysconf(_SC_PAGESIZE), sysconf(_SC_CLK_TCK));
    struct utsname name;
    uname(&name);
    printf("%s %s\n", name.sysname, name.machine);
    struct rlimit limit;
    printf("%d %d\n", getrlimit(RLIMIT_STACK, &limit), limit.rlim_cur >= 1 << 20);
    /* TLS: initialised, zeroed, aligned. */
    static _Thread_local int initialised = 42, zeroed;
    static _Thread_local _Alignas(64) char aligned[64];
    printf("%d %d %d\n", initialised++, zeroed++, (int)((uintptr_t)aligned & 63));
    fflush(stdout);
    return 0;
}
