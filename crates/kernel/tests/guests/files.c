// Files, directories and links through the system calls that programs use; prints what it sees.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SHOW(call) do { errno = 0; long r_ = (long)(call); printf("%s = %ld %s\n", #call, r_, errno ? strerrorname_np(errno) : ""); } while (0)

static int by_name(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

static void list(const char *path) {
    DIR *d = opendir(path);
    if (!d) { printf("opendir %s: %s\n", path, strerrorname_np(errno)); return; }
    char *names[64]; int n = 0; struct dirent *e;
    while ((e = readdir(d)) && n < 64) { asprintf(&names[n++], "%s:%d", e->d_name, e->d_type); }
    qsort(names, n, sizeof *names, by_name);
    printf("%s:", path);
    for (int i = 0; i < n; i++) printf(" %s", names[i]);
    printf("\n");
    closedir(d);
}

static void show_stat(const char *path) {
    struct stat s;
    if (lstat(path, &s)) { printf("lstat %s: %s\n", path, strerrorname_np(errno)); return; }
    printf("%s: mode %o nlink %d size %ld mtime %ld.%09ld\n", path, s.st_mode, (int)s.st_nlink, S_ISDIR(s.st_mode) ? 0L : (long)s.st_size,
           S_ISREG(s.st_mode) ? (long)s.st_mtim.tv_sec : 0L, S_ISREG(s.st_mode) ? (long)s.st_mtim.tv_nsec : 0L);
}

static void set_time(const char *path, long seconds) {
    struct timespec times[2] = {{seconds, 1000}, {seconds + 1, 2000}};
    SHOW(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW));
}

int main(void) {
    char buf[100] = {0};
    umask(022);
    SHOW(mkdir("d", 0755));
    SHOW(mkdir("d", 0755));
    SHOW(mkdir("d/e/f", 0755));
    SHOW(mkdir("d/e/", 0700));
    int fd = open("d/a", O_RDWR | O_CREAT | O_EXCL, 0640);
    SHOW(fd >= 0);
    SHOW(open("d/a", O_RDWR | O_CREAT | O_EXCL, 0640));
    SHOW(write(fd, "hello world\n", 12));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(pread(fd, buf, 5, 6));
    printf("%s\n", buf);
    SHOW(pwrite(fd, "W", 1, 6));
    SHOW(lseek(fd, -3, SEEK_END));
    SHOW(lseek(fd, -30, SEEK_END));
    SHOW(lseek(fd, 2, SEEK_SET));
    SHOW(read(fd, buf, 4));
    SHOW(ftruncate(fd, 20));
    SHOW(ftruncate(fd, -1));
    set_time("d/a", 1000000000);
    show_stat("d/a");
    SHOW(fchmod(fd, 0755));
    show_stat("d/a");
    SHOW(lseek(fd, 0, SEEK_DATA));
    SHOW(fallocate(fd, 0, 0, 4096));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(close(fd));
    SHOW(close(fd));
    fd = open("d/a", O_WRONLY | O_APPEND);
    SHOW(write(fd, "tail", 4));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(read(fd, buf, 1));
    SHOW(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND));
    SHOW(close(fd));
    SHOW(symlink("a", "d/link"));
    SHOW(symlink("../d", "d/up"));
    SHOW(symlink("nowhere", "d/dangling"));
    SHOW(symlink("loop", "d/loop"));
    SHOW(readlink("d/link", buf, sizeof buf));
    SHOW(readlink("d/a", buf, sizeof buf));
    SHOW(readlink("d/link", buf, 0));
    SHOW(access("d/link", R_OK));
    SHOW(access("d/dangling", F_OK));
    SHOW(access("d/loop", F_OK));
    SHOW(access("d/up/up/up/a", F_OK));
    SHOW(access("d/a/x", F_OK));
    SHOW(access("d/a/", F_OK));
    SHOW(access("", F_OK));
    SHOW(access((char *)1, F_OK));
    SHOW(open("d/link", O_RDONLY | O_NOFOLLOW));
    SHOW(open("d", O_WRONLY));
    SHOW(open("d/a", O_RDONLY | O_DIRECTORY));
    SHOW(open("d/none", O_RDONLY));
    SHOW(link("d/a", "d/hard"));
    SHOW(link("d/a", "d/hard"));
    SHOW(link("d", "d/hard2"));
    set_time("d/a", 1000000000);
    show_stat("d/hard");
    show_stat("d/link");
    SHOW(rename("d/hard", "d/e/moved"));
    SHOW(rename("d", "d/e/inside"));
    SHOW(rename("d/e", "d/a"));
    SHOW(rename("d/none", "d/x"));
    SHOW(rename("d/.", "d/x"));
    list("d");
    list("d/e");
    list("d/a");
    list("d/up/e");
    SHOW(unlink("d/e"));
    SHOW(rmdir("d/a"));
    SHOW(rmdir("d/e"));
    SHOW(rmdir("d/."));
    SHOW(unlink("d/none"));
    SHOW(unlink("d/link/"));
    SHOW(chdir("d/e"));
    char *cwd = getcwd(NULL, 0);
    printf("%s\n", strrchr(cwd, '/'));
    SHOW(chdir("../up"));
    cwd = getcwd(NULL, 0);
    printf("%s\n", strrchr(cwd, '/'));
    SHOW(chdir("a"));
    SHOW(access("e/../a", F_OK));
    SHOW(access("a/../a", F_OK));
    SHOW(access("none/../a", F_OK));
    int dir = open(".", O_RDONLY | O_DIRECTORY);
    SHOW(openat(dir, "none", O_RDONLY));
    int copy = openat(dir, "copy", O_RDWR | O_CREAT, 0600);
    int from = openat(dir, "a", O_RDONLY);
    SHOW(sendfile(copy, from, NULL, 8));
    SHOW(lseek(from, 0, SEEK_CUR));
    loff_t at = 100;
    SHOW(copy_file_range(from, &at, copy, NULL, 50, 0));
    SHOW(at);
    struct iovec iov[3] = {{"ab", 2}, {"", 0}, {"cde", 3}};
    SHOW(writev(copy, iov, 3));
    SHOW(writev(copy, iov, -1));
    SHOW(fsync(copy));
    SHOW(read(dir, buf, 1));
    SHOW(write(from, buf, 1));
    SHOW(read(999, buf, 1));
    SHOW(read(from, (void *)1, 1));
    set_time("copy", 1200000000);
    show_stat("copy");
    char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, copy, 0);
    printf("%.5s\n", map);
    memcpy(map, "HELLO", 5);
    SHOW(msync(map, 4096, MS_SYNC));
    SHOW(pread(copy, buf, 8, 0));
    printf("%.8s\n", buf);
    SHOW(munmap(map, 4096));
    SHOW(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 999, 0) == MAP_FAILED);
    SHOW(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, copy, 100) == MAP_FAILED);
    SHOW(unlinkat(dir, "copy", 0));
    SHOW(fchdir(dir));
    SHOW(chdir(".."));
    SHOW(truncate("d/a", 3));
    show_stat("d/e");
    SHOW(chmod("d/e", 0500));
    show_stat("d/e");
    SHOW(unlink("d/e/moved"));
    SHOW(rmdir("d/e"));
    return 0;
}
