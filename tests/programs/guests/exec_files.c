// build: gcc-O2, gcc-O0-musl
// oracle: native
// itself: original
// Executables that the program has written itself: a copy of it with 40 MB more of zeroes than it has, which is thus larger than its parent; one whose zeroes lie where the parent has its
// code; and the program itself again, from within its copy. The parents go on after it, unharmed.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MORE (40u << 20)

static volatile char marker[] = "MARKER-original";
extern char _end[];
extern char **environ;
static int counter = 5;

static void fail(const char *what) {
    printf("%s: %s\n", what, strerror(errno));
    exit(1);
}

static void save(const char *name, const void *bytes, size_t len) {
    int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0755);
    if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
        fail(name);
    fchmod(fd, 0755);
    close(fd);
}

static int run(const char *name, const char *argument, int is_vfork) {
    char *args[] = {(char *)name, (char *)argument, NULL};
    fflush(stdout);
    int pid = is_vfork ? vfork() : fork();
    if (pid == 0) {
        execve(name, args, environ);
        _exit(100 + errno);
    }
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static size_t read_original(char **bytes) {
    size_t room = 16 << 20, len = 0;
    *bytes = malloc(room);
    int fd = open("original", O_RDONLY);
    ssize_t n;
    while ((n = read(fd, *bytes + len, room - len)) > 0)
        len += n;
    close(fd);
    if (len < 1000)
        fail("original");
    return len;
}

// A copy of the program, which can be told from it, and has more zeroes.
static void make_copy(char *bytes, size_t len) {
    char wanted[] = "MARKER-?";
    wanted[7] = 'o';
    for (char *at = memmem(bytes, len, wanted, 8); at; at = memmem(at, bytes + len - at, wanted, 8))
        at[7] = 'c';
    Elf64_Ehdr *header = (void *)bytes;
    Elf64_Phdr *last = NULL;
    for (int i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr *p = (void *)(bytes + header->e_phoff + i * header->e_phentsize);
        if (p->p_type == PT_LOAD && (!last || p->p_vaddr > last->p_vaddr))
            last = p;
    }
    last->p_memsz += MORE;
    save("copy", bytes, len);
}

// 2 MiB of zeroes from 0x400000 on, and code behind them that exits with 3 if they are, else with 4.
static void make_zeroes(void) {
#if defined __aarch64__
    static const unsigned code[] = {
        0xd2a00800, // mov x0, #0x400000
        0xd2a00c01, // mov x1, #0x600000
        0xd2800002, // mov x2, #0
        0xf8408403, // ldr x3, [x0], #8
        0xaa030042, // orr x2, x2, x3
        0xeb01001f, // cmp x0, x1
        0x54ffffa3, // b.lo .-12
        0xf100005f, // cmp x2, #0
        0x52800060, // mov w0, #3
        0x1a800400, // cinc w0, w0, ne
        0xd2800ba8, // mov x8, #93
        0xd4000001, // svc #0
    };
    int machine = EM_AARCH64;
#else
    static const unsigned char code[] = {
        0xb8, 0, 0, 0x40, 0, // mov $0x400000, %eax
        0x31, 0xd2, // xor %edx, %edx
        0x48, 0x0b, 0x10, // or (%rax), %rdx
        0x48, 0x83, 0xc0, 8, // add $8, %rax
        0x48, 0x3d, 0, 0, 0x60, 0, // cmp $0x600000, %rax
        0x72, 0xf1, // jb .-13
        0x31, 0xff, // xor %edi, %edi
        0x48, 0x85, 0xd2, // test %rdx, %rdx
        0x40, 0x0f, 0x95, 0xc7, // setne %dil
        0x83, 0xc7, 3, // add $3, %edi
        0xb8, 60, 0, 0, 0, // mov $60, %eax
        0x0f, 0x05, // syscall
    };
    int machine = EM_X86_64;
#endif
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segments[2];
        char code[64];
    } file;
    memset(&file, 0, sizeof file);
    memcpy(file.header.e_ident, "\177ELF\2\1\1", 7);
    file.header.e_type = ET_EXEC;
    file.header.e_machine = machine;
    file.header.e_version = 1;
    file.header.e_entry = 0x600000 + offsetof(__typeof__(file), code);
    file.header.e_phoff = offsetof(__typeof__(file), segments);
    file.header.e_ehsize = sizeof file.header;
    file.header.e_phentsize = sizeof file.segments[0];
    file.header.e_phnum = 2;
    file.segments[0] = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = 0x400000, .p_memsz = 0x200000, .p_align = 4096};
    file.segments[1] = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = 0x600000, .p_filesz = sizeof file, .p_memsz = sizeof file, .p_align = 4096};
    memcpy(file.code, code, sizeof code);
    save("zeroes", &file, sizeof file);
}

static int executed(const char *what) {
    printf("%s: %s, counter %d\n", what, marker, counter++);
    fflush(stdout);
    if (strcmp(what, "copy") == 0) {
        size_t other = 0;
        for (char *p = _end; p < _end + MORE; p += 97)
            other += *p != 0;
        printf("%zu not zero\n", other);
        memset(_end, 7, MORE);
        printf("zeroes in it: %d\n", run("./zeroes", "", 0));
        printf("original in it: %d\n", run("./original", "again", 0));
        for (char *p = _end; p < _end + MORE; p += 97)
            other += *p != 7;
        printf("%zu changed, counter %d\n", other, counter);
        fflush(stdout);
        execve("./original", (char *[]){"./original", "instead", NULL}, environ);
        return 99;
    }
    return strlen(what);
}

int main(int argc, char **argv) {
    if (argc > 1)
        return executed(argv[1]);
    make_zeroes();
    char *bytes;
    size_t len = read_original(&bytes);
    make_copy(bytes, len);
    counter = 50;
    for (int i = 0; i < 2; i++) {
        printf("zeroes: %d\n", run("./zeroes", "", i));
        printf("copy: %d\n", run("./copy", "copy", i));
        printf("original: %d\n", run("./original", "original", i));
    }
    char *p = mmap(NULL, 100 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p[50 << 20] = 1;
    printf("%s, counter %d\n", marker, counter);
    printf("copy: %d\n", run("./copy", "copy", 0));
    printf("%d\n", p[50 << 20]);
    unlink("copy");
    unlink("zeroes");
    unlink("original");
    return 0;
}
