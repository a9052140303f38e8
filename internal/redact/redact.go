// Package redact masks secrets in texts that a portal wrote. It does not list the ways in
// which a secret may be spelled. It decodes the text, looks for the secret in what comes out,
// and masks the part of the text that this came from.
//
// A text may have been cut before: [Cut] marks the place. The beginning of a secret before it is
// masked too.
package redact

import (
	"cmp"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// Mask stands for what is masked.
	Mask = "[redacted]"
	// Cut marks where a text was cut.
	Cut = "…"
)

// Target is a text to mask.
type Target struct {
	Text        string
	Replacement string // in the spelling that was found; empty: Mask
	// Word limits it to places where neither letter nor digit stands beside it, except in
	// base64 and hex.
	Word bool
	// Exact limits it to its own upper and lower case, and to its own direction.
	Exact bool
}

// Masker masks targets. It does not change, and may be used from any goroutine. Its zero
// value masks nothing. The targets are in a closure, so that no formatter prints them.
type Masker struct {
	find func(text string, ends ending) []hit
}

// New returns a masker of targets. It ignores empty ones.
func New(targets []Target) Masker {
	m := newMatcher(targets)
	if m == nil {
		return Masker{}
	}
	return Masker{func(text string, ends ending) []hit { return m.find(text, ends, 0) }}
}

// Contains reports whether a target is in the text, in any spelling.
func (m Masker) Contains(text string) bool { return m.find != nil && len(m.find(text, whole)) > 0 }

// Redact returns the text with all targets masked, in any spelling, and their beginnings before a [Cut].
func (m Masker) Redact(text string) string {
	if m.find == nil {
		return text
	}
	return replace(text, m.find(text, marked))
}

// ending is where the beginning of a target counts as the target.
type ending uint8

const (
	whole  ending = iota // nowhere
	marked               // before a Cut
	cutOff               // and at the end of the text, of what is packed in another one
)

// hit is a part of a text to replace.
type hit struct {
	from, to int
	by       string
}

// replace replaces the hits. Of hits that overlap, the first and longest one replaces all.
func replace(text string, hits []hit) string {
	if len(hits) == 0 {
		return text
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Or(a.from-b.from, b.to-a.to) })
	var out strings.Builder
	done := 0
	for i := 0; i < len(hits); {
		from, to, by := hits[i].from, hits[i].to, hits[i].by
		for i++; i < len(hits) && hits[i].from < to; i++ {
			to = max(to, hits[i].to)
		}
		out.WriteString(text[done:from])
		out.WriteString(by)
		done = to
	}
	out.WriteString(text[done:])
	return out.String()
}

// respell returns what replaces the target: its fake as the target was spelled in the text.
func (n *needle) respell(decoded, found string) string {
	replacement := n.target.Replacement
	if replacement == "" {
		return Mask
	}
	if n.reversed {
		replacement = reverse(replacement)
	}
	if target := n.target.Text; target != strings.ToUpper(target) && decoded == strings.ToUpper(decoded) {
		replacement = strings.ToUpper(replacement)
	}
	return escapeLike(replacement, decoded, found)
}

// escapeLike escapes a text as another one was escaped.
func escapeLike(text, decoded, found string) string {
	switch {
	case found == decoded:
		return text
	case strings.Contains(found, "%"):
		text = url.QueryEscape(text)
		if !strings.Contains(found, "+") {
			text = strings.ReplaceAll(text, "+", "%20")
		}
		return text
	case strings.Contains(found, "&"):
		return html.EscapeString(text)
	case strings.Contains(found, `\`):
		quoted := strconv.Quote(text)
		return quoted[1 : len(quoted)-1]
	}
	return text
}

func reverse(text string) string {
	runes := []rune(text)
	slices.Reverse(runes)
	return string(runes)
}
