package portal

import (
	"slices"
	"strings"
	"sync"

	"hotspot-helper/internal/redact"
)

// redactor masks the secrets and tokens of a session. It is locked, because other
// goroutines redact while the session runs.
type redactor struct {
	mu      sync.Mutex
	secrets []Value
	tokens  []Value // masked like secrets, but sent anywhere

	all   redact.Masker // of secrets and tokens
	alone redact.Masker // of secrets
	words redact.Masker // of secrets, the short ones only as words
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
		r.compile()
	}
}

// compile makes the maskers.
func (r *redactor) compile() {
	secrets := make([]redact.Target, 0, len(r.secrets)+len(r.tokens))
	var words []redact.Target
	for _, value := range r.secrets {
		target := redact.Target{Text: value.Reveal()}
		secrets = append(secrets, target)
		target.Word = len(target.Text) < minInWord
		if len(target.Text) >= minWord {
			words = append(words, target)
		}
	}
	r.alone, r.words = redact.New(secrets), redact.New(words)
	for _, token := range r.tokens {
		secrets = append(secrets, redact.Target{Text: token.Reveal(), Exact: true})
	}
	r.all = redact.New(secrets)
}

// RedactSecrets returns a function that masks secrets as [Session.RedactSecrets] does.
func RedactSecrets(secrets ...Value) func(string) string {
	r := &redactor{}
	r.declare(secrets)
	return r.words.Redact
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
		r.compile()
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

// maskers returns the maskers of now, so that they work without the lock.
func (r *redactor) maskers() (all, alone, words redact.Masker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all, r.alone, r.words
}

// contains reports whether a secret stands in text, in any spelling.
func (r *redactor) contains(text string) bool {
	_, alone, _ := r.maskers()
	return alone.Contains(text)
}

// redact masks every spelling of every secret and token.
func (r *redactor) redact(text string) string {
	all, _, _ := r.maskers()
	return all.Redact(text)
}

// The lengths in bytes from which a secret is looked for as a word, and inside of words.
// A shorter one would be found everywhere by accident.
const (
	minWord   = 4
	minInWord = 8
)

// isTainted reports whether text is a secret or has one in it, in any spelling: a long one
// anywhere, a short one as a word of its own, as in "ada:2718".
func (r *redactor) isTainted(text string) bool {
	_, _, words := r.maskers()
	if words.Contains(text) {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.secrets, func(value Value) bool { return value.Reveal() == text })
}

// isWhole reports whether text is a secret, in any case.
func (r *redactor) isWhole(text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.secrets, func(value Value) bool { return strings.EqualFold(value.Reveal(), text) })
}

// redactSecrets masks every spelling of the secrets that isTainted looks for.
func (r *redactor) redactSecrets(text string) string {
	_, _, words := r.maskers()
	return words.Redact(text)
}
