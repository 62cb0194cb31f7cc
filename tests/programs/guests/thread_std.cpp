// build: gcc-O2, gcc-O0
// flags: -pthread -std=c++20
// seeds
// The threads of C++: thread, async, future, promise, packaged_task, call_once, condition variables, timed and shared mutexes, thread_local with destructors, waiting on atomics, latch, barrier, semaphores, exceptions across threads.
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <future>
#include <latch>
#include <map>
#include <mutex>
#include <numeric>
#include <queue>
#include <semaphore>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static std::atomic<int> made, gone;
struct Tracked {
    int value = 0;
    Tracked() { made++; }
    ~Tracked() { gone++; }
};
static thread_local Tracked tracked;
static thread_local std::string name = "unnamed";

static void locals() {
    std::vector<std::thread> all;
    std::vector<std::string> names(8);
    for (int i = 0; i < 8; i++)
        all.emplace_back([i, &names] {
            tracked.value = i;
            name += std::to_string(i);
            std::this_thread::yield();
            names[i] = name + (tracked.value == i ? "" : "?");
        });
    for (auto &t : all)
        t.join();
    std::printf("locals: made %d gone %d %s %s mine %s\n", made.load(), gone.load(), names[0].c_str(), names[7].c_str(), name.c_str());
}

static long add(long from, long to) {
    if (to - from < 50)
        return [&] { long sum = 0; for (long i = from; i < to; i++) sum += i; return sum; }();
    long middle = (from + to) / 2;
    auto left = std::async(std::launch::async, add, from, middle);
    long right = add(middle, to);
    return left.get() + right;
}

static void futures() {
    std::printf("async %ld\n", add(0, 1000));
    auto lazy = std::async(std::launch::deferred, [] { return std::this_thread::get_id(); });
    std::printf("deferred %d", lazy.wait_for(0s) == std::future_status::deferred);
    std::printf(" %d\n", lazy.get() == std::this_thread::get_id());
    auto throws = std::async(std::launch::async, []() -> int { throw std::runtime_error("thrown in a thread"); });
    try {
        throws.get();
    } catch (const std::exception &e) {
        std::printf("caught %s\n", e.what());
    }
    std::promise<std::string> promise;
    std::shared_future<std::string> shared = promise.get_future().share();
    std::vector<std::future<size_t>> lengths;
    for (int i = 0; i < 4; i++)
        lengths.push_back(std::async(std::launch::async, [shared] { return shared.get().size(); }));
    std::printf("not yet %d\n", shared.wait_for(1ms) == std::future_status::timeout);
    promise.set_value("promised");
    size_t sum = 0;
    for (auto &l : lengths)
        sum += l.get();
    std::printf("lengths %zu\n", sum);
    std::future<int> broken;
    {
        std::promise<int> dies;
        broken = dies.get_future();
    }
    try {
        broken.get();
    } catch (const std::future_error &e) {
        std::printf("broken %d\n", e.code() == std::future_errc::broken_promise);
    }
    std::packaged_task<int(int)> task([](int x) { return x * x; });
    auto squared = task.get_future();
    std::thread(std::move(task), 12).join();
    std::printf("task %d\n", squared.get());
}

template <class T> class Queue {
    std::mutex mutex;
    std::condition_variable not_empty, not_full;
    std::queue<T> items;
    size_t most;

  public:
    explicit Queue(size_t most) : most(most) {}
    void push(T item) {
        std::unique_lock lock(mutex);
        not_full.wait(lock, [&] { return items.size() < most; });
        items.push(std::move(item));
        not_empty.notify_one();
    }
    T pop() {
        std::unique_lock lock(mutex);
        not_empty.wait(lock, [&] { return !items.empty(); });
        T item = std::move(items.front());
        items.pop();
        not_full.notify_one();
        return item;
    }
};

