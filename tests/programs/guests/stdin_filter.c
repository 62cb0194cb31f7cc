// build: gcc-O2, gcc-O0-pie-strip, zig-O2
// run: count
// stdin: "some words here\nand more\n\nlast line without end"
// run: sort
// stdin: "pear\napple\nfig\nbanana\n"
// run: upper
// stdin: "mixed Case text 123\n"
// run: hex
// stdin: "\0binary\n\"quoted\"\ttab"
// run: numbers
// stdin: "1 2.5 -3e2 0x10 word 7"
// run: count
// exit: 0
// run: nonsense
// exit: 2
// engines
// Filters from stdin to stdout: by characters, lines, words and numbers; an empty input; a wrong argument.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "";
    if (!strcmp(mode, "count")) {
        int c, lines = 0, words = 0, characters = 0, inside = 0;
        while ((c = getchar()) != EOF) {
            characters++;
            lines += c == '\n';
            words += !isspace(c) && !inside;
            inside = !isspace(c);
        }
        printf("%d %d %d\n", lines, words, characters);
    } else if (!strcmp(mode, "sort")) {
        char line[200], *lines[100];
        int n = 0;
        while (n < 100 && fgets(line, sizeof line, stdin))
            lines[n++] = strdup(line);
        qsort(lines, n, sizeof *lines, compare);
        for (int i = 0; i < n; i++)
            fputs(lines[i], stdout);
    } else if (!strcmp(mode, "upper")) {
        char block[7];
        for (long n; (n = read(0, block, sizeof block)) > 0;) {
            for (long i = 0; i < n; i++)
                block[i] = (char)toupper((unsigned char)block[i]);
            write(1, block, n);
        }
    } else if (!strcmp(mode, "hex")) {
        unsigned char block[16];
        size_t n, at = 0;
        while ((n = fread(block, 1, sizeof block, stdin)) > 0) {
            printf("%04zx", at);
            for (size_t i = 0; i < n; i++)
                printf(" %02x", block[i]);
            puts("");
            at += n;
        }
    } else if (!strcmp(mode, "numbers")) {
        double x, sum = 0;
        char word[20];
        for (;;) {
            int n = scanf("%lf", &x);
            if (n == EOF)
                break;
            if (n == 1)
                sum += x;
            else if (scanf("%19s", word) == 1)
                printf("not a number: %s\n", word);
        }
        printf("%g\n", sum);
    } else {
        fprintf(stderr, "usage: %s count|sort|upper|hex|numbers\n", "filter");
        return 2;
    }
    return 0;
}
