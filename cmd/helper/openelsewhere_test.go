package main

import (
	"net/netip"
	"strings"
	"testing"
)

// The way for another program has all that it needs, and a code only where it can be seen.
func TestPrintWay(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var out strings.Builder
		a := &app{env: env{stdout: &out, terminal: terminal, getenv: func(string) string { return "ada" }}}
		a.printWay("http://check.test/\x1b[2J", netip.MustParseAddrPort("127.0.0.1:4711"), "wlan0")
		text := out.String()
		for _, want := range []string{"It leads over wlan0,", "open       http://check.test/\ufffd[2J", "proxy      127.0.0.1:4711 ", "ssh -L 4711:127.0.0.1:4711 ada@"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
		if strings.Contains(text, "█") != terminal || strings.Contains(text, "\x1b") {
			t.Errorf("on a terminal %t:\n%s", terminal, text)
		}
	}
}
