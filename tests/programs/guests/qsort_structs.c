// build: gcc-O2, gcc-O0-pie, gcc-O3-musl, zig-O1-pie
// qsort and bsearch with several element sizes and comparison functions; checked against order and checksum.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record {
    char name[13];
    int16_t group;
    double weight;
    unsigned serial;
};

static uint64_t state = 88172645463325252u;

static uint64_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static int by_int(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}
static int by_int_down(const void *a, const void *b) { return by_int(b, a); }
static int by_byte(const void *a, const void *b) { return *(const unsigned char *)a - *(const unsigned char *)b; }
static int by_string(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int by_name(const void *a, const void *b) {
    const struct record *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->serial > y->serial) - (x->serial < y->serial);
}

static int by_group_then_weight(const void *a, const void *b) {
    const struct record *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    return (x->serial > y->serial) - (x->serial < y->serial);
}

#define CHECK(condition)                                                   \
    do {                                                                   \
        if (!(condition)) {                                                \
            printf("failed at line %d: %s\n", __LINE__, #condition);       \
            exit(1);                                                       \
        }                                                                  \
    } while (0)

int main(void) {
    enum { N = 20000, RECORDS = 3000 };
    int *numbers = malloc(N * sizeof *numbers);
    uint64_t sum = 0, sum_after = 0;
    for (int i = 0; i < N; i++) {
        numbers[i] = (int)(next_random() >> 33) - (1 << 30);
        sum += (uint64_t)(int64_t)numbers[i];
    }
    qsort(numbers, N, sizeof *numbers, by_int);
    for (int i = 0; i < N; i++) {
        CHECK(i == 0 || numbers[i - 1] <= numbers[i]);
        sum_after += (uint64_t)(int64_t)numbers[i];
    }
    CHECK(sum == sum_after);
    printf("ints: %d … %d … %d\n", numbers[0], numbers[N / 2], numbers[N - 1]);
    for (int i = 0; i < 200; i++) {
        int *found = bsearch(&numbers[i * 97], numbers, N, sizeof *numbers, by_int);
        CHECK(found && *found == numbers[i * 97]);
    }
    int absent = 1 << 30;
    CHECK(!bsearch(&absent, numbers, N, sizeof *numbers, by_int));
    qsort(numbers, N, sizeof *numbers, by_int_down);
    for (int i = 1; i < N; i++)
        CHECK(numbers[i - 1] >= numbers[i]);

    unsigned char bytes[1000];
    for (int i = 0; i < 1000; i++)
        bytes[i] = (unsigned char)next_random();
    qsort(bytes, 1000, 1, by_byte);
    printf("bytes: %d %d %d\n", bytes[0], bytes[500], bytes[999]);

    char *words[] = {"pear", "apple", "fig", "quince", "banana", "cherry", "date", "elder", "grape", "apple", ""};
    int count = sizeof words / sizeof *words;
    qsort(words, count, sizeof *words, by_string);
    for (int i = 0; i < count; i++)
        printf("%s%c", words[i], i + 1 < count ? ' ' : '\n');

    struct record *records = calloc(RECORDS, sizeof *records);
    for (unsigned i = 0; i < RECORDS; i++) {
        snprintf(records[i].name, sizeof records[i].name, "n%03u", (unsigned)(next_random() % 500));
        records[i].group = (int16_t)(next_random() % 7) - 3;
        records[i].weight = (double)(next_random() % 1000) / 8;
        records[i].serial = i;
    }
    qsort(records, RECORDS, sizeof *records, by_name);
    printf("%s %u, %s %u\n", records[0].name, records[0].serial, records[RECORDS - 1].name, records[RECORDS - 1].serial);
    qsort(records, RECORDS, sizeof *records, by_group_then_weight);
    for (int i = 1; i < RECORDS; i++)
        CHECK(by_group_then_weight(&records[i - 1], &records[i]) < 0);
    for (int i = 0; i < RECORDS; i += 499)
        printf("%s %d %.3f %u\n", records[i].name, records[i].group, records[i].weight, records[i].serial);
    free(records);
    free(numbers);
    return 0;
}
