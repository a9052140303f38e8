package claims

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"path"

	"hotspot-helper/internal/web"
)

// ErrNoCondition is the mistake of a claim that would claim every network.
var ErrNoCondition = errors.New("no condition: name at least an ssid, a bssid or a portal_path")

// compile checks a rule and compiles it. The error joins all mistakes.
func (s Spec) compile(number int, shared *shared) (rule, error) {
	c := compiler{rule: rule{number: number}, shared: shared}
	var err error
	if c.rule.confidence, err = ParseConfidence(s.Confidence); s.Confidence == "" {
		err = errors.New("confidence is missing: say none, low, medium or high")
	}
	c.note(err)
	c.onSSID(s)
	c.onBSSID(s)
	c.onSecurity(s.Security)
	c.onEvidence(s)
	c.onIdentity(s.Network)
	c.onAnswer(s)
	if c.rule.confidence > Low && !s.byEvidence() && !c.vendors {
		c.rule.confidence = Low
	}
	if c.rule.keys == "" {
		c.note(ErrNoCondition)
	}
	return c.rule, errors.Join(c.errs...)
}

// shared is what the claims of a pack share.
type shared struct {
	patterns *web.Patterns
	read     func(file string) ([]byte, error)
	lists    map[[2]string]*byteSet // by key and file; nil: it has mistakes
	size     int                    // bytes of their files
	values   int                    // of them
}

// list returns the set of a list file, which it reads once for each key. It reports the mistakes the first time.
func (s *shared) list(key, file string, parse func(line []byte) ([]byte, error)) (*byteSet, error) {
	name := [2]string{key, file}
	if set, known := s.lists[name]; known || s.size > MaxList || s.values > maxValues {
		return set, nil
	}
	s.lists[name] = nil
	data, err := s.read(file)
	if s.size += len(data); err == nil && s.size > MaxList {
		err = fmt.Errorf("the lists of the pack have more than %d bytes together", MaxList)
	}
	if err != nil {
		return nil, ListError{File: file, Err: err}
	}
	s.lists[name], err = newList(file, data, &s.values, parse)
	return s.lists[name], err
}

// compiler collects the conditions of one rule and what is wrong with it.
type compiler struct {
	rule   rule
	shared *shared
	errs   []error

	vendors bool // a list of addresses is one of vendors, or of single access points
}

func (c *compiler) note(err error) {
	if err != nil {
		c.errs = append(c.errs, err)
	}
}

// addKey adds the key of a condition. Many packs are in memory, so it is no list.
func (c *compiler) addKey(key string) {
	if c.rule.keys != "" {
		key = c.rule.keys + ", " + key
	}
	c.rule.keys = key
}

func (c *compiler) patterns(key string, texts []string) []pattern {
	return parseAll(c, key, texts, func(text string) (pattern, error) { return parsePattern(c.shared.patterns, text) })
}

func parseAll[T any](c *compiler, key string, texts []string, parse func(string) (T, error)) []T {
	values := make([]T, 0, len(texts))
	for _, text := range texts {
		if c.shared.patterns.IsFull() {
			break
		}
		value, err := parse(text)
		if err != nil {
			c.note(fmt.Errorf("%s: %w", key, err))
			continue
		}
		values = append(values, value)
	}
	return values
}

// list reads a list file; nil if the claim names none.
func (c *compiler) list(key, file string, parse func(line []byte) ([]byte, error)) *byteSet {
	if file == "" {
		return nil
	}
	if path.Base(file) != file || !fs.ValidPath(file) || file == "." {
		c.note(fmt.Errorf("%s: want the name of a file beside pack.toml, not %q", key, file))
		return nil
	}
	set, err := c.shared.list(key, file, parse)
	c.note(err)
	return set
}

func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("parse prefix %q: want an address or a prefix like 10.0.0.0/8", text)
	}
	return prefix.Masked(), nil
}
