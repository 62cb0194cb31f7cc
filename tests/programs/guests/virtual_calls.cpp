// build: gcc-O2, gcc-O0-pie, zig-O2-strip, gcc-O3
// Virtual functions, multiple and virtual inheritance, pointers to members, RTTI, templates, statics with destructors.
#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <typeinfo>
#include <vector>

struct Shape {
    virtual ~Shape() { std::printf("~%s ", name()); }
    virtual double area() const = 0;
    virtual const char *name() const { return "shape"; }
    virtual Shape *clone() const = 0;
};
struct Circle : Shape {
    double r;
    explicit Circle(double r) : r(r) {}
    double area() const override { return 3.0 * r * r; }
    const char *name() const override { return "circle"; }
    Circle *clone() const override { return new Circle(*this); }
};
struct Rectangle : Shape {
    double w, h;
    Rectangle(double w, double h) : w(w), h(h) {}
    double area() const override { return w * h; }
    const char *name() const override { return "rectangle"; }
    Rectangle *clone() const override { return new Rectangle(*this); }
};
struct Square final : Rectangle {
    explicit Square(double a) : Rectangle(a, a) {}
    const char *name() const override { return "square"; }
    Square *clone() const override { return new Square(*this); }
};

struct Top { int top = 1; virtual int value() { return top; } virtual ~Top() = default; };
struct Left : virtual Top { int left = 10; int value() override { return left + top; } };
struct Right : virtual Top { int right = 100; virtual int other() { return right + top; } };
struct Bottom : Left, Right { int bottom = 1000; int value() override { return bottom + Left::value() + right; } int other() override { return -value(); } };

struct Counter {
    int n = 0;
    int up(int by) { return n += by; }
    int down(int by) { return n -= by; }
    virtual int reset(int to) { return n = to; }
};
struct Loud : Counter { int reset(int to) override { return n = to * 2; } };

template <typename T, std::size_t N> T fold(const std::array<T, N> &values, T (*f)(T, T)) {
    return std::accumulate(values.begin() + 1, values.end(), values[0], f);
}

static std::vector<std::string> log_;
struct Global {
    const char *name;
    explicit Global(const char *name) : name(name) { log_.push_back(std::string("+") + name); }
    ~Global() { std::printf("-%s\n", name); }
};
static Global first("first"), second("second");

static int lazily() {
    static Global local("local");
    static int count = 0;
    return ++count;
}

int main() {
    std::vector<std::unique_ptr<Shape>> shapes;
    for (int i = 0; i < 9; i++) {
        if (i % 3 == 0) shapes.emplace_back(new Circle(i));
        else if (i % 3 == 1) shapes.emplace_back(new Rectangle(i, i + 1));
        else shapes.emplace_back(new Square(i));
    }
    for (int i = 0; i < 9; i += 2)
        shapes.emplace_back(shapes[i]->clone());
    double total = 0;
    for (auto &shape : shapes) {
        std::printf("%s %.1f\n", shape->name(), shape->area());
        total += shape->area();
        if (auto *square = dynamic_cast<Square *>(shape.get()))
            total += square->w;
    }
    std::printf("total %.1f, same type: %d\n", total, typeid(*shapes[0]) == typeid(*shapes[3]));
    std::sort(shapes.begin(), shapes.end(), [](const auto &a, const auto &b) { return a->area() < b->area(); });
    std::printf("%.1f %.1f\n", shapes.front()->area(), shapes.back()->area());
    shapes.clear();
    std::puts("");

    Bottom bottom;
    Top *top = &bottom;
    Right *right = &bottom;
    std::printf("%d %d %d\n", top->value(), right->other(), dynamic_cast<Left *>(right)->value());

    int (Counter::*steps[])(int) = {&Counter::up, &Counter::down, &Counter::reset};
    Loud loud;
    Counter plain;
    for (int i = 0; i < 6; i++)
        std::printf("%d %d, ", (loud.*steps[i % 3])(i + 5), (plain.*steps[i % 3])(i + 5));
    std::puts("");

    std::array<long, 5> longs{5, 3, 9, 1, 7};
    std::printf("%ld %ld\n", fold(longs, +[](long a, long b) { return a * 10 + b; }), fold(longs, +[](long a, long b) { return std::max(a, b); }));
    std::map<std::string, std::function<double(double)>> functions{{"double", [](double x) { return 2 * x; }}, {"negate", std::negate<double>()}};
    double k = 3;
    functions["scaled"] = [&k](double x) { return k * x; };
    k = 5;
    for (auto &[name, f] : functions)
        std::printf("%s(2) = %g\n", name.c_str(), f(2));
    for (auto &line : log_)
        std::printf("%s ", line.c_str());
    std::printf("%d %d\n", lazily(), lazily());
    return 0;
}
