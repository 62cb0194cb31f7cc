// Recursive calls.
#include "bench.h"

__attribute__((noinline)) static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

// Volatile, or the compiler may move the call out of the timed part.
static volatile int n = 38;

static double kernel(void) { return fib(n); }
