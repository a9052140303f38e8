package replay

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/netip"
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
	made  func(string) bool // likewise, by what the flow made; may be nil
	macs  map[string]int    // hardware addresses in lower-case hex, numbered
	over  bool              // there is more to replace than a case may have: some of it is not in pairs
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
		m.add(text, fake, value.IsSecret() || m.typed)
	}
	return fake
}

// maxTargets is the maximum number of texts to replace: a page may be full of tokens, and
// each costs memory in the replacer.
const maxTargets = 2000

// leftOut stands for a body that is not in a case, because it is too large or has too much
// to mask.
const leftOut = "[left out]"

// errTooMuch says that a case would have more to mask than it may.
var errTooMuch = errors.New("mask case: too many tokens, or URLs too deep in each other")

// add replaces a text, unless there are too many.
func (m *masker) add(text, fake string, otherCases bool) {
	if _, known := m.pairs[text]; !known && len(m.pairs) >= maxTargets {
		m.over = true
		return
	}
	m.pairs[text], m.any[text] = fake, otherCases
}

// scan finds tokens and hardware addresses in a case. It removes headers and bodies with
// too many of them. What it found there is replaced elsewhere.
func (m *masker) scan(ctx context.Context, c *Case) error {
	m.facts(c)
	if m.over {
		return errTooMuch
	}
	responses := c.responses()
	for _, r := range responses {
		if m.header(r); m.over {
			r.Header, m.over = nil, false
		}
	}
	for _, r := range responses {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("mask case: %w", err)
		}
		if m.body(r.data); m.over {
			r.data, m.over = []byte(leftOut), false
		}
	}
	return nil
}

// facts finds tokens and hardware addresses outside of headers and bodies.
func (m *masker) facts(c *Case) {
	for _, hop := range c.Hops {
		m.address(hop.URL, 1)
	}
	for _, answer := range c.Answers {
		m.address(answer.url, 1)
	}
	m.address(c.Portal, 1)
	m.address(c.API, 1)
	for _, value := range c.Session {
		m.session(value)
	}
	c.rewriteFacts(func(text string) string {
		m.hardware(text)
		return text
	})
}

// client replaces the client's addresses by ones for documentation (RFC 5737, RFC 3849).
func (m *masker) client(own []netip.Prefix) {
	for i, prefix := range own {
		fake := fmt.Sprintf("2001:db8::%d", 50+i)
		if prefix.Addr().Is4() {
			fake = fmt.Sprintf("192.0.2.%d", 50+i%200)
		}
		m.add(prefix.Addr().String(), fake, false)
	}
}

// replacer returns a function that replaces all collected texts in every spelling, the
// longest first.
func (m *masker) replacer() func(string) string {
	targets := make([]redact.Target, 0, len(m.pairs)+len(m.words))
	for _, text := range slices.Sorted(maps.Keys(m.pairs)) {
		targets = append(targets, redact.Target{Text: text, Replacement: m.pairs[text], Exact: !m.any[text]})
	}
	for _, text := range slices.Sorted(maps.Keys(m.words)) {
		targets = append(targets, redact.Target{Text: text, Replacement: m.words[text], Word: true, Exact: true})
	}
	return redact.New(targets).Redact
}
