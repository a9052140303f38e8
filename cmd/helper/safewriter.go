package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How a terminal is told to print in bold.
const (
	bold   = "\x1b[1m"
	normal = "\x1b[0m"
)

// attribute matches how a terminal is told to print in bold, faint or a colour: the worst that is not replaced.
var attribute = regexp.MustCompile(`^\x1b\[(0|1|2|3[1-7])m`)

// safeWriter keeps foreign text from controlling a terminal, whatever prints it: names of directories and interfaces, too.
// [printable] does the same for what is one line.
type safeWriter struct {
	to      io.Writer
	colour  bool   // attributes are written
	partial []byte // of a character whose end is still to come
}

// Write writes text with what is unsafe replaced.
func (w *safeWriter) Write(p []byte) (int, error) {
	text := append(w.partial, p...)
	w.partial = nil
	var b bytes.Buffer
	for len(text) > 0 {
		if !utf8.FullRune(text) {
			w.partial = bytes.Clone(text)
			break
		}
		r, size := utf8.DecodeRune(text)
		switch {
		case w.colour && attribute.Match(text):
			size = len(attribute.Find(text))
			b.Write(text[:size])
		case strings.ContainsRune("\n\t", r):
			b.WriteRune(r)
		case isControl(r):
			b.WriteRune(unicode.ReplacementChar)
		default:
			b.WriteRune(r) // bytes that are no text are replaced, too
		}
		text = text[size:]
	}
	if _, err := w.to.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}
