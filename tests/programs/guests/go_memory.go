// build: go-O2, go-O0
// The heap: maps of many kinds, the garbage collector under load, growing stacks with pointers into them, finalizers, strings and slices.
package main

import (
	"fmt"
	"math/big"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
)

type tree struct {
	left, right *tree
	value       int
}

func build(depth, value int) *tree {
	if depth == 0 {
		return &tree{value: value}
	}
	return &tree{build(depth-1, 2*value), build(depth-1, 2*value+1), value}
}

func (t *tree) sum() int {
	if t == nil {
		return 0
	}
	return t.left.sum() + t.value + t.right.sum()
}

type key struct {
	a int
	b string
	c [2]uint8
}

func maps() {
	byKey := map[key]float64{}
	for i := 0; i < 5000; i++ {
		byKey[key{i % 777, fmt.Sprint(i % 13), [2]uint8{uint8(i), 1}}] += float64(i) / 4
	}
	sum := 0.0
	for _, v := range byKey {
		sum += v
	}
	fmt.Println(len(byKey), sum)
	words := map[string]int{}
	for _, w := range strings.Fields(strings.Repeat("the quick brown fox jumps over the lazy dog ", 100)) {
		words[w]++
	}
	var names []string
	for w := range words {
		names = append(names, w)
	}
	sort.Strings(names)
	for _, w := range names {
		fmt.Print(w, "=", words[w], " ")
	}
	fmt.Println()
	numbers := map[int]*int{}
	for i := 0; i < 20000; i++ {
		n := i * i
		numbers[i] = &n
		if i%3 == 0 {
			delete(numbers, i/2)
		}
	}
	total := 0
	for k, v := range numbers {
		if *v != k*k {
			panic("lost")
		}
		total += *v % 1000
	}
	fmt.Println(len(numbers), total)
	floats := map[interface{}]string{1: "int", 1.5: "float", "x": "string", [1]int{3}: "array", true: "bool"}
	fmt.Println(floats[1], floats[1.5], floats["x"], floats[[1]int{3}], floats[true], len(floats[2]))
}

// Pointers into the stack must follow when it is copied.
func growing(n int, up *int) int {
	here := *up + n
	var space [32]int
	space[n%32] = here
	if n > 0 {
		growing(n-1, &here)
		*up += here % 7
	}
	return here + space[n%32]
}

func collector() {
	old := debug.SetGCPercent(20)
	kept := build(12, 1)
	for i := 0; i < 40; i++ {
		garbage := build(8, i)
		if garbage.sum() == -1 {
			panic("sum")
		}
	}
	fmt.Println("kept", kept.sum())
	var wg sync.WaitGroup
	sums := make([]int, 8)
	for g := range sums {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			var list [][]byte
			for i := 0; i < 200; i++ {
				list = append(list, make([]byte, 100+i*g))
				list[i][i/2] = byte(i)
				sums[g] += len(list[i]) + int(list[i/2][i/4])
				if i%50 == 0 {
					runtime.GC()
				}
			}
		}(g)
	}
	wg.Wait()
	fmt.Println(sums)
	debug.SetGCPercent(old)
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Println("freed:", stats.Frees > 1000)
	done := make(chan string, 1)
	func() {
		object := &struct{ name [40]byte }{}
		runtime.SetFinalizer(object, func(interface{}) { done <- "finalized" })
	}()
	runtime.GC()
	runtime.GC()
	fmt.Println(<-done)
}

func main() {
	maps()
	zero := 0
	fmt.Println(growing(3000, &zero), zero)
	done := make(chan int)
	go func() { zero := 1; done <- growing(5000, &zero) + zero }()
	fmt.Println(<-done)
	collector()
	f := big.NewInt(1)
	for i := int64(1); i <= 200; i++ {
		f.Mul(f, big.NewInt(i))
	}
	fmt.Println(f)
	q, r := new(big.Int).QuoRem(f, new(big.Int).Exp(big.NewInt(997), big.NewInt(50), nil), new(big.Int))
	fmt.Println(q.BitLen(), r.BitLen())
	var b strings.Builder
	for i := 0; i < 1000; i++ {
		fmt.Fprintf(&b, "%d,%x;", i, i*i)
	}
	fmt.Println(b.Len(), strings.Count(b.String(), "f"), strings.Contains(b.String(), "999,f3a71;"))
	matrix := make([][]float64, 50)
	for i := range matrix {
		matrix[i] = append([]float64(nil), make([]float64, 50)...)
		for j := range matrix[i] {
			matrix[i][j] = float64(i*j%17) / 3
		}
	}
	trace := 0.0
	for i := range matrix {
		for j := range matrix {
			trace += matrix[i][j] * matrix[j][i]
		}
	}
	fmt.Printf("%.6f\n", trace)
}
