// build: go-O2, go-O0
// Panics: recovered in deferred functions, raised again, from faults of the machine, in goroutines; stacks as the runtime sees them.
// exit: 2
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

type node struct {
	next  *node
	pad   [100]int
	value int
}

func try(name string, f func()) {
	defer func() {
		r := recover()
		if e, ok := r.(runtime.Error); ok {
			fmt.Printf("%s: runtime error: %v\n", name, e)
		} else {
			fmt.Printf("%s: %v\n", name, r)
		}
	}()
	f()
	fmt.Println(name, "returned")
}

//go:noinline
func value(n *node) int { return n.value }

//go:noinline
func set(n *node) { n.next = n; n.value = 3 }

//go:noinline
func divide(a, b int) int { return a / b }

type shape interface{ area() float64 }
type square struct{ side float64 }

func (s *square) area() float64 { return s.side * s.side }

func named() (result int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered %v", r)
			result *= 2
		}
	}()
	result = 21
	panic("named")
}

func nested() {
	defer func() {
		fmt.Println("outer", recover())
	}()
	defer func() {
		defer func() { fmt.Println("inner", recover()) }()
		panic("second")
	}()
	panic("first")
}

func again() {
	defer func() {
		if r := recover(); r != nil {
			panic(fmt.Sprint(r, " again"))
		}
	}()
	panic("once")
}

func through(n int) {
	defer func() { count++ }()
	if n == 0 {
		panic(errors.New("bottom"))
	}
	through(n - 1)
}

var count int

func loop() int {
	caught := 0
	for i := 0; i < 2000; i++ {
		func() {
			defer func() {
				if recover() != nil {
					caught++
				}
			}()
			var n *node
			if i%2 == 0 {
				value(n)
			} else {
				panic(i)
			}
		}()
	}
	return caught
}

//go:noinline
func overflow(n int, data [64]int) int {
	data[n%64] = n
	return overflow(n+1, data) + data[0]
}

func main() {
	var none *node
	var s shape
	var sq *square
	var m map[string]int
	var f func()
	list := []int{1, 2, 3}
	index := len(os.Args) + 5
	try("plain", func() { panic("plain panic") })
	try("error", func() { panic(errors.New("an error")) })
	try("load", func() { fmt.Println(value(none)) })
	try("store", func() { set(none) })
	try("chain", func() { fmt.Println(none.next.next.value) })
	try("method", func() { fmt.Println(s.area()) })
	try("receiver", func() { fmt.Println(sq.area()) })
	try("function", func() { f() })
	try("map", func() { m["x"] = 1 })
	try("index", func() { list[index] = 1 })
	try("slice", func() { fmt.Println(list[index:]) })
	try("divide", func() { fmt.Println(divide(1, len(m))) })
	try("assert", func() { fmt.Println(interface{}(1).(string)) })
	try("close", func() { var c chan int; close(c) })
	try("negative", func() { _ = make([]int, len(m)-1) })
	try("array", func() { fmt.Println((*[4]int)(list)) })
	fmt.Println(named())
	nested()
	try("again", again)
	try("deep", func() { through(200) })
	fmt.Println("deferred:", count)
	try("exit", func() {
		done := make(chan bool)
		go func() {
			defer close(done)
			defer fmt.Println("deferred before Goexit")
			runtime.Goexit()
		}()
		<-done
	})
	fmt.Println("caught:", loop())
	debug.SetPanicOnFault(true)
	stack := string(debug.Stack())
	fmt.Println("stack:", strings.Contains(stack, "main.main"), strings.Count(stack, "\n") > 4)
	buffer := make([]byte, 64<<10)
	block := make(chan int)
	for i := 0; i < 3; i++ {
		go func() { <-block }()
	}
	runtime.Gosched()
	all := buffer[:runtime.Stack(buffer, true)]
	fmt.Println("goroutines:", bytes.Count(all, []byte("goroutine ")) >= 2, runtime.NumGoroutine() >= 2)
	pc, _, line, ok := runtime.Caller(0)
	fmt.Println("caller:", runtime.FuncForPC(pc).Name(), line > 0, ok)
	callers := make([]uintptr, 10)
	func() {
		frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
		for {
			frame, more := frames.Next()
			fmt.Print(frame.Function, " ")
			if !more {
				break
			}
		}
		fmt.Println()
	}()
	if len(os.Args) > 1 {
		overflow(0, [64]int{})
	}
	os.Stderr.Close()
	go panic("unrecovered")
	select {}
}
