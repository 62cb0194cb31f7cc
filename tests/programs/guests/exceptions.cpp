// build: gcc-O2, gcc-O0, gcc-Os, zig-O2
// Exceptions: through destructors and recursion, rethrown, nested, out of the library, through callbacks from C, with values that only landing pads read.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

struct Tracer {
    int n;
    explicit Tracer(int n) : n(n) {}
    ~Tracer() { std::printf("~%d ", n); }
};

struct Base {
    virtual ~Base() = default;
    virtual const char *name() const { return "base"; }
};
struct Derived : Base {
    const char *name() const override { return "derived"; }
};

static int recurse(int n) {
    Tracer t(n);
    if (n == 0)
        throw std::runtime_error("deep");
    return recurse(n - 1) + t.n;
}

static double mixed(const std::vector<double> &v, size_t bad) {
    double sum = 0, product = 1;
    for (size_t i = 0; i < v.size(); i++) {
        try {
            if (i == bad)
                throw i;
            sum += v[i];
        } catch (size_t at) {
            sum -= 1000.0 * double(at);
        }
        product *= v[i] + 0.5;
    }
    return sum + product;
}

static int compare(const void *a, const void *b) {
    int x = *static_cast<const int *>(a), y = *static_cast<const int *>(b);
    if (x == 13 || y == 13)
        throw std::string("unlucky");
    return x < y ? -1 : x > y;
}

static void quiet() noexcept(false) {
    try {
        throw Derived();
    } catch (const Base &b) {
        std::printf("caught %s\n", b.name());
        throw;
    }
}

int main() {
    int total = 0;
    for (int i = 0; i < 4; i++) {
        try {
            total += recurse(i);
        } catch (const std::exception &e) {
            std::printf("caught %s after %d\n", e.what(), i);
            total += 100 * i;
        }
    }
    std::printf("total %d\n", total);

    for (size_t bad = 0; bad < 5; bad++)
        std::printf("%.6f ", mixed({1.5, 2.25, -3.125, 4.0}, bad));
    std::puts("");

    try {
        quiet();
    } catch (const Derived &d) {
        std::printf("again %s\n", d.name());
    }

    int numbers[] = {5, 3, 13, 8, 1};
    try {
        std::qsort(numbers, 5, sizeof *numbers, compare);
    } catch (const std::string &why) {
        std::printf("qsort: %s\n", why.c_str());
    }

    try {
        std::vector<int>(3).at(7);
    } catch (const std::out_of_range &) {
        std::puts("out of range");
    }

    std::exception_ptr kept;
    try {
        try {
            std::stoi("none");
        } catch (...) {
            Tracer t(77);
            std::throw_with_nested(std::logic_error("outer"));
        }
    } catch (...) {
        kept = std::current_exception();
    }
    try {
        std::rethrow_exception(kept);
    } catch (const std::exception &e) {
        std::printf("%s", e.what());
        try {
            std::rethrow_if_nested(e);
        } catch (const std::invalid_argument &inner) {
            std::printf(" from %s\n", inner.what());
        }
    }

    std::set_terminate([] {
        std::puts("terminate");
        std::exit(0);
    });
    std::unique_ptr<Tracer> unused(new Tracer(1));
    std::function<void(int)> last = [&](int n) {
        if (n == 0)
            throw n;
        last(n - 1);
    };
    last(3);
}
