// build: gcc-O2, gcc-O1-musl-pie, zig-Os, gcc-O0
// file: tree/a.txt "aaa"
// file: tree/sub/b.txt "bb"
// file: tree/sub/deep/c "c"
// file: empty/ ""
// Directories: walking, making, removing, renaming, links, the working directory, the *at calls, errors.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void result(const char *what, long value) {
    if (value < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %ld\n", what, value);
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void walk(const char *path, int depth) {
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (strcmp(name, ".") && strcmp(name, "..")) {
            char full[PATH_MAX];
            snprintf(full, sizeof full, "%s/%s", path, name);
            struct stat st;
            if (lstat(full, &st) < 0)
                result(full, -1);
            const char *kind = S_ISDIR(st.st_mode) ? "directory" : S_ISLNK(st.st_mode) ? "link" : "file";
            printf("%*s%s %s", depth * 2, "", kind, name);
            if (S_ISREG(st.st_mode))
                printf(" %ld", (long)st.st_size);
            puts("");
            if (S_ISDIR(st.st_mode))
                walk(full, depth + 1);
        }
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

static int files, bytes;
static int visit(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    files++;
    if (kind == FTW_F)
        bytes += (int)st->st_size * ftw->level;
    return 0;
}

int main(void) {
    walk(".", 0);
    result("mkdir", mkdir("made", 0755));
    result("mkdir again", mkdir("made", 0755));
    result("mkdir nowhere", mkdir("no/where", 0755));
    result("mkdir under file", mkdir("tree/a.txt/x", 0755));
    for (int i = 0; i < 150; i++) {
        char name[40];
        snprintf(name, sizeof name, "made/a-rather-long-file-name-%03d", i);
        int fd = open(name, O_CREAT | O_WRONLY, 0644);
        write(fd, name, i);
        close(fd);
    }
    DIR *directory = opendir("made");
    int count = 0, dots = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        count++;
        dots += entry->d_name[0] == '.';
    }
    rewinddir(directory);
    int again = 0;
    while (readdir(directory))
        again++;
    printf("%d entries, %d dots, %d again\n", count, dots, again);
    int dirfd_ = dirfd(directory);
    struct stat st;
    result("fstatat", fstatat(dirfd_, "a-rather-long-file-name-077", &st, 0));
    printf("%ld\n", (long)st.st_size);
    int fd = openat(dirfd_, "a-rather-long-file-name-005", O_RDONLY);
    char text[10] = "";
    read(fd, text, 9);
    puts(text);
    close(fd);
    result("unlinkat", unlinkat(dirfd_, "a-rather-long-file-name-005", 0));
    closedir(directory);
    result("rmdir full", rmdir("made") < 0 && (errno == ENOTEMPTY || errno == EEXIST) ? 0 : 1);
    for (int i = 0; i < 150; i++) {
        char name[40];
        snprintf(name, sizeof name, "made/a-rather-long-file-name-%03d", i);
        if (unlink(name) < 0)
            printf("%s ", strrchr(name, '-'));
    }
    result("rmdir", rmdir("made"));
    result("rmdir missing", rmdir("made"));
    result("rmdir file", rmdir("tree/a.txt"));
    result("unlink directory", unlink("empty") < 0 ? 0 : 1);
    result("symlink", symlink("a.txt", "tree/link"));
    result("readlink", readlink("tree/link", text, sizeof text));
    printf("%.5s\n", text);
    result("stat through", stat("tree/link", &st));
    printf("%d\n", S_ISREG(st.st_mode));
    result("lstat", lstat("tree/link", &st));
    printf("%d\n", S_ISLNK(st.st_mode));
    result("dangling", symlink("nothing", "dangling") || stat("dangling", &st) < 0 ? -1 : 0);
    result("link", link("tree/a.txt", "hard"));
    result("stat", stat("hard", &st));
    printf("%ld links\n", (long)st.st_nlink);
    result("rename directory", rename("tree/sub", "moved"));
    result("rename over", rename("hard", "moved/b.txt"));
    result("rename missing", rename("tree/sub", "x"));
    result("chdir", chdir("moved/deep"));
    char where[PATH_MAX];
    puts(getcwd(where, sizeof where) ? strrchr(where, '/') : "?");
    fd = open("c", O_RDONLY);
    printf("%d\n", (int)read(fd, text, 9));
    close(fd);
    result("chdir up", chdir("../.."));
    result("chdir to file", chdir("tree/a.txt"));
    walk(".", 0);
    nftw(".", visit, 10, FTW_PHYS);
    printf("%d visited, %d\n", files, bytes);
    glob_t found;
    result("glob", glob("*/*[!z]", 0, NULL, &found));
    for (size_t i = 0; i < found.gl_pathc; i++)
        printf("%s ", found.gl_pathv[i]);
    puts("");
    globfree(&found);
    char *real = realpath("tree/../moved/./deep/c", NULL), *here = realpath(".", NULL);
    puts(real && here ? real + strlen(here) : "no realpath");
    free(real);
    free(here);
    return 0;
}
