// build: gcc-O2, gcc-O0-musl, zig-O2
// file: data.bin "0123456789abcdefghijklmnopqrstuvwxyz"
// mmap, munmap, mremap, mprotect, MAP_FIXED, private file mappings, brk.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int wrong;
#define CHECK(condition) ((condition) ? 0 : (wrong++, printf("line %d: %s (%s)\n", __LINE__, #condition, strerror(errno))))

int main(void) {
    const int rw = PROT_READ | PROT_WRITE, anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    char *a = mmap(NULL, 65536, rw, anonymous, -1, 0);
    CHECK(a != MAP_FAILED && ((uintptr_t)a & 4095) == 0);
    for (int i = 0; i < 65536; i++)
        CHECK(a[i] == 0);
    memset(a, 0x11, 65536);
    CHECK(munmap(a + 8192, 4096) == 0);
    char *hole = mmap(a + 8192, 4096, rw, anonymous | MAP_FIXED, -1, 0);
    CHECK(hole == a + 8192 && hole[0] == 0 && hole[4095] == 0 && hole[-1] == 0x11 && hole[4096] == 0x11);
    char *over = mmap(a + 4096, 8192, rw, anonymous | MAP_FIXED, -1, 0);
    CHECK(over == a + 4096 && over[0] == 0 && over[8191] == 0 && over[8192] == 0x11);
    CHECK(munmap(a, 65536) == 0);

    char *reserved = mmap(NULL, 16 << 20, PROT_NONE, anonymous | MAP_NORESERVE, -1, 0);
    CHECK(reserved != MAP_FAILED);
    CHECK(mprotect(reserved + 65536, 65536, rw) == 0);
    memset(reserved + 65536, 3, 65536);
    CHECK(reserved[65536 + 65535] == 3);
    CHECK(madvise(reserved + 65536, 65536, MADV_DONTNEED) == 0);
    CHECK(reserved[65536] == 0);
    CHECK(munmap(reserved, 16 << 20) == 0);

    char *m = mmap(NULL, 8192, rw, anonymous, -1, 0);
    memcpy(m + 8000, "kept while moving", 18);
    m = mremap(m, 8192, 4 << 20, MREMAP_MAYMOVE);
    CHECK(m != MAP_FAILED && strcmp(m + 8000, "kept while moving") == 0 && m[(4 << 20) - 1] == 0);
    m[(4 << 20) - 1] = 9;
    CHECK(mremap(m, 4 << 20, 4096, 0) == m);
    CHECK(munmap(m, 4096) == 0);

    int fd = open("data.bin", O_RDWR);
    char *f = mmap(NULL, 4096, rw, MAP_PRIVATE, fd, 0);
    CHECK(f != MAP_FAILED && memcmp(f, "0123456789", 10) == 0 && f[36] == 0 && f[4095] == 0);
    f[0] = 'X';
    char byte;
    CHECK(pread(fd, &byte, 1, 0) == 1 && byte == '0');
    CHECK(munmap(f, 4096) == 0);
    ftruncate(fd, 10000);
    pwrite(fd, "second page", 11, 4096);
    close(fd);
    fd = open("data.bin", O_RDONLY);
    f = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 4096);
    close(fd);
    CHECK(f != MAP_FAILED && strcmp(f, "second page") == 0);
    CHECK(munmap(f, 8192) == 0);

    errno = 0;
    CHECK(mmap(NULL, 0, rw, anonymous, -1, 0) == MAP_FAILED && errno == EINVAL);
    errno = 0;
    CHECK(mmap(NULL, 4096, rw, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
    errno = 0;
    CHECK(mmap((void *)123, 4096, rw, anonymous | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EINVAL);
    errno = 0;
    CHECK(munmap((void *)123, 4096) == -1 && errno == EINVAL);

    unsigned seed = 1;
    char *pages[64] = {0};
    for (int step = 0; step < 2000; step++) {
        seed = seed * 1103515245 + 12345;
        int i = seed >> 16 & 63;
        size_t size = (size_t)(1 + i % 7) * 4096;
        if (pages[i]) {
            CHECK(pages[i][0] == i && pages[i][size - 1] == i);
            CHECK(munmap(pages[i], size) == 0);
            pages[i] = NULL;
        } else {
            pages[i] = mmap(NULL, size, rw, anonymous, -1, 0);
            CHECK(pages[i] != MAP_FAILED && pages[i][0] == 0 && pages[i][size - 1] == 0);
            memset(pages[i], i, size);
        }
    }
    char *before = sbrk(0);
    /* musl's sbrk only reports. */
    if (before != (char *)-1 && sbrk(100000) == before) {
        memset(before, 1, 100000);
        CHECK(sbrk(-100000) == before + 100000 && sbrk(0) == before);
    }
    printf("%d wrong\n", wrong);
    return wrong != 0;
}
