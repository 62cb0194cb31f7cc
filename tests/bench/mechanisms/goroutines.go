// A ping-pong of two goroutines over channels.
package main

import (
	"fmt"
	"time"
)

func main() {
	const rounds = 200000
	ping, pong := make(chan int), make(chan int)
	go func() {
		for n := range ping {
			pong <- n + 1
		}
		close(pong)
	}()
	start := time.Now()
	n := 0
	for i := 0; i < rounds; i++ {
		ping <- n
		n = <-pong
	}
	seconds := time.Since(start).Seconds()
	close(ping)
	if n != rounds {
		panic(n)
	}
	fmt.Printf("goroutine ping-pong over channels|%.9f\n", seconds/rounds)
}
