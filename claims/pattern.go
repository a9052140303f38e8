package claims

import (
	"fmt"
	"strings"

	"hotspot-helper/internal/web"
	"hotspot-helper/wifi"
)

// pattern is an exact name, a glob (* any bytes, ? one byte), or a /regular expression/
// (RE2, not anchored). In exact names and globs \xNN is a byte and \\ a backslash, so \x2a
// is a literal star.
type pattern struct {
	kind  patternKind
	exact string
	glob  glob
	regex *web.Pattern
}

type patternKind uint8

const (
	exactPattern patternKind = iota
	globPattern
	regexPattern
)

// maxPattern bounds the length of a pattern in bytes: matching a glob takes its length times
// that of the text.
const maxPattern = 1000

func parsePattern(patterns *web.Patterns, text string) (pattern, error) {
	switch {
	case len(text) > maxPattern:
		return pattern{}, fmt.Errorf("parse pattern: %d bytes, at most %d", len(text), maxPattern)
	case text == "":
		return pattern{}, fmt.Errorf("parse pattern: it is empty")
	case isRegex(text):
		return parseRegex(patterns, text)
	}
	return parseName(text)
}

// parseName parses an exact name or a glob.
func parseName(text string) (pattern, error) {
	if strings.ContainsAny(text, "*?") {
		g, err := parseGlob(text)
		return pattern{kind: globPattern, glob: g}, err
	}
	exact, err := wifi.ParseBytes(text)
	if err != nil {
		return pattern{}, fmt.Errorf("parse pattern %q: %w", text, err)
	}
	return pattern{exact: exact}, nil
}

func isRegex(text string) bool {
	return len(text) > 1 && strings.HasPrefix(text, "/") && strings.HasSuffix(text, "/")
}

func parseRegex(patterns *web.Patterns, text string) (pattern, error) {
	re, err := patterns.Regexp(text[1 : len(text)-1])
	if err != nil {
		return pattern{}, fmt.Errorf("parse pattern %s: %w", text, err)
	}
	return pattern{kind: regexPattern, regex: re}, nil
}

// globSteps is how many steps of a glob are a unit of work.
const globSteps = 4

// match takes its work from a search. The error is [errNoMatch], or why the pattern was not tried. An exact one is
// compared in any case.
func (p pattern) match(search *web.Search, text string) error {
	switch p.kind {
	case globPattern:
		if !search.Spend(1 + len(p.glob)*len(text)/globSteps) {
			return search.Err()
		}
		return matched(p.glob.matches(text))
	case regexPattern:
		return tried(search.Matches(p.regex, text))
	default:
		search.Spend(1)
		return matched(p.exact == text)
	}
}

// glob is bytes and wildcards. It is not translated to package regexp, which does not tell
// bytes that are not UTF-8 apart.
type glob []int16

// The wildcards in a glob. A number that is not negative is a byte.
const (
	anyByte  = -1
	anyBytes = -2
)

func parseGlob(text string) (glob, error) {
	var g glob
	for text != "" {
		end := strings.IndexAny(text, "*?")
		if end < 0 {
			end = len(text)
		}
		literal, err := wifi.ParseBytes(text[:end])
		if err != nil {
			return nil, fmt.Errorf("parse pattern %q: %w", text, err)
		}
		for _, b := range []byte(literal) {
			g = append(g, int16(b))
		}
		if text = text[end:]; text == "" {
			break
		}
		g = append(g, map[byte]int16{'*': anyBytes, '?': anyByte}[text[0]])
		text = text[1:]
	}
	return g, nil
}

// matches goes through the name once. On a mismatch the last star takes one more byte.
func (g glob) matches(name string) bool {
	at, star, taken := 0, -1, 0
	for i := 0; i < len(name); {
		switch {
		case at < len(g) && g[at] == anyBytes:
			star, taken = at, i
			at++
		case at < len(g) && (g[at] == anyByte || g[at] == int16(name[i])):
			at++
			i++
		case star >= 0:
			taken++
			at, i = star+1, taken
		default:
			return false
		}
	}
	for at < len(g) && g[at] == anyBytes {
		at++
	}
	return at == len(g)
}

// literals returns the runs of bytes between the wildcards. The first one is empty if a
// wildcard begins the glob, the last one if a wildcard ends it.
func (g glob) literals() []string {
	var all []string
	var run []byte
	for _, t := range g {
		if t >= 0 {
			run = append(run, byte(t))
			continue
		}
		all, run = append(all, string(run)), nil
	}
	return append(all, string(run))
}

// matchAny returns nil if a pattern matches, [errNoMatch] if none does, or why one was not tried.
func matchAny(search *web.Search, patterns []pattern, text string) error {
	return anyOf(patterns, func(p pattern) error { return p.match(search, text) })
}

// heaviest is [matchAny] with the weight of the most specific pattern that matches.
func heaviest(search *web.Search, patterns []pattern, text string) (weight int, err error) {
	missing := errNoMatch
	for _, p := range patterns {
		switch err := p.match(search, text); {
		case err == nil:
			weight = max(weight, patternWeights[p.kind])
		case err != errNoMatch:
			missing = err
		}
	}
	if weight > 0 {
		return weight, nil
	}
	return 0, missing
}
