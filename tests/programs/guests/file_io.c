// build: gcc-O2, gcc-O0-musl, zig-O2, gcc-Os-pie-strip
// file: input.txt "first line\nsecond line\n\nfourth, after an empty one\n"
// engines
// Files by stdio and by system calls: modes, seeks, holes, truncation, appending, pread and writev, errors.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void result(const char *what, long value) {
    if (value < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %ld\n", what, value);
}

int main(void) {
    FILE *in = fopen("input.txt", "r");
    if (!in)
        return perror("input.txt"), 1;
    char line[100];
    for (int n = 1; fgets(line, sizeof line, in); n++)
        printf("%d (at %ld): %s", n, ftell(in), line);
    printf("eof %d error %d\n", feof(in) != 0, ferror(in) != 0);
    rewind(in);
    int c, letters = 0;
    while ((c = fgetc(in)) != EOF)
        letters += c >= 'a' && c <= 'z';
    fseek(in, -5, SEEK_END);
    ungetc('#', in);
    printf("%d letters, %s", letters, fgets(line, sizeof line, in));
    fclose(in);

    FILE *out = fopen("made.txt", "w+");
    setvbuf(out, NULL, _IOFBF, 100);
    for (int i = 0; i < 200; i++)
        fprintf(out, "%d squared is %d\n", i, i * i);
    fseek(out, 50, SEEK_SET);
    fputs("OVERWRITTEN", out);
    fflush(out);
    rewind(out);
    int a, b, sum = 0, lines = 0;
    while (fgets(line, sizeof line, out))
        if (sscanf(line, "%d squared is %d", &a, &b) == 2) {
            sum += b;
            lines++;
        }
    printf("%d lines, sum %d\n", lines, sum);
    fclose(out);
    out = fopen("made.txt", "a");
    fputs("appended\n", out);
    printf("position %ld\n", ftell(out));
    fclose(out);

    int fd = open("holes.bin", O_RDWR | O_CREAT | O_EXCL, 0644);
    result("open", fd >= 0 ? 0 : -1);
    result("write", write(fd, "begin", 5));
    result("lseek", lseek(fd, 5000, SEEK_SET));
    result("write", write(fd, "end", 3));
    result("lseek end", lseek(fd, -2, SEEK_END));
    result("lseek before", lseek(fd, -9000, SEEK_CUR));
    char bytes[16] = {0};
    result("pread", pread(fd, bytes, 8, 2));
    for (int i = 0; i < 8; i++)
        printf("%02x ", (unsigned char)bytes[i]);
    result("pwrite", pwrite(fd, "XY", 2, 100));
    result("position", lseek(fd, 0, SEEK_CUR));
    struct iovec parts[3] = {{"one ", 4}, {"", 0}, {"two", 3}};
    result("writev", writev(fd, parts, 3));
    lseek(fd, 0, SEEK_SET);
    char p1[3], p2[4];
    struct iovec into[2] = {{p1, 3}, {p2, 4}};
    result("readv", readv(fd, into, 2));
    printf("%.3s %.2s\n", p1, p2);
    struct stat st;
    result("fstat", fstat(fd, &st));
    printf("size %ld, regular %d, links %ld\n", (long)st.st_size, S_ISREG(st.st_mode), (long)st.st_nlink);
    result("ftruncate", ftruncate(fd, 200));
    result("size", lseek(fd, 0, SEEK_END));
    result("read at end", read(fd, bytes, 5));
    int copy = dup(fd);
    lseek(copy, 7, SEEK_SET);
    result("shared position", lseek(fd, 0, SEEK_CUR));
    close(copy);
    result("close", close(fd));
    result("close again", close(fd));
    result("write closed", write(fd, "x", 1));
    result("exclusive", open("holes.bin", O_RDWR | O_CREAT | O_EXCL, 0644));
    result("missing", open("missing/file", O_RDONLY));
    result("directory", open(".", O_WRONLY));
    fd = open("made.txt", O_RDONLY);
    result("write read-only", write(fd, "x", 1));
    result("flags", fcntl(fd, F_GETFL) & O_ACCMODE);
    result("bad pointer", read(fd, (void *)8, 10));
    close(fd);
    fd = open("made.txt", O_WRONLY | O_TRUNC | O_APPEND);
    write(fd, "1", 1);
    lseek(fd, 0, SEEK_SET);
    write(fd, "2", 1);
    close(fd);
    result("rename", rename("made.txt", "renamed.txt"));
    result("unlink missing", unlink("made.txt"));
    result("access", access("renamed.txt", R_OK));
    FILE *temporary = tmpfile();
    if (temporary) {
        fputs("temporary", temporary);
        rewind(temporary);
        printf("%s\n", fgets(line, sizeof line, temporary));
        fclose(temporary);
    }
    char *memory = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&memory, &size);
    fprintf(stream, "%05d|%s", 42, "memory");
    fclose(stream);
    printf("%zu %s\n", size, memory);
    free(memory);
    size = 0;
    char *long_line = NULL;
    in = fopen("input.txt", "r");
    while (getline(&long_line, &size, in) > 0)
        printf("%zu.", strlen(long_line));
    puts("");
    fclose(in);
    free(long_line);
    return 0;
}
