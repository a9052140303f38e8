package replay

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"hotspot-helper/portal"
)

// masker collects what to take out of a case, and puts something of the same form in
// its place, the same everywhere.
type masker struct {
	key   []byte // of the stand-ins: without it nobody finds back what they stand for
	pairs map[string]string
	words map[string]string // replaced only where they stand alone
	macs  map[string]int    // hardware addresses in lower-case hex, numbered as they come
}

func newMasker() *masker {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // it never fails
	return &masker{key: key, pairs: map[string]string{}, words: map[string]string{}, macs: map[string]int{}}
}

// shortest is the length of the shortest text that is looked for within others: a shorter
// one would be found everywhere by accident.
const shortest = 4

// input has an input replaced by its fake, which it returns: a short one that is no secret
// only where it is a word of its own, and not at all where it is no more than a number.
func (m *masker) input(name string, value portal.Value, fake string) string {
	text := value.Reveal()
	if fake == "" {
		fake = "fake-" + name
	}
	switch {
	case text == "", !value.IsSecret() && len(text) < shortest && strings.Trim(text, "0123456789") == "":
		return text
	case !value.IsSecret() && len(text) < shortest:
		m.words[text] = fake
	default:
		m.pairs[text] = fake
	}
	return fake
}

// look finds tokens, hardware addresses and the client's own address in a case.
func (m *masker) look(c *Case) {
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

// client has the client's own addresses replaced by ones for documentation (RFC 5737, RFC 3849).
func (m *masker) client(own []netip.Prefix) {
	for i, prefix := range own {
		fake := fmt.Sprintf("2001:db8::%d", 50+i)
		if prefix.Addr().Is4() {
			fake = fmt.Sprintf("192.0.2.%d", 50+i%200)
		}
		m.pairs[prefix.Addr().String()] = fake
	}
}

// replacer returns a function that puts all that was collected out of a text, in every
// spelling, the longest first.
func (m *masker) replacer() func(string) string {
	spelled := map[string]string{}
	for text, fake := range m.pairs {
		for _, spell := range spellings() {
			if found := spell(text); spelled[found] == "" {
				spelled[found] = spell(fake)
			}
		}
	}
	order := make([]string, 0, len(spelled))
	for text := range spelled {
		order = append(order, text)
	}
	slices.SortFunc(order, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	var oldnew []string
	for _, text := range order {
		oldnew = append(oldnew, text, spelled[text])
	}
	replace := strings.NewReplacer(oldnew...).Replace
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
