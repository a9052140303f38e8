package resident

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fileMemory is how much of files this process has in memory, in kB.
func fileMemory(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`RssFile:\s*(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("no RssFile: %s", status)
	}
	kB, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kB
}

var touched int

// The pages of the program are gone, and come back as they were.
func TestRelease(t *testing.T) {
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	touched += len(fmt.Sprint(regexp.MustCompile(`a+`).FindAll(program[:4096], -1)))
	before := fileMemory(t)
	if err := Release(); err != nil {
		t.Fatal(err)
	}
	if after := fileMemory(t); after > before*3/4 {
		t.Errorf("%d kB of files are in memory, %d kB before", after, before)
	}
	if !regexp.MustCompile(`^a+$`).MatchString("aaa") {
		t.Error("the program is another one")
	}
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	const list = `00400000-00c3c000 r-xp 00000000 fe:00 123                                /usr/bin/helper (deleted)
Size:               8432 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
00c3c000-01461000 r--p 0083c000 fe:00 123                                /usr/bin/helper
Anonymous:             4 kB
01461000-01598000 rw-p 01061000 fe:00 123                                /usr/bin/helper
Anonymous:             0 kB
3cf6f8000000-3cf6f8c00000 r--p 00000000 00:00 0
Anonymous:             0 kB
b8600000-b8601000 r--p 00000000 fe:00 9                          /lib/x.so
Anonymous:             0 kB
7fad38768000-7fad3876c000 r--p 00000000 00:00 0                          [vvar]
Anonymous:             0 kB
nonsense-7fad3876c000 r--p 00000000 fe:00 9 x
Anonymous:             0 kB
`
	want := []mapping{{0x400000, 0xc3c000}, {0xb8600000, 0xb8601000}}
	if diff := cmp.Diff(want, unchanged(list), cmp.AllowUnexported(mapping{})); diff != "" {
		t.Error(diff)
	}
	if found := unchanged(""); found != nil {
		t.Errorf("of nothing: %v", found)
	}
}
