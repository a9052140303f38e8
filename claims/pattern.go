package claims

import (
	"fmt"
	"regexp"
	"strings"

	"hotspot-helper/wifi"
)

// pattern is one name, or many: an exact name, a glob (* any octets, ? one
// octet), or a /regular expression/ (RE2, not anchored). In exact names and
// globs \xNN stands for an octet and \\ for a backslash, so \x2a is a star that
// means itself.
type pattern struct {
	text  string
	exact wifi.SSID // where regex is nil
	regex *regexp.Regexp
	kind  patternKind
}

type patternKind uint8

const (
	exactPattern patternKind = iota
	globPattern
	regexPattern
)

func parsePattern(text string) (pattern, error) {
	switch {
	case text == "":
		return pattern{}, fmt.Errorf("parse pattern: it is empty")
	case len(text) > 1 && strings.HasPrefix(text, "/") && strings.HasSuffix(text, "/"):
		return parseRegex(text)
	case strings.ContainsAny(text, "*?"):
		return parseGlob(text)
	}
	name, err := wifi.ParseSSID(text)
	return pattern{text: text, exact: name}, err
}

func parseRegex(text string) (pattern, error) {
	re, err := regexp.Compile(text[1 : len(text)-1])
	if err != nil {
		return pattern{}, fmt.Errorf("parse pattern %s: %w", text, err)
	}
	return pattern{text: text, regex: re, kind: regexPattern}, nil
}

// parseGlob translates into an anchored expression over Latin-1, in which every
// octet is one character: the expression engine would otherwise see octets that
// are not UTF-8 as one and the same.
func parseGlob(text string) (pattern, error) {
	var expr strings.Builder
	expr.WriteString(`(?s)^`)
	literal := func(part string) error {
		name, err := wifi.ParseSSID(part)
		expr.WriteString(regexp.QuoteMeta(latin1(string(name))))
		return err
	}
	rest := text
	for {
		i := strings.IndexAny(rest, "*?")
		if i < 0 {
			break
		}
		if err := literal(rest[:i]); err != nil {
			return pattern{}, err
		}
		expr.WriteString(map[byte]string{'*': `.*`, '?': `.`}[rest[i]])
		rest = rest[i+1:]
	}
	if err := literal(rest); err != nil {
		return pattern{}, err
	}
	expr.WriteString(`$`)
	return pattern{text: text, regex: regexp.MustCompile(expr.String()), kind: globPattern}, nil
}

func (p pattern) matches(name string) bool {
	switch p.kind {
	case globPattern:
		return p.regex.MatchString(latin1(name))
	case regexPattern:
		return p.regex.MatchString(name)
	default:
		return string(p.exact) == name
	}
}

// latin1 makes each octet the character of the same number.
func latin1(octets string) string {
	for i := range len(octets) {
		if octets[i] >= 0x80 {
			runes := make([]rune, len(octets))
			for j := range len(octets) {
				runes[j] = rune(octets[j])
			}
			return string(runes)
		}
	}
	return octets
}
