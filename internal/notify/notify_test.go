package notify

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Cafe Lumen":                     "Cafe Lumen",
		"two\r\nlines\x1b[2J \x00 end\n": "two lines [2J   end",
		"'a  b '":                        "'a  b '",
		"\u202egnp.exe":                  "gnp.exe",
		"a\u2028b\ufeffc":                "a b c",
		"\xff\xfeX":                      "X",
		"<b>&amp;</b>":                   "<b>&amp;</b>",
		"Ünïcödé 👍":                      "Ünïcödé 👍",
		"":                               "",
		strings.Repeat("x", 21):          strings.Repeat("x", 20) + "…",
		strings.Repeat("x", 20):          strings.Repeat("x", 20),
		strings.Repeat("\x01", 10<<20):   "…",
	} {
		if got := line(text, 20); got != want {
			t.Errorf("%.40q is %q, want %q", text, got, want)
		}
	}
}

// A desktop gets as much as it can show, and as text.
func TestMessage(t *testing.T) {
	t.Parallel()
	n := Notification{
		Summary: "Sign in to <i>Cafe</i>",
		Body:    []string{"A & B", "", "two\nlines"},
		Actions: []Action{{"open", "Sign\x1bin"}, {"no", "Not here"}},
		Default: "open",
		Instead: []string{"Run: helper open"},
	}
	actions := "default|Sign in|open|Sign in|no|Not here"
	for name, c := range map[string]struct {
		can                    capabilities
		summary, body, actions string
	}{
		"all":     {capabilities{true, true, true}, n.Summary, "A &amp; B\ntwo lines", actions},
		"plain":   {capabilities{true, true, false}, n.Summary, "A & B\ntwo lines", actions},
		"mute":    {capabilities{false, true, true}, n.Summary, "A &amp; B\ntwo lines\nRun: helper open", ""},
		"nothing": {capabilities{}, n.Summary + ": A & B two lines Run: helper open", "", ""},
	} {
		m := n.message(c.can)
		if got := strings.Join(m.actions, "|"); m.summary != c.summary || m.body != c.body || got != c.actions {
			t.Errorf("%s: %q, %q, %q", name, m.summary, m.body, got)
		}
	}
}

// Megabytes from a network cost no more than kilobytes.
func TestMessageIsBounded(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("<\x00é", 10<<20)
	n := Notification{Summary: huge}
	for range 100 {
		n.Body = append(n.Body, huge)
		n.Actions = append(n.Actions, Action{"a", huge})
	}
	began := time.Now()
	m := n.message(capabilities{true, true, true})
	if size := len(m.summary) + len(m.body) + len(strings.Join(m.actions, "")); size > 64<<10 || !utf8.ValidString(m.body) {
		t.Errorf("%d bytes after %v", size, time.Since(began))
	}
}
