package flow

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// decoders returns what a query may do to a body before it looks; false: it cannot be read so.
func decoders() map[string]func(text string) (string, bool) {
	return map[string]func(string) (string, bool){
		"base64":  unbase64,
		"hex":     unhex,
		"jsonp":   unjsonp,
		"percent": func(text string) (string, bool) { return unpercent(text), true },
	}
}

func decoderNames() []string { return slices.Sorted(maps.Keys(decoders())) }

// decoded applies decoders from the left to the right; the text is empty where one cannot read it.
func decoded(text string, names []string) string {
	for _, name := range names {
		plain, ok := decoders()[name](text)
		if !ok {
			return ""
		}
		text = plain
	}
	return text
}

// behind says in words that a source looks behind decoders.
func behind(decode []string) string {
	if len(decode) == 0 {
		return ""
	}
	return " behind " + strings.Join(decode, ", ")
}

// unbase64 reads both alphabets, with and without padding, and over line ends.
func unbase64(text string) (string, bool) {
	plain, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer(
		"-", "+", "_", "/", "=", "", " ", "", "\t", "", "\r", "", "\n", "").Replace(text))
	return string(plain), err == nil
}

func unhex(text string) (string, bool) {
	plain, err := hex.DecodeString(strings.TrimSpace(text))
	return string(plain), err == nil
}

// unjsonp returns the arguments of the one call that a JSONP answer is: name(…);
func unjsonp(text string) (string, bool) {
	_, rest, ok := strings.Cut(text, "(")
	end := strings.LastIndexByte(rest, ')')
	if !ok || end < 0 {
		return "", false
	}
	return rest[:end], true
}

// unpercent reads percent-encoded bytes, as decodeURIComponent does. What is none stays.
func unpercent(text string) string {
	var b strings.Builder
	for text != "" {
		if text[0] == '%' {
			if n, ok := hexDigits(text, 1, 3); ok {
				b.WriteByte(byte(n))
				text = text[3:]
				continue
			}
		}
		b.WriteByte(text[0])
		text = text[1:]
	}
	return b.String()
}
