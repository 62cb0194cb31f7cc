// build: go-O2, go-O2-strip
// file: dir/b.txt "second"
// file: dir/a.txt "first file\n"
// file: dir/sub/ ""
// stdin: "one 1\ntwo 22\nthree 333\n"
// Go's library: directories and files, JSON, gzip, regular expressions, hashes, numbers, templates, time, scanning.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"text/tabwriter"
	"text/template"
	"time"
)

type item struct {
	Name   string            `json:"name"`
	Size   int64             `json:"size,omitempty"`
	Ratio  float64           `json:"ratio"`
	Tags   []string          `json:"tags"`
	Extra  map[string]*item  `json:"extra,omitempty"`
	Any    interface{}       `json:"any"`
	Labels map[string]string `json:"-"`
}

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func files() {
	entries, err := os.ReadDir("dir")
	check(err)
	for _, e := range entries {
		info, err := e.Info()
		check(err)
		if e.IsDir() {
			fmt.Println(e.Name(), "directory")
		} else {
			fmt.Println(e.Name(), info.Size())
		}
	}
	check(os.WriteFile("dir/new.txt", []byte(strings.Repeat("0123456789\n", 5000)), 0o644))
	f, err := os.Open("dir/new.txt")
	check(err)
	lines := 0
	for s := bufio.NewScanner(f); s.Scan(); lines++ {
	}
	check(f.Close())
	fmt.Println("lines", lines)
	check(os.Rename("dir/new.txt", "dir/sub/moved.txt"))
	check(filepath.Walk("dir", func(path string, info os.FileInfo, err error) error {
		check(err)
		fmt.Println(path, info.IsDir())
		return nil
	}))
	_, err = os.Stat("missing")
	fmt.Println(os.IsNotExist(err), err)
	check(os.Remove("dir/sub/moved.txt"))
}

func jsons() {
	in := item{Name: "quo\"te", Size: 1 << 40, Ratio: 1.0 / 3, Tags: []string{"a", "ü", "\u2028"}, Any: []interface{}{1, "x", nil, 2.5e-10, true}}
	in.Extra = map[string]*item{"z": {Name: "z"}, "b": {Name: "b", Ratio: math.MaxFloat64}}
	text, err := json.MarshalIndent(in, "", " ")
	check(err)
	fmt.Println(string(text))
	var out item
	check(json.Unmarshal(text, &out))
	again, err := json.Marshal(out)
	check(err)
	fmt.Println(string(again))
	var any map[string]interface{}
	fmt.Println(json.Unmarshal([]byte(`{"a": [1, 2, {"b": null}], "c": 1e400}`), &any))
	fmt.Println(json.Unmarshal([]byte(`{"a": [1, 2, {"b": null}], "c": -1.5e3}`), &any), any)
}

func packing() {
	rng := rand.New(rand.NewSource(42))
	data := make([]byte, 200000)
	for i := range data {
		data[i] = byte("abcdefgh"[rng.Intn(8)])
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(data)
	check(err)
	check(w.Close())
	fmt.Printf("packed %d %08x\n", packed.Len(), crc32.ChecksumIEEE(packed.Bytes()))
	r, err := gzip.NewReader(&packed)
	check(err)
	unpacked, err := io.ReadAll(r)
	check(err)
	fmt.Println("same:", bytes.Equal(data, unpacked))
	fmt.Printf("%x\n%x\n%x\n", sha256.Sum256(data), md5.Sum(data), sha512.Sum512(data))
	fmt.Println(base64.StdEncoding.EncodeToString(data[:33]), hex.EncodeToString(data[:5]))
	b := make([]byte, 8)
	binary.BigEndian.PutUint32(b, 0xdeadbeef)
	binary.LittleEndian.PutUint16(b[4:], 0x1234)
	fmt.Println(b, crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
}

func regexps() {
	re := regexp.MustCompile(`(?i)(\w+)@(\w+)\.(com|org)`)
	text := "mail Bob@example.com, alice@test.org; not@this.net"
	fmt.Println(re.FindAllStringSubmatch(text, -1))
	fmt.Println(re.ReplaceAllString(text, "<$2:$1>"))
	fmt.Println(regexp.MustCompile(`^(a+)+$`).MatchString(strings.Repeat("a", 1000) + "b"))
	fmt.Println(regexp.MustCompile(`[^a-z]+|\d{2,3}`).Split("ab12cd  345ef6gh", -1))
	_, err := regexp.Compile("(")
	fmt.Println(err)
}

func numbers() {
	for _, f := range []float64{0.1, 1e21, 1.0 / 3, math.Pi, 5e-324, math.Inf(-1), math.NaN(), math.Copysign(0, -1)} {
		fmt.Print(f, " ", strconv.FormatFloat(f, 'e', 20, 64), " ", strconv.FormatFloat(f, 'g', -1, 32), " | ")
	}
	fmt.Println()
	for _, s := range []string{"1e-400", "0x1.8p3", "12345678901234567890", "inf", "1_000", "abc"} {
		f, err := strconv.ParseFloat(s, 64)
		fmt.Print(f, " ", err, "; ")
	}
	fmt.Println()
	fmt.Println(math.Sqrt(2), math.Sin(1), math.Exp(1.5), math.Pow(2.5, 3.5), math.Log(10), math.Floor(-1.5), math.FMA(1.1, 2.2, 3.3), math.Hypot(3, 4))
	big := int64(math.MaxInt64)
	fmt.Println(big/3, big%1000003, uint64(1)<<63, -7/2, -7%3, uint32(len(os.Args)<<31)*3, int8(-128)/int8(len(os.Args)-2))
	fmt.Printf("%v %+v %#v %T %q %x %08.3f %-5d| %+d %e %t %c %U %p\n", item{}.Tags, struct{ A, B int }{1, 2}, []string{"a"}, 1.5, "q\n", "hex", 3.14159, 42, 7, 12345.678, true, 'ß', 0x1F600, nil)
	c := complex(1, 2)
	fmt.Println(c*c, real(c/complex(0, 1)))
}

func main() {
	files()
	jsons()
	packing()
	regexps()
	numbers()
	scanner := bufio.NewScanner(os.Stdin)
	total := 0
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	for scanner.Scan() {
		var name string
		var n int
		_, err := fmt.Sscan(scanner.Text(), &name, &n)
		check(err)
		total += n
		fmt.Fprintf(w, "%s\t%d\t\n", name, n)
	}
	check(w.Flush())
	fmt.Println(total)
	t := template.Must(template.New("t").Parse("{{range $i, $e := .}}{{if $i}}, {{end}}{{$e.Name | printf \"%q\"}}{{end}}\n"))
	check(t.Execute(os.Stdout, []item{{Name: "x"}, {Name: "y"}}))
	day := time.Date(2024, time.February, 29, 12, 34, 56, 789, time.UTC)
	fmt.Println(day.Format(time.RFC1123), day.AddDate(1, 0, 0).Weekday(), day.Unix(), day.Add(36*time.Hour).YearDay())
	d, err := time.ParseDuration("1h15m30.918s")
	fmt.Println(d, err, d.Round(time.Minute))
	words := strings.Fields("pear apple fig banana kiwi")
	sort.Slice(words, func(i, j int) bool { return len(words[i]) < len(words[j]) || len(words[i]) == len(words[j]) && words[i] < words[j] })
	fmt.Println(words, strings.Map(func(r rune) rune { return r + 1 }, "HAL"), strings.ToUpper("grüße"), strings.EqualFold("Straße", "STRASSE"))
	fmt.Println(os.Args[1:], len(os.Environ()), os.Getpid() > 0)
}
