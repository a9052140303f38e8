package replay

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"hotspot-helper/internal/redact"
	"hotspot-helper/portal"
)

// masker collects texts to remove from a case and replaces each by a text of the same form,
// the same everywhere.
type masker struct {
	key   []byte // of the replacements: random, so that they cannot be reversed
	pairs map[string]string
	any   map[string]bool   // pairs of which other cases are replaced, too
	words map[string]string // replaced only as whole words
	typed bool              // every input is masked
	fakes []string          // that look like tokens, and are none
	macs  map[string]int    // hardware addresses in lower-case hex, numbered
}

func newMasker() *masker {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return &masker{key: key, pairs: map[string]string{}, any: map[string]bool{}, words: map[string]string{}, macs: map[string]int{}}
}

// shortest is the minimum length of a text to replace anywhere: a shorter one would be found
// everywhere by accident.
const shortest = 4

// input replaces an input by its fake and returns the fake. A short input that is not secret
// is replaced only as a whole word, and not at all if it is a number.
func (m *masker) input(name string, value portal.Value, fake string) string {
	text := value.Reveal()
	if fake == "" {
		fake = "fake-" + name
	}
	switch {
	case text == "", !m.typed && !value.IsSecret() && len(text) < shortest && strings.Trim(text, "0123456789") == "":
		return text
	case !value.IsSecret() && len(text) < shortest:
		m.words[text] = fake
	default:
		m.pairs[text], m.any[text] = fake, value.IsSecret() || m.typed
	}
	return fake
}

// scan finds tokens and hardware addresses in a case.
func (m *masker) scan(c *Case) {
	for _, hop := range c.Hops {
		m.address(hop.URL)
		m.response(hop.Response)
	}
	for _, answer := range c.Answers {
		m.address(answer.url)
		m.response(answer.Response)
	}
	m.address(c.Portal)
	m.address(c.API)
	for _, value := range c.Session {
		m.session(value)
	}
	for _, text := range c.texts() {
		m.hardware(text)
	}
}

// client replaces the client's addresses by ones for documentation (RFC 5737, RFC 3849).
func (m *masker) client(own []netip.Prefix) {
	for i, prefix := range own {
		fake := fmt.Sprintf("2001:db8::%d", 50+i)
		if prefix.Addr().Is4() {
			fake = fmt.Sprintf("192.0.2.%d", 50+i%200)
		}
		m.pairs[prefix.Addr().String()] = fake
	}
}

// replacer returns a function that replaces all collected texts in every spelling, the
// longest first.
func (m *masker) replacer() func(string) string {
	targets := make([]redact.Target, 0, len(m.pairs))
	for _, text := range slices.Sorted(maps.Keys(m.pairs)) {
		targets = append(targets, redact.Target{Text: text, Replacement: m.pairs[text], Exact: !m.any[text]})
	}
	replace := redact.New(targets).Redact
	if len(m.words) == 0 {
		return replace
	}
	alone := regexp.MustCompile(`[\pL\pN]+`)
	return func(text string) string {
		return alone.ReplaceAllStringFunc(replace(text), func(word string) string {
			if fake, ok := m.words[word]; ok {
				return fake
			}
			return word
		})
	}
}