static void conditions() {
    Queue<int> queue(3);
    std::vector<std::thread> all;
    std::atomic<long> sum = 0;
    for (int p = 0; p < 3; p++)
        all.emplace_back([&, p] { for (int i = 0; i < 100; i++) queue.push(p * 1000 + i); });
    for (int c = 0; c < 2; c++)
        all.emplace_back([&] { for (int i = 0; i < 150; i++) sum += queue.pop(); });
    for (auto &t : all)
        t.join();
    std::printf("queue %ld\n", sum.load());
    std::mutex mutex;
    std::condition_variable_any any;
    std::unique_lock lock(mutex);
    std::printf("timeout %d\n", any.wait_for(lock, 2ms, [] { return false; }));
    std::recursive_timed_mutex timed;
    timed.lock();
    bool own = timed.try_lock_for(1ms), other = true;
    std::thread([&] { other = timed.try_lock_for(2ms); }).join();
    std::printf("timed %d %d\n", own, other);
    std::scoped_lock both(timed);
}

static void sharing() {
    std::shared_mutex mutex;
    std::map<int, int> map;
    std::atomic<int> torn = 0, most = 0, readers = 0;
    std::vector<std::thread> all;
    for (int w = 0; w < 3; w++)
        all.emplace_back([&, w] {
            for (int i = 0; i < 60; i++) {
                std::unique_lock lock(mutex);
                if (readers != 0)
                    torn++;
                map[i] += w;
            }
        });
    for (int r = 0; r < 4; r++)
        all.emplace_back([&] {
            for (int i = 0; i < 60; i++) {
                std::shared_lock lock(mutex);
                readers++;
                if (i % 8 == 0)
                    std::this_thread::yield();
                readers--;
            }
        });
    for (auto &t : all)
        t.join();
    int sum = 0;
    for (auto [k, v] : map)
        sum += v;
    std::printf("shared torn %d sum %d\n", torn.load(), sum);
}

static void newer() {
    std::atomic<int> turn = 0;
    std::vector<std::jthread> all;
    std::string order;
    for (int i = 0; i < 5; i++)
        all.emplace_back([&, i] {
            for (int round = 0; round < 3; round++) {
                int wanted = round * 5 + i, now;
                while ((now = turn.load()) != wanted)
                    turn.wait(now);
                order += char('a' + i);
                turn = wanted + 1;
                turn.notify_all();
            }
        });
    all.clear();
    std::printf("order %s\n", order.c_str());
    std::latch latch(4);
    std::atomic<int> before = 0, wrong = 0;
    int phases = 0;
    auto completed = [&]() noexcept { phases++; };
    std::barrier barrier(4, completed);
    std::counting_semaphore<3> semaphore(2);
    std::atomic<int> within = 0, most = 0;
    for (int i = 0; i < 4; i++)
        all.emplace_back([&] {
            before++;
            latch.arrive_and_wait();
            if (before != 4)
                wrong++;
            for (int r = 0; r < 5; r++) {
                int phase = phases;
                barrier.arrive_and_wait();
                if (phases < phase + 1)
                    wrong++;
                barrier.arrive_and_wait();
            }
            for (int r = 0; r < 10; r++) {
                semaphore.acquire();
                if (++within > 2)
                    wrong++;
                std::this_thread::yield();
                within--;
                semaphore.release();
            }
        });
    all.clear();
    std::printf("wrong %d phases %d\n", wrong.load(), phases);
    std::once_flag once;
    std::atomic<int> attempts = 0;
    for (int i = 0; i < 6; i++)
        all.emplace_back([&] {
            try {
                std::call_once(once, [&] {
                    if (++attempts < 3)
                        throw 1;
                });
            } catch (int) {
            }
        });
    all.clear();
    std::printf("attempts %d\n", attempts.load());
}

static void exceptions() {
    std::vector<std::exception_ptr> caught(6);
    std::vector<std::thread> all;
    for (int i = 0; i < 6; i++)
        all.emplace_back([&, i] {
            try {
                std::vector<int> v(i);
                std::function<int(int)> deep = [&](int n) -> int {
                    Tracked t;
                    if (n == 0)
                        return v.at(100);
                    std::this_thread::yield();
                    return deep(n - 1) + 1;
                };
                deep(10 + i);
            } catch (...) {
                caught[i] = std::current_exception();
            }
        });
    for (auto &t : all)
        t.join();
    int n = 0;
    for (auto &e : caught)
        try {
            std::rethrow_exception(e);
        } catch (const std::out_of_range &) {
            n++;
        }
    std::printf("exceptions %d alive %d\n", n, made - gone);
}

int main() {
    locals();
    futures();
    conditions();
    sharing();
    newer();
    exceptions();
    std::this_thread::sleep_for(1ms);
    return 0;
}
