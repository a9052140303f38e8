package portal

import (
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// redactor masks the secrets and tokens of a session. It is locked, because other
// goroutines redact while the session runs.
type redactor struct {
	mu      sync.Mutex
	secrets []Value
	tokens  []Value // masked like secrets, but sent anywhere
	// The masks are closures, so that no formatter prints what they look for; nil masks nothing.
	maskSecrets func(string) string
	maskAll     func(string) string
}

// declare adds the secrets among values.
func (r *redactor) declare(values []Value) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := len(r.secrets)
	for _, value := range values {
		if value.IsSecret() && value.Reveal() != "" {
			r.secrets = appendNew(r.secrets, value)
		}
	}
	if len(r.secrets) > known {
		r.maskSecrets = newMask(r.secrets)
		r.maskAll = newMask(slices.Concat(r.secrets, r.tokens))
	}
}

// declareTokens adds the identifying parts of texts.
func (r *redactor) declareTokens(texts []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := len(r.tokens)
	for _, text := range texts {
		for _, part := range identifyingParts(text) {
			r.tokens = appendNew(r.tokens, Secret(part))
		}
	}
	if len(r.tokens) > known {
		r.maskAll = newMask(slices.Concat(r.secrets, r.tokens))
	}
}

// appendNew appends a value unless the list has one of the same text.
func appendNew(list []Value, value Value) []Value {
	if slices.ContainsFunc(list, func(other Value) bool { return other.Reveal() == value.Reveal() }) {
		return list
	}
	return append(list, value)
}

func (r *redactor) hasSecrets() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.secrets) > 0
}

// contains reports whether a secret stands in text, in any spelling.
func (r *redactor) contains(text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.maskSecrets != nil && r.maskSecrets(text) != text
}

// redact masks every spelling of every secret and token.
func (r *redactor) redact(text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.maskAll == nil {
		return text
	}
	return r.maskAll(text)
}

// The lengths in bytes from which a secret is looked for as a word, and inside of words.
// A shorter one would be found everywhere by accident.
const (
	minWord   = 4
	minInWord = 8
)

// isTainted reports whether text is a secret or has one in it: a long one anywhere, a
// short one as a word of its own, as in "ada:2718".
func (r *redactor) isTainted(text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.secrets, func(value Value) bool {
		secret := value.Reveal()
		switch {
		case text == secret:
			return true
		case len(secret) >= minInWord:
			return strings.Contains(text, secret)
		}
		return len(secret) >= minWord && hasWord(text, secret)
	})
}

// redactSecrets masks every spelling of the secrets that isTainted looks for.
func (r *redactor) redactSecrets(text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, value := range r.secrets {
		secret := value.Reveal()
		if len(secret) < minWord {
			continue
		}
		for _, spelled := range spellings(secret) {
			if len(secret) >= minInWord {
				text = strings.ReplaceAll(text, spelled, redacted)
			} else {
				text = replaceWord(text, spelled)
			}
		}
	}
	return text
}

// hasWord reports whether word stands in text with neither letter nor digit beside it.
func hasWord(text, word string) bool {
	_, found := findWord(text, word)
	return found
}

// findWord returns the index of word where it has neither letter nor digit beside it.
func findWord(text, word string) (at int, found bool) {
	for ; ; at++ {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return 0, false
		}
		at += i
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(word):])
		if !continuesWord(before) && !continuesWord(after) {
			return at, true
		}
	}
}

// replaceWord masks a word wherever neither letter nor digit stands beside it.
func replaceWord(text, word string) string {
	var out strings.Builder
	for {
		at, found := findWord(text, word)
		if !found {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:at] + redacted)
		text = text[at+len(word):]
	}
}

// continuesWord reports whether a rune is part of a word. The end of a text is not.
func continuesWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// newMask returns a function that replaces every spelling of every secret, the longest first.
func newMask(secrets []Value) func(string) string {
	var spelled []string
	for _, secret := range secrets {
		spelled = append(spelled, spellings(secret.Reveal())...)
	}
	slices.SortFunc(spelled, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(spelled))
	for _, spelling := range slices.Compact(spelled) {
		pairs = append(pairs, spelling, redacted)
	}
	return strings.NewReplacer(pairs...).Replace
}

// spellings returns the ways in which a page, a URL or an error may write a secret.
func spellings(secret string) []string {
	quoted := strconv.Quote(secret)
	ascii := strconv.QuoteToASCII(secret)
	all := []string{
		secret,
		html.EscapeString(secret),
		quoted[1 : len(quoted)-1],
		ascii[1 : len(ascii)-1],
	}
	if encoded, err := json.Marshal(secret); err == nil {
		all = append(all, string(encoded[1:len(encoded)-1]))
	}
	for _, escaped := range []string{url.QueryEscape(secret), url.PathEscape(secret), string(appendEscaped(nil, secret))} {
		all = append(all, escaped, lowerHex(escaped))
	}
	return all
}

// lowerHex returns a percent-encoded text with lower-case digits.
func lowerHex(escaped string) string {
	parts := strings.Split(escaped, "%")
	for i, part := range parts[1:] {
		if len(part) >= 2 {
			parts[i+1] = strings.ToLower(part[:2]) + part[2:]
		}
	}
	return strings.Join(parts, "%")
}
