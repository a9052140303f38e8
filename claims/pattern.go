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
	kind  patternKind
	exact string
	glob  glob
	regex *regexp.Regexp
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
	case isRegex(text):
		return parseRegex(text)
	case strings.ContainsAny(text, "*?"):
		g, err := parseGlob(text)
		return pattern{kind: globPattern, glob: g}, err
	}
	octets, err := wifi.ParseBytes(text)
	if err != nil {
		return pattern{}, fmt.Errorf("parse pattern %q: %w", text, err)
	}
	return pattern{exact: octets}, nil
}

func isRegex(text string) bool {
	return len(text) > 1 && strings.HasPrefix(text, "/") && strings.HasSuffix(text, "/")
}

func parseRegex(text string) (pattern, error) {
	re, err := regexp.Compile(text[1 : len(text)-1])
	if err != nil {
		return pattern{}, fmt.Errorf("parse pattern %s: %w", text, err)
	}
	return pattern{kind: regexPattern, regex: re}, nil
}

func (p pattern) matches(name string) bool {
	switch p.kind {
	case globPattern:
		return p.glob.matches(name)
	case regexPattern:
		return p.regex.MatchString(name)
	default:
		return p.exact == name
	}
}

// glob is octets and wildcards. It is not an expression of package regexp, for
// which octets that are not UTF-8 are one and the same.
type glob []int16

// The wildcards in a glob; what is not negative is an octet.
const (
	anyOctet  = -1
	anyOctets = -2
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
		for _, octet := range []byte(literal) {
			g = append(g, int16(octet))
		}
		if text = text[end:]; text == "" {
			break
		}
		g = append(g, map[byte]int16{'*': anyOctets, '?': anyOctet}[text[0]])
		text = text[1:]
	}
	return g, nil
}

// matches goes through the name once, and where it is stuck has the last star take one octet more.
func (g glob) matches(name string) bool {
	at, star, taken := 0, -1, 0
	for i := 0; i < len(name); {
		switch {
		case at < len(g) && g[at] == anyOctets:
			star, taken = at, i
			at++
		case at < len(g) && (g[at] == anyOctet || g[at] == int16(name[i])):
			at++
			i++
		case star >= 0:
			taken++
			at, i = star+1, taken
		default:
			return false
		}
	}
	for at < len(g) && g[at] == anyOctets {
		at++
	}
	return at == len(g)
}

// literals are the runs of octets between the wildcards; the first one is empty
// where a wildcard begins the glob, and the last one where one ends it.
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
