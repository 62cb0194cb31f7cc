// build: go-O2, go-O2-strip, go-O0
// Goroutines: channels, select, timers, worker pools, mutexes, conditions, contexts, and a thousand of them over four threads of the system.
package main

import (
	"context"
	"fmt"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

func pingPong(n int) int {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v + 1
		}
		close(pong)
	}()
	sum := 0
	for i := 0; i < n; i++ {
		ping <- i
		sum += <-pong
	}
	close(ping)
	_, open := <-pong
	if open {
		panic("still open")
	}
	return sum
}

// The sieve as a chain of filters.
func primes(n int) []int {
	source := make(chan int)
	done := make(chan struct{})
	defer close(done)
	go func() {
		for i := 2; ; i++ {
			select {
			case source <- i:
			case <-done:
				return
			}
		}
	}()
	var found []int
	in := source
	for len(found) < n {
		p := <-in
		found = append(found, p)
		out := make(chan int)
		go func(in <-chan int, out chan<- int, p int) {
			for {
				select {
				case v := <-in:
					if v%p != 0 {
						select {
						case out <- v:
						case <-done:
							return
						}
					}
				case <-done:
					return
				}
			}
		}(in, out, p)
		in = out
	}
	return found
}

func pool(workers, jobs int) (int64, int) {
	queue := make(chan int, 16)
	results := make(chan int64, 16)
	var wg sync.WaitGroup
	for w := 0; w < workers; w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for job := range queue {
				var sum int64
				for i := 0; i <= job; i++ {
					sum += int64(i) * int64(i)
				}
				results <- sum
			}
		}()
	}
	go func() {
		for i := 0; i < jobs; i++ {
			queue <- i
		}
		close(queue)
		wg.Wait()
		close(results)
	}()
	var total int64
	count := 0
	for r := range results {
		total += r
		count++
	}
	return total, count
}

// Each goroutine goes deep, so that stacks grow and are copied while others run.
func deep(n int, data [16]int) int {
	if n == 0 {
		sum := 0
		for _, v := range data {
			sum += v
		}
		return sum
	}
	data[n%16] += n
	if n%64 == 0 {
		runtime.Gosched()
	}
	return deep(n-1, data) + data[(n+1)%16]%3
}

func thousand() {
	runtime.GOMAXPROCS(4)
	var wg sync.WaitGroup
	var mutex sync.Mutex
	var count int64
	sums := map[int]int{}
	start := make(chan struct{})
	for g := 0; g < 1000; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			if g%250 == 0 {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			<-start
			value := deep(100+g%50, [16]int{g})
			for i := 0; i < 10; i++ {
				atomic.AddInt64(&count, int64(i))
			}
			mutex.Lock()
			sums[g] = value
			mutex.Unlock()
		}(g)
	}
	close(start)
	wg.Wait()
	total := 0
	for _, v := range sums {
		total += v
	}
	fmt.Println("thousand:", len(sums), count, total, runtime.GOMAXPROCS(0))
}

// Loops without calls give way only when they are interrupted.
func busy() {
	runtime.GOMAXPROCS(1)
	var stop int32
	go func() {
		time.Sleep(5 * time.Millisecond)
		atomic.StoreInt32(&stop, 1)
	}()
	n := 0
	for atomic.LoadInt32(&stop) == 0 {
		n++
	}
	fmt.Println("busy:", n > 0)
	runtime.GOMAXPROCS(4)
}

func timers() {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	after := time.After(15 * time.Millisecond)
	stopped := time.AfterFunc(time.Hour, func() { panic("an hour has passed") })
	ticks := 0
loop:
	for {
		select {
		case <-tick.C:
			ticks++
			if ticks == 3 {
				break loop
			}
		case <-after:
			break loop
		}
	}
	fmt.Println("ticks:", ticks > 0, "stopped:", stopped.Stop())
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Millisecond)
	defer cancel()
	select {
	case <-ctx.Done():
		fmt.Println("context:", ctx.Err())
	case <-time.After(10 * time.Second):
		fmt.Println("too late")
	}
	never := make(chan int)
	select {
	case <-never:
		fmt.Println("received?")
	default:
		fmt.Println("nothing there")
	}
}

func conditions() {
	var mutex sync.Mutex
	cond := sync.NewCond(&mutex)
	var order []int
	turn := 0
	var wg sync.WaitGroup
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			mutex.Lock()
			for turn != i {
				cond.Wait()
			}
			order = append(order, i)
			turn++
			cond.Broadcast()
			mutex.Unlock()
		}(i)
	}
	wg.Wait()
	fmt.Println("order:", sort.IntsAreSorted(order), len(order))
	var once sync.Once
	var rw sync.RWMutex
	calls := int32(0)
	shared := map[int]int{}
	for i := 0; i < 50; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			once.Do(func() { atomic.AddInt32(&calls, 1) })
			if i%5 == 0 {
				rw.Lock()
				shared[i] = i * i
				rw.Unlock()
			} else {
				rw.RLock()
				_ = shared[i]
				rw.RUnlock()
			}
		}(i)
	}
	wg.Wait()
	fmt.Println("once:", calls, "shared:", len(shared))
}

func main() {
	fmt.Println("ping-pong:", pingPong(2000))
	fmt.Println("primes:", primes(25))
	fmt.Println(pool(8, 300))
	thousand()
	busy()
	timers()
	conditions()
}
