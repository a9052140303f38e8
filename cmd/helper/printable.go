package main

import (
	"fmt"
	"strings"
	"unicode"
)

// isControl reports whether a character controls a terminal: a control character, or one
// that changes the direction of text.
func isControl(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// printable replaces what makes foreign text unsafe in one line of a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// printableLines is printable for text of several lines.
func printableLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		content, ended := strings.CutSuffix(line, "\n")
		b.WriteString(printable(content))
		if ended {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// escaped makes JSON safe for a terminal: it escapes control characters, which JSON
// allows in strings.
func escaped(json string) string {
	var b strings.Builder
	for _, r := range json {
		if r != '\n' && isControl(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
