// build: gcc-O2, gcc-O0-pie, gcc-O3-musl, zig-O2
// The string library at every alignment and length up to 80, against plain loops; tokens, case, searching, wide characters.
#define _GNU_SOURCE
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>
#include <wctype.h>

static unsigned char buffer[512], other[512], expected[512];
static int wrong;

#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            wrong++;                                                                \
            printf("line %d: %s (offset %d, length %d)\n", __LINE__, #condition, offset, length); \
        }                                                                           \
    } while (0)

static int sign(int x) { return (x > 0) - (x < 0); }

static void at(int offset, int length) {
    for (int i = 0; i < 512; i++)
        buffer[i] = other[i] = (unsigned char)(i * 7 + 1) | 1;
    char *s = (char *)buffer + 64 + offset, *t = (char *)other + 64 + (offset * 5 & 15);
    memcpy(t, s, length);
    t[length] = s[length] = 0;
    CHECK((int)strlen(s) == length);
    CHECK((int)strnlen(s, 37) == (length < 37 ? length : 37));
    CHECK(strcmp(s, t) == 0 && memcmp(s, t, length + 1) == 0);
    if (length > 0) {
        int middle = length * 2 / 3;
        char saved = t[middle];
        t[middle] = (char)(saved + 2 ? saved + 2 : 1);
        int order = (unsigned char)saved < (unsigned char)t[middle] ? -1 : 1;
        CHECK(sign(strcmp(s, t)) == order && sign(memcmp(s, t, length)) == order && sign(strncmp(s, t, middle + 1)) == order && strncmp(s, t, middle) == 0);
        t[middle] = saved;
        s[middle] = (char)0xfe;
        CHECK(strchr(s, 0xfe) == s + middle && memchr(s, 0xfe, length) == s + middle && strrchr(s, 0xfe) == s + middle && memrchr(s, 0xfe, length) == s + middle);
        CHECK(strchrnul(s, 0xfe) == s + middle);
        CHECK((int)strcspn(s, "\xfe") == middle);
    }
    CHECK(strchr(s, 2) == NULL && memchr(s, 2, length) == NULL && strchr(s, 0) == s + length);
    memset(expected, 0x55, sizeof expected);
    memset(other, 0x55, sizeof other);
    for (int i = 0; i <= length; i++)
        expected[100 + i] = (unsigned char)s[i];
    CHECK(stpcpy((char *)other + 100, s) == (char *)other + 100 + length && memcmp(other, expected, 512) == 0);
    memset(other + 200 + offset, 0xaa, length);
    for (int i = 0; i < length; i++)
        expected[200 + offset + i] = 0xaa;
    CHECK(memcmp(other, expected, 512) == 0);
    for (int i = 0; i < 512; i++)
        expected[i] = other[i] = (unsigned char)(i * 3);
    memmove(other + 64 + offset, other + 70, length);
    for (int i = 0; i < length; i++)
        expected[64 + offset + i] = (unsigned char)((70 + i) * 3);
    CHECK(memcmp(other, expected, 512) == 0);
    memmove(other + 300, other + 290 + offset, length);
    for (int i = 0; i < length; i++)
        CHECK(other[300 + i] == (unsigned char)(((290 + offset + i) < 512 ? (290 + offset + i) : 0) * 3));
}

int main(void) {
    for (int offset = 0; offset < 16; offset++)
        for (int length = 0; length <= 80; length++)
            at(offset, length);
    char text[] = "  one,two;;three , four";
    for (char *save, *word = strtok_r(text, " ,;", &save); word; word = strtok_r(NULL, " ,;", &save))
        printf("[%s]", word);
    char fields[] = "a::b:";
    for (char *rest = fields, *field; (field = strsep(&rest, ":"));)
        printf("<%s>", field);
    puts("");
    printf("%s %s %d\n", strstr("the needle in the haystack", "needle in"), strcasestr("The NEEDLE", "needle"), (int)((char *)memmem("abcabcabd", 9, "abcabd", 6) - (char *)0 != 0));
    printf("%d %d %d %d\n", sign(strcasecmp("HeLLo", "hEllO")), sign(strncasecmp("abcX", "ABCY", 3)), sign(strverscmp("file10", "file9")), sign(strcoll("a", "b")));
    printf("%zu %zu %s\n", strspn("aabbcx", "abc"), strcspn("hello, world", ", "), strpbrk("hello, world", "ow"));
    char copy[12];
    memset(copy, '#', sizeof copy);
    strncpy(copy, "abc", 6);
    for (unsigned i = 0; i < sizeof copy; i++)
        putchar(copy[i] ? copy[i] : '0');
    strcpy(copy, "ab");
    strcat(copy, "cd");
    strncat(copy, "efgh", 2);
    char *duplicate = strndup(copy, 5);
    printf(" %s %s\n", copy, duplicate);
    free(duplicate);
    for (int c = 0; c < 128; c++)
        printf("%x", !!isalpha(c) | !!isdigit(c) << 1 | !!isspace(c) << 2 | !!ispunct(c) << 3);
    printf("\n%c%c %d\n", toupper('q'), tolower('Q'), isxdigit('g'));
    wchar_t wide[32];
    wcscpy(wide, L"wide string");
    wcscat(wide, L"!");
    printf("%zu %d %ls %d\n", wcslen(wide), sign(wcscmp(L"a", L"b")), wcsstr(wide, L"str"), (int)towupper(L'z'));
    printf("%s\n", strerror(2));
    printf("%d wrong\n", wrong);
    return wrong != 0;
}
