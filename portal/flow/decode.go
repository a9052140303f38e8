package flow

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"hotspot-helper/internal/web"
)

// decoders returns the decoders of a query by name. They return false for invalid input.
func decoders() map[string]func(text string) (string, bool) {
	return map[string]func(string) (string, bool){
		"base64":  unbase64,
		"hex":     unhex,
		"jsonp":   unjsonp,
		"percent": func(text string) (string, bool) { return web.Unpercent(text), true },
	}
}

func decoderNames() []string { return slices.Sorted(maps.Keys(decoders())) }

// behind describes the decoders of a source.
func behind(decode []string) string {
	if len(decode) == 0 {
		return ""
	}
	return " behind " + strings.Join(decode, ", ")
}

// unbase64 decodes both alphabets, with or without padding, and ignores line ends.
func unbase64(text string) (string, bool) {
	plain, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer(
		"-", "+", "_", "/", "=", "", " ", "", "\t", "", "\r", "", "\n", "").Replace(text))
	return string(plain), err == nil
}

func unhex(text string) (string, bool) {
	plain, err := hex.DecodeString(strings.TrimSpace(text))
	return string(plain), err == nil
}

// unjsonp returns the arguments of the call in a JSONP response: name(…);
func unjsonp(text string) (string, bool) {
	_, rest, ok := strings.Cut(text, "(")
	end := strings.LastIndexByte(rest, ')')
	if !ok || end < 0 {
		return "", false
	}
	return rest[:end], true
}
