// build: gcc-O2, zig-O2, gcc-O0-pie-strip, gcc-O3
// engines
// The C++ library: streams, strings, containers, algorithms, iterators, optional and variant, regular expressions, number formatting.
#include <algorithm>
#include <bitset>
#include <chrono>
#include <deque>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <list>
#include <map>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

struct Matrix {
    std::vector<std::vector<double>> rows;
    Matrix operator*(const Matrix &other) const {
        Matrix result{std::vector<std::vector<double>>(rows.size(), std::vector<double>(other.rows[0].size()))};
        for (std::size_t i = 0; i < rows.size(); i++)
            for (std::size_t j = 0; j < other.rows[0].size(); j++)
                for (std::size_t k = 0; k < other.rows.size(); k++)
                    result.rows[i][j] += rows[i][k] * other.rows[k][j];
        return result;
    }
    friend std::ostream &operator<<(std::ostream &out, const Matrix &m) {
        for (auto &row : m.rows) {
            for (auto x : row)
                out << std::setw(8) << std::fixed << std::setprecision(2) << x;
            out << '\n';
        }
        return out;
    }
};

struct Tracker {
    static int alive, copies, moves;
    int value;
    explicit Tracker(int value) : value(value) { alive++; }
    Tracker(const Tracker &other) : value(other.value) { alive++, copies++; }
    Tracker(Tracker &&other) noexcept : value(other.value) { alive++, moves++; other.value = -1; }
    Tracker &operator=(const Tracker &) = default;
    ~Tracker() { alive--; }
};
int Tracker::alive, Tracker::copies, Tracker::moves;

template <typename... Ts> struct overloaded : Ts... { using Ts::operator()...; };
template <typename... Ts> overloaded(Ts...) -> overloaded<Ts...>;

template <int N> struct Factorial { static constexpr long value = N * Factorial<N - 1>::value; };
template <> struct Factorial<0> { static constexpr long value = 1; };

static std::optional<int> parse(std::string_view text) {
    int value = 0;
    for (char c : text) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + c - '0';
    }
    return value;
}

int main() {
    std::cout << Matrix{{{1, 2}, {3, 4}}} * Matrix{{{0.5, -1}, {1.25, 3}}};
    std::cout.unsetf(std::ios::fixed);
    std::mt19937 random(12345);
    std::vector<unsigned> numbers(1000);
    std::generate(numbers.begin(), numbers.end(), std::ref(random));
    std::cout << numbers[0] << ' ' << numbers[999] << '\n';
    auto middle = numbers.begin() + 500;
    std::nth_element(numbers.begin(), middle, numbers.end());
    std::cout << *middle << '\n';
    std::stable_sort(numbers.begin(), numbers.end(), [](auto a, auto b) { return a % 1000 < b % 1000; });
    std::cout << std::is_sorted(numbers.begin(), numbers.end(), [](auto a, auto b) { return a % 1000 < b % 1000; }) << '\n';
    std::map<std::string, int> counts;
    std::unordered_map<std::string, int> unordered;
    std::istringstream words("the quick brown fox jumps over the lazy dog and the fox");
    for (std::string word; words >> word;) {
        counts[word]++;
        unordered[word]++;
    }
    for (auto &[word, n] : counts)
        std::cout << word << '=' << n << (unordered.at(word) == n ? "" : "!") << ' ';
    std::cout << '\n';
    std::set<int, std::greater<>> ordered{5, 1, 9, 3, 5};
    std::copy(ordered.begin(), ordered.end(), std::ostream_iterator<int>(std::cout, ","));
    std::deque<int> deque;
    for (int i = 0; i < 2000; i++)
        i % 3 ? deque.push_back(i) : deque.push_front(i);
    std::list<int> list(deque.begin(), deque.end());
    list.sort();
    list.remove_if([](int x) { return x % 7; });
    std::cout << deque.front() << ' ' << deque[1000] << ' ' << list.size() << '\n';
    std::priority_queue<std::pair<int, std::string>> queue;
    for (auto word : {"a", "bbb", "cc", "dddd"})
        queue.emplace(std::string_view(word).size(), word);
    for (; !queue.empty(); queue.pop())
        std::cout << queue.top().second << ' ';
    {
        std::vector<Tracker> trackers;
        for (int i = 0; i < 100; i++)
            trackers.emplace_back(i);
        auto copy = trackers;
        std::rotate(copy.begin(), copy.begin() + 30, copy.end());
        std::cout << copy[0].value << ' ' << Tracker::alive << ' ' << Tracker::copies << '\n';
    }
    std::cout << Tracker::alive << '\n';
    std::variant<int, double, std::string> variants[] = {7, 2.5, std::string("text")};
    for (auto &v : variants)
        std::visit(overloaded{[](int x) { std::cout << "int " << x; }, [](double x) { std::cout << " double " << x; }, [](const std::string &x) { std::cout << " string " << x << '\n'; }}, v);
    std::cout << parse("1234").value_or(-1) << ' ' << parse("12x4").value_or(-1) << '\n';
    std::cout << std::hex << std::showbase << 255 << ' ' << std::oct << 8 << std::dec << ' ' << std::scientific << 12345.678 << ' ' << std::boolalpha << true << ' ' << std::setfill('*') << std::setw(10) << std::left << "left" << '\n';
    std::cout.unsetf(std::ios::floatfield);
    std::cout << std::setprecision(17) << 0.1 << ' ' << 1e100 << ' ' << 1.0f / 3 << ' ' << std::numeric_limits<double>::infinity() << '\n';
    std::string text = "The year 1969, the month 7, the day 20";
    std::regex number("([a-z]+) ([0-9]+)");
    for (std::sregex_iterator it(text.begin(), text.end(), number), end; it != end; ++it)
        std::cout << (*it)[1] << ':' << (*it)[2] << ' ';
    std::cout << std::regex_replace(text, std::regex("t(h)e"), "[$1]") << '\n';
    std::cout << Factorial<15>::value << ' ' << std::gcd(84, 36) << ' ' << std::bitset<12>(1234) << ' ' << std::stod("2.5e3") << ' ' << std::to_string(-3.25) << '\n';
    auto [low, high] = std::minmax({4, 2, 8});
    std::cout << low << high << ' ' << std::get<1>(std::make_tuple(1, "tuple")) << ' ' << std::chrono::duration_cast<std::chrono::minutes>(std::chrono::hours(2)).count() << '\n';
    std::cerr << "to cerr" << std::endl;
    return 0;
}
