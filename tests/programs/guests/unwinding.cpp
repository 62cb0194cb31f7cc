// build: gcc-O2, gcc-O0, gcc-O1, gcc-O3
// flags: -pthread
// What the unwinder does for others: exceptions in threads and out of noexcept functions, through C frames, many times, by class; backtraces.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <future>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>
#include <unwind.h>
#include <vector>

struct Left { virtual ~Left() = default; int l = 1; };
struct Right { virtual ~Right() = default; int r = 2; };
struct Both : Left, virtual Right { int both = 3; };
struct Error : std::runtime_error {
    int code;
    Error(const std::string &what, int code) : std::runtime_error(what), code(code) {}
};

static std::atomic<int> alive;
struct Counted {
    int id;
    explicit Counted(int id) : id(id) { alive++; }
    ~Counted() { alive--; }
};

__attribute__((noinline)) static long ten(int n, long value) {
    Counted guard(n);
    if (n == 0)
        throw Error("bottom", int(value));
    return ten(n - 1, value + guard.id) + guard.id;
}

// Hot loops around and behind a catch, with values in registers.
__attribute__((noinline)) static double loop(int rounds, const std::vector<double> &data) {
    double sum = 0, product = 1;
    long caught = 0;
    for (int i = 0; i < rounds; i++) {
        try {
            if (i % 3 == 0)
                caught += ten(10, i);
            sum += data[i % data.size()];
        } catch (const Error &e) {
            caught += e.code;
        }
        product = product * 0.999 + sum * 1e-6;
    }
    return sum + product + double(caught);
}

extern "C" int by_class(const void *a, const void *b) {
    int x = *static_cast<const int *>(a), y = *static_cast<const int *>(b);
    if (x == y)
        throw x;
    return x - y;
}

static _Unwind_Reason_Code step(_Unwind_Context *context, void *data) {
    auto frames = static_cast<std::vector<_Unwind_Ptr> *>(data);
    if (_Unwind_GetIP(context))
        frames->push_back(_Unwind_GetIP(context));
    return _URC_NO_REASON;
}
__attribute__((noinline)) static size_t frames(int n) {
    if (n == 0) {
        std::vector<_Unwind_Ptr> list;
        _Unwind_Backtrace(step, &list);
        return list.size();
    }
    size_t found = frames(n - 1);
    asm volatile("");
    return found;
}

static int filter(int n) {
    try {
        try {
            switch (n % 6) {
            case 0: throw 1;
            case 1: throw 2.5;
            case 2: throw "text";
            case 3: throw Both();
            case 4: throw std::bad_alloc();
            default: throw Error("filtered", n);
            }
        } catch (int i) {
            return i;
        } catch (const char *s) {
            return s[0];
        } catch (Left &l) {
            return 100 + l.l + dynamic_cast<Both &>(l).both + dynamic_cast<Right *>(&l)->r;
        }
    } catch (const std::exception &e) {
        const Error *error = dynamic_cast<const Error *>(&e);
        return error ? 1000 + error->code : 500;
    } catch (...) {
        return 7;
    }
}

static void construct() {
    struct Array {
        std::vector<Counted> members;
        Counted first{1};
        Counted second;
        explicit Array(int n) : second((n == 2 ? throw n : 0, 2)) {}
    };
    try {
        Array ok(1);
        new Array(2);
    } catch (int n) {
        std::printf("constructor: %d alive %d\n", n, alive.load());
    }
}

static int rethrows(int depth) {
    try {
        if (depth == 0)
            throw Error("again", 0);
        return rethrows(depth - 1);
    } catch (Error &e) {
        e.code++;
        if (depth == 20)
            return e.code;
        throw;
    }
}

int main() {
    std::vector<double> data;
    for (int i = 0; i < 100; i++)
        data.push_back(i * 0.25);
    std::printf("loop: %.6f alive %d\n", loop(3000, data), alive.load());
    long sum = 0;
    for (int i = 0; i < 600; i++)
        sum = sum * 3 % 1000003 + filter(i);
    std::printf("filter: %ld\n", sum);
    std::printf("rethrown: %d\n", rethrows(20));
    int numbers[] = {5, 2, 9, 2, 7};
    try {
        std::qsort(numbers, 5, sizeof *numbers, by_class);
    } catch (int twice) {
        std::printf("twice: %d\n", twice);
    }
    construct();
    size_t base = frames(0);
    std::printf("frames: %zu %zu\n", frames(5) - base, frames(40) - base);
    std::vector<std::thread> threads;
    std::atomic<long> total{0};
    for (int t = 0; t < 4; t++)
        threads.emplace_back([t, &total] {
            for (int i = 0; i < 100; i++) {
                try {
                    total += ten(t + 1, i);
                } catch (const Error &e) {
                    total += e.code;
                    if (i % 10 == 0)
                        std::this_thread::yield();
                }
            }
        });
    for (auto &t : threads)
        t.join();
    std::printf("threads: %ld alive %d\n", total.load(), alive.load());
    std::promise<int> promise;
    std::thread setter([&promise] {
        try {
            ten(3, 40);
        } catch (...) {
            promise.set_exception(std::current_exception());
        }
    });
    try {
        promise.get_future().get();
    } catch (const Error &e) {
        std::printf("from another thread: %s %d\n", e.what(), e.code);
    }
    setter.join();
    std::set_terminate([] {
        try {
            throw;
        } catch (const std::exception &e) {
            std::printf("terminate: %s\n", e.what());
        }
        std::fflush(stdout);
        std::_Exit(0);
    });
    [](int n) noexcept { ten(n, 0); }(4);
}
