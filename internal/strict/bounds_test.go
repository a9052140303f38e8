package strict

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// hostileFiles are small files that cost a decoder much more than their size.
func hostileFiles() map[string]string {
	const size = 32 << 10
	fill := func(head, part, tail string) string {
		return head + strings.Repeat(part, (size-len(head)-len(tail))/len(part)) + tail
	}
	var numbered, claims strings.Builder
	for i := 0; numbered.Len() < size; i++ {
		fmt.Fprintf(&numbered, "%sk%d=1\n", strings.Repeat("a.", 200), i)
		fmt.Fprintf(&claims, "[[claim]]\nx%d=1\n", i)
	}
	key := strings.Repeat("k", size/2)
	return map[string]string{
		"inline tables":          fill("", "a={", ""),
		"closed inline tables":   strings.Repeat("a={", 5000) + strings.Repeat("}", 5000),
		"arrays":                 fill("a=", "[", ""),
		"closed arrays":          "a=" + strings.Repeat("[", 10000) + strings.Repeat("]", 10000),
		"mixed":                  "a=" + strings.Repeat("[{a=", 5000),
		"dotted key":             fill("a", ".a", "=1"),
		"dotted keys":            numbered.String(),
		"dotted quoted keys":     fill("a", `."a"`, "=1"),
		"dotted header":          fill("[a", ".a", "]"),
		"dotted array of tables": fill("[[a", ".a", "]]"),
		"headers":                fill("", "[a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z]\n", ""),
		"dotted inline tables":   fill("", "a={a.a.a.a=", ""),
		"long key, many below":   "[" + key + "]\n" + strings.Repeat("a=1\n", size/8),
		"long key, many tables":  fill("", "[["+strings.Repeat("k", 1000)+"]]\n", ""),
		"unknown keys":           claims.String(),
		"repeated key":           "[" + strings.Repeat("a.", 28) + "a]\n" + strings.Repeat("a=1\n", 250_000),
		"many values":            "a=[" + strings.Repeat("1,", 500_000) + "]",
		"many empty tables":      "a=[" + strings.Repeat("{},", 300_000) + "]",
		"many tables":            strings.Repeat("[[b]]\n", 170_000),
		"many headers":           strings.Repeat("[[claim]]\n", 100_000),
	}
}

// inChild marks the process that decodes one hostile file.
const inChild = "STRICT_TEST_FILE"

// Small files do not cost much memory: neither in depth, nor in length of keys, nor in number
// of values or mistakes.
func TestMemoryIsBounded(t *testing.T) {
	const most = 150 << 20 // bytes allocated in all
	if name := os.Getenv(inChild); name != "" {
		limit := syscall.Rlimit{Cur: 4 << 30, Max: 4 << 30}
		if err := syscall.Setrlimit(syscall.RLIMIT_AS, &limit); err != nil {
			t.Fatal(err)
		}
		var into struct {
			A      any `toml:"a"`
			Claims []struct {
				Name string   `toml:"name"`
				More []string `toml:"more"`
			} `toml:"claim"`
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Decode("pack.toml", []byte(hostileFiles()[name]), &into)
		runtime.ReadMemStats(&after)
		used := after.TotalAlloc - before.TotalAlloc
		t.Logf("%d kB, %.100s", used>>10, fmt.Sprint(err))
		if used > most {
			t.Errorf("%d MiB", used>>20)
		}
		if n := len(fmt.Sprint(err)); n > 64<<10 {
			t.Errorf("an error of %d bytes", n)
		}
		return
	}
	for name := range hostileFiles() {
		child := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=1m")
		child.Env = append(os.Environ(), inChild+"="+name, "GOMEMLIMIT=1GiB")
		if output, err := child.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%.1000s", name, err, output)
		} else if testing.Verbose() {
			t.Logf("%s: %s", name, output)
		}
	}
}
