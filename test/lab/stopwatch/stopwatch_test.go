package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTable(t *testing.T) {
	runs := `
{"peer":"a","network":"open","reports":[{"verdict":"limited","after":5},{"verdict":"full","after":310},{"verdict":"full","after":900}],"traffic":{"packets":12,"bytes":400,"names":1,"connects":2,"requests":3}}
{"peer":"a","network":"dead","reports":null,"traffic":{}}
{"peer":"b","network":"open","reports":[{"verdict":"full","after":300}],"traffic":{"packets":1}}
{"peer":"b","network":"open","reports":[{"verdict":"limited","after":9}],"traffic":{"packets":2}}
{"peer":"b","network":"open","reports":[{"verdict":"full","after":200}],"memory_kib":1000,"traffic":{"packets":3}}
`
	var out strings.Builder
	if err := table(strings.NewReader(runs), &out, "100"); err != nil {
		t.Fatal(err)
	}
	want := `Verdict, milliseconds, round trips of 100 ms:

| network | a | b |
|---|---|---|
| open | limited → full 310, 3.1 | 2 × full, 1 × limited 300, 3.0 |
| dead | nothing | – |

Names asked for / connections tried / requests, packets, bytes:

| network | a | b |
|---|---|---|
| open | 1 / 2 / 3, 12, 400 | 0 / 0 / 0, 3, 0 |
| dead | 0 / 0 / 0, 0, 0 | – |

Peak resident memory, MB:

|  | a | b |
|---|---|---|
| peak | 0.0 | 1.0 |
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestNote(t *testing.T) {
	s, err := parse([]string{"-verdict", `state is (\d)`, "-name", "2=portal", "true"})
	if err != nil {
		t.Fatal(err)
	}
	var m measurement
	start := time.Now()
	for after, text := range map[time.Duration]string{50: "state is 2", 60: "no state"} {
		s.note(line{text, start.Add(after * time.Millisecond)}, start, &m)
	}
	if got := fmt.Sprint(m.Reports); got != "[{portal 50}]" {
		t.Errorf("got %s", got)
	}
}

func TestDissect(t *testing.T) {
	packet := func(protocol byte, payload ...byte) []byte {
		b := make([]byte, 20, 80)
		b[0], b[9] = 0x45, protocol
		copy(b[12:], []byte{10, 7, 7, 2, 198, 18, 0, 1})
		b = append(b, payload...)
		b[3] = byte(len(b))
		return b
	}
	tcp := func(flags byte, data string) []byte {
		head := make([]byte, 20)
		head[1], head[3], head[12], head[13] = 9, 80, 0x50, flags
		return append(head, data...)
	}
	for want, b := range map[string][]byte{
		"syn 198.18.0.1:80":     packet(6, tcp(2, "")...),
		"request 198.18.0.1:80": packet(6, tcp(0x18, "GET / HTTP/1.1\r\n")...),
		"data 3 198.18.0.1:80":  packet(6, tcp(0x18, "abc")...),
		"hello 198.18.0.1:80":   packet(6, tcp(0x18, "\x16\x03\x01\x00\xc0\x01")...),
		"fin 198.18.0.1:80":     packet(6, tcp(0x11, "")...),
		"name 198.18.0.1:53":    packet(17, 0, 9, 0, 53, 0, 8, 0, 0),
		"broken 198.18.0.1:80":  packet(6, tcp(2, "")[:13]...),
	} {
		p, ok := dissect(b, true)
		if got := fmt.Sprint(p.what, " ", p.far); !ok || got != want {
			t.Errorf("got %s, %t; want %s", got, ok, want)
		}
		for n := range b {
			if _, ok := dissect(b[:n], true); ok {
				t.Errorf("%s: took %d of %d bytes", want, n, len(b))
			}
		}
	}
}
