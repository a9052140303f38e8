package main

import (
	"fmt"
	"strings"
	"unicode"
)

// steers says whether a terminal would obey the character instead of showing it:
// a control character, or one that turns the direction of the text after it.
func steers(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// printable makes foreign text safe for one line of a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if steers(r) {
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

// escaped makes JSON safe for a terminal. JSON has such characters in strings
// only, and lets most of them stand there as they are.
func escaped(json string) string {
	var b strings.Builder
	for _, r := range json {
		if r != '\n' && steers(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
