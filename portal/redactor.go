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

// redactor is what a session remembers of itself: the secrets that it must not say, and
// the trace. It is locked, because others read a trace while the session is driven.
type redactor struct {
	mu      sync.Mutex
	step    string
	secrets []Value
	hidden  []Value             // texts of the session, masked and no more
	veil    func(string) string // masks the secrets; a closure, so that no formatter sees them in it
	mask    func(string) string // masks the hidden texts, too
	lines   []Exchange
}

func (l *redactor) setStep(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.step = name
}

func (l *redactor) declare(values []Value) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := len(l.secrets)
	for _, value := range values {
		if value.IsSecret() && value.Reveal() != "" && !contains(l.secrets, value) {
			l.secrets = append(l.secrets, value)
		}
	}
	if len(l.secrets) > known {
		l.veil = newMask(l.secrets)
		l.mask = newMask(slices.Concat(l.secrets, l.hidden))
	}
}

// hide masks texts that are no secrets of the user's.
func (l *redactor) hide(texts []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := len(l.hidden)
	for _, text := range texts {
		for _, part := range telling(text) {
			if value := Secret(part); !contains(l.hidden, value) {
				l.hidden = append(l.hidden, value)
			}
		}
	}
	if len(l.hidden) > known {
		l.mask = newMask(slices.Concat(l.secrets, l.hidden))
	}
}

func (l *redactor) hasSecret(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.veil != nil && l.veil(text) != text
}

func contains(list []Value, value Value) bool {
	return slices.ContainsFunc(list, func(other Value) bool { return other.Reveal() == value.Reveal() })
}

func (l *redactor) redact(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.redactLocked(text)
}

func (l *redactor) redactLocked(text string) string {
	if l.mask == nil {
		return text
	}
	return l.mask(text)
}

// How long a secret must be, in bytes, to be looked for between other characters, and
// inside of other words. A shorter one would be found everywhere by accident.
const (
	minBetween   = 4
	minContained = 8
)

// holdsSecret says whether text is a secret, or has one in it: a long one anywhere, a
// short one as a word of its own, as in "ada:2718".
func (l *redactor) holdsSecret(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.secrets, func(value Value) bool {
		secret := value.Reveal()
		switch {
		case text == secret:
			return true
		case len(secret) >= minContained:
			return strings.Contains(text, secret)
		}
		return len(secret) >= minBetween && hasWord(text, secret)
	})
}

func (l *redactor) knowsSecrets() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.secrets) > 0
}

// conceal masks what holdsSecret would find, in every spelling.
func (l *redactor) conceal(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, value := range l.secrets {
		secret := value.Reveal()
		if len(secret) < minBetween {
			continue
		}
		for _, spelled := range spellings(secret) {
			if len(secret) >= minContained {
				text = strings.ReplaceAll(text, spelled, redacted)
			} else {
				text = replaceWord(text, spelled)
			}
		}
	}
	return text
}

// hasWord says whether a word stands in text with neither letter nor digit beside it.
func hasWord(text, word string) bool {
	_, found := cutWord(text, word)
	return found
}

// cutWord returns where a word begins that has neither letter nor digit beside it.
func cutWord(text, word string) (at int, found bool) {
	for ; ; at++ {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return 0, false
		}
		at += i
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		behind, _ := utf8.DecodeRuneInString(text[at+len(word):])
		if !isWordly(before) && !isWordly(behind) {
			return at, true
		}
	}
}

// replaceWord masks a word wherever it stands by itself.
func replaceWord(text, word string) string {
	var out strings.Builder
	for {
		at, found := cutWord(text, word)
		if !found {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:at] + redacted)
		text = text[at+len(word):]
	}
}

// isWordly says whether a character continues a word. The end of a text does not.
func isWordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func (l *redactor) append(line Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

// amend adds a reason to the last line.
func (l *redactor) amend(reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := &l.lines[len(l.lines)-1]
	if last.Error != "" {
		reason = last.Error + "; " + reason
	}
	last.Error = reason
}

// trace redacts when it is asked, so that a secret declared late is masked in early lines, too.
func (l *redactor) trace() []Exchange {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := make([]Exchange, 0, len(l.lines))
	for _, line := range l.lines {
		lines = append(lines, line.redact(l.redactLocked))
	}
	return lines
}

func (l *redactor) currentStep() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.step
}

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
