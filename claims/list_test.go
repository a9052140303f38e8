package claims

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/wifi"
)

// listed returns a function that reads one list file.
func listed(text string) func(string) ([]byte, error) {
	return func(file string) ([]byte, error) {
		if file != "list.txt" {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}
}

func TestListFiles(t *testing.T) {
	t.Parallel()
	const names = "\ufeff# Lumen's\nCafe Lumen\r\n\nCaf\\xe9 \\\\ 2\n\\x23 hash\nCafe Lumen\nend\\x20"
	const addresses = "# vendor\n02:00:5e\n04-11-22-33-44-55\n  ff  "
	tests := []struct {
		name string
		spec Spec
		text string
		n    wifi.Network
		want int // specificity; 0: not claimed
	}{
		{"a name", Spec{SSIDFile: "list.txt"}, names, wifi.Network{SSID: "Cafe Lumen"}, weightExact},
		{"bytes", Spec{SSIDFile: "list.txt"}, names, wifi.Network{SSID: "Caf\xe9 \\ 2"}, weightExact},
		{"a hash", Spec{SSIDFile: "list.txt"}, names, wifi.Network{SSID: "# hash"}, weightExact},
		{"the last line", Spec{SSIDFile: "list.txt"}, names, wifi.Network{SSID: "end "}, weightExact},
		{"a comment is no name", Spec{SSIDFile: "list.txt"}, names, wifi.Network{SSID: "# Lumen's"}, 0},
		{"part of a name", Spec{SSIDFile: "list.txt"}, names, wifi.Network{SSID: "Cafe"}, 0},
		{"no name", Spec{SSIDFile: "list.txt"}, names, wifi.Network{}, 0},
		{"longer than any", Spec{SSIDFile: "list.txt"}, names, wifi.Network{SSID: wifi.SSID(strings.Repeat("x", 64))}, 0},
		{"beside the claim's own, more specific", Spec{SSIDFile: "list.txt", SSID: []string{"Cafe*"}}, names, wifi.Network{SSID: "Cafe Lumen"}, weightExact},
		{"beside the claim's own, less specific", Spec{SSIDFile: "list.txt", SSID: []string{"Cafe*"}}, names, wifi.Network{SSID: "Cafe"}, weightGlob},
		{"an address", Spec{BSSIDFile: "list.txt"}, addresses, wifi.Network{BSSs: []wifi.BSS{{}, {BSSID: wifi.BSSID{2, 0, 0x5e, 9, 9, 9}}}}, weightBSSID},
		{"a whole address", Spec{BSSIDFile: "list.txt"}, addresses, wifi.Network{BSSs: []wifi.BSS{{BSSID: wifi.BSSID{4, 0x11, 0x22, 0x33, 0x44, 0x55}}}}, weightBSSID},
		{"one byte", Spec{BSSIDFile: "list.txt"}, addresses, wifi.Network{BSSs: []wifi.BSS{{BSSID: wifi.BSSID{0xff}}}}, weightBSSID},
		{"another address", Spec{BSSIDFile: "list.txt"}, addresses, wifi.Network{BSSs: []wifi.BSS{{BSSID: wifi.BSSID{2, 0, 0x5f}}}}, 0},
		{"a network without access points", Spec{BSSIDFile: "list.txt"}, addresses, wifi.Network{SSID: "\x02\x00\x5e"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.spec.Confidence = "low"
			rules, err := Compile([]Spec{tt.spec}, listed(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			got := rules.Claim(t.Context(), NewFacts(tt.n, nil))
			if got.Specificity != tt.want || (got.Confidence == Low) != (tt.want > 0) {
				t.Errorf("got %+v, want %d", got, tt.want)
			}
		})
	}
}

func TestListMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		spec       Spec
		want       []string
	}{
		{
			"every line", "ok\nbad\\q\n\n trailing \n" + strings.Repeat("x", 33) + "\n\\x",
			Spec{SSIDFile: "list.txt"},
			[]string{
				`list.txt:2: parse SSID "bad\\q": a backslash starts \\ or \xNN`,
				`list.txt:4: parse SSID " trailing ": white space at the beginning or the end: if it belongs to the name, write it as \x20`,
				`list.txt:5: parse SSID "` + strings.Repeat("x", 33) + `": 33 bytes, at most 32`,
				`list.txt:6: parse SSID "\\x": a backslash starts \\ or \xNN`,
			},
		},
		{
			"addresses", "02:0\n020304\n02:03:04:05:06:07:08\n02.03\n",
			Spec{BSSIDFile: "list.txt"},
			[]string{
				`list.txt:1: parse BSSID prefix "02:0": want bytes like 02:00:5e`,
				`list.txt:2: parse BSSID prefix "020304": want bytes like 02:00:5e`,
				`list.txt:3: parse BSSID prefix "02:03:04:05:06:07:08": 7 bytes, at most 6`,
				`list.txt:4: parse BSSID prefix "02.03": want bytes like 02:00:5e`,
			},
		},
		{"empty", "# nothing\n", Spec{SSIDFile: "list.txt"}, []string{"list.txt: no line with a value"}},
		{"no such file", "", Spec{BSSIDFile: "other.txt"}, []string{"other.txt: file does not exist"}},
		{
			"elsewhere", "",
			Spec{SSIDFile: "../list.txt", BSSIDFile: "/etc/passwd"},
			[]string{
				`ssid_file: want the name of a file beside pack.toml, not "../list.txt"`,
				`bssid_file: want the name of a file beside pack.toml, not "/etc/passwd"`,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.spec.Confidence = "low"
			_, err := Compile([]Spec{tt.spec}, listed(tt.text))
			mistakes, ok := errors.AsType[SpecErrors](err)
			if !ok {
				t.Fatalf("error: %v", err)
			}
			if diff := cmp.Diff(tt.want, strings.Split(mistakes[0].Err.Error(), "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestListWithoutEndOfMistakes(t *testing.T) {
	t.Parallel()
	_, err := newList("list.txt", []byte(strings.Repeat("\\\n", maxListMistakes+7)), new(int), parseListedSSID)
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != maxListMistakes+1 || lines[maxListMistakes] != "list.txt: 7 more mistakes" {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

// Claims share the lists that they name: each is read once, also if it has mistakes, and kept once.
func TestListsAreShared(t *testing.T) {
	t.Parallel()
	reads := 0
	read := func(string) ([]byte, error) {
		reads++
		return []byte("Cafe\n02:00:5e"), nil
	}
	rules, err := Compile(slices.Repeat([]Spec{{Confidence: "low", SSIDFile: "list.txt"}}, 3), read)
	if err != nil {
		t.Fatal(err)
	}
	var sets []*byteSet
	for _, r := range rules.byName {
		clause, _ := r.network[0].clause()
		sets = append(sets, clause.sets...)
	}
	if sets = slices.Compact(sets); reads != 1 || len(sets) != 1 {
		t.Errorf("%d reads, %d sets", reads, len(sets))
	}
	index := newTableBuilder()
	for _, r := range rules.byName {
		index.add(0, r)
	}
	if table := index.build(); len(table.helpers.entries) != 2 {
		t.Errorf("%d entries in the index", len(table.helpers.entries))
	}
	_, err = Compile(slices.Repeat([]Spec{{Confidence: "low", BSSIDFile: "list.txt"}}, 3), read)
	if mistakes, _ := errors.AsType[SpecErrors](err); reads != 2 || len(mistakes) != 1 || mistakes[0].Number != 1 {
		t.Errorf("%d reads, %v", reads, err)
	}
}

// The lists of a pack are bounded together, in bytes and in values.
func TestListsTooLarge(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data  string
		files int
		want  string
	}{
		"one file":  {strings.Repeat("#", MaxList+1), 1, "claim 1: list0: the lists of the pack have more than 33554432 bytes together"},
		"two files": {strings.Repeat("#", MaxList-7) + "\nCafe", 3, "claim 2: list1: the lists of the pack have more than 33554432 bytes together"},
		"one list":  {strings.Repeat("a\n", maxValues+2), 1, "claim 1: list0:2000001: the lists of the pack have more than 2000000 values together"},
		"two lists": {"\n" + strings.Repeat("a\n", maxValues), 3, "claim 2: list1:2: the lists of the pack have more than 2000000 values together"},
	} {
		var specs []Spec
		for i := range test.files {
			specs = append(specs, Spec{Confidence: "low", SSIDFile: fmt.Sprint("list", i)})
		}
		reads := 0
		_, err := Compile(specs, func(string) ([]byte, error) {
			reads++
			return []byte(test.data), nil
		})
		if err == nil || err.Error() != test.want || reads != min(test.files, 2) {
			t.Errorf("%s: %d reads, error %v", name, reads, err)
		}
	}
}

func TestByteSet(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 3000 {
		lines = append(lines, fmt.Sprintf("name %d", i/3)) // each three times
	}
	set, err := newList("list.txt", []byte(strings.Join(lines, "\n")), new(int), parseListedSSID)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for member := range set.all {
		all = append(all, string(member))
	}
	if len(all) != 1000 || len(set.offsets.entries) != 1000 {
		t.Errorf("%d members at %d offsets, want 1000", len(all), len(set.offsets.entries))
	}
	for i := range 1100 {
		if name := fmt.Sprintf("name %d", i); set.has(name) != (i < 1000) || slices.Contains(all, name) != (i < 1000) {
			t.Errorf("%s: in the set %v, among its members %v", name, set.has(name), slices.Contains(all, name))
		}
	}
}

func FuzzListedSSIDs(f *testing.F) {
	f.Add("Cafe\nCaf\\xe9\n#\n\\x23\r\nend")
	f.Fuzz(func(t *testing.T, text string) {
		var want []string
		right := true
		for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
			line = strings.TrimSuffix(line, "\r")
			if line == "" || line[0] == '#' {
				continue
			}
			name, err := wifi.ParseSSID(line)
			right = right && err == nil && strings.TrimSpace(line) == line
			want = append(want, string(name))
		}
		set, err := newList("list.txt", []byte(text), new(int), parseListedSSID)
		if (err == nil) != (right && len(want) > 0) {
			t.Fatalf("error %v for %q", err, text)
		}
		if err != nil {
			return
		}
		for _, name := range want {
			if !set.has(name) {
				t.Errorf("%q is not in the set", name)
			}
		}
		count := 0
		for range set.all {
			count++
		}
		slices.Sort(want)
		if want = slices.Compact(want); count != len(want) {
			t.Errorf("%d members, want %q", count, want)
		}
	})
}
