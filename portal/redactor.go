package portal

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"hotspot-helper/internal/redact"
)

// redactor masks the secrets and tokens of a session. It is locked, because other
// goroutines redact while the session runs.
type redactor struct {
	mu      sync.Mutex
	secrets valueSet
	tokens  valueSet // masked like secrets, but sent anywhere
	whole   valueSet // the texts that tokens are parts of, as they were declared

	// tooMany says that the portal gave more tokens than are looked for. Each text that may contain
	// one is masked as a whole then.
	tooMany bool

	// isFull says that a flow computed more from secrets than is looked for. What did not fit is sent nowhere.
	isFull bool

	stale bool          // the maskers lack a value
	all   redact.Masker // of secrets and tokens
	alone redact.Masker // of secrets
	words redact.Masker // of secrets, the short ones only as words
}

// The limits of the tokens that are looked for. A session has a few URLs of some hundred bytes; a
// hostile page can have thousands in one capture, and a masker costs some 50 bytes for each byte.
const (
	maxTokens     = 1000
	maxTokenBytes = 128 << 10
)

// The limits of the secrets that are looked for: what the user gave, and each text that is computed of it. A login
// has some dozens of a few hundred bytes.
const (
	maxSecrets     = 1000
	maxSecretBytes = 64 << 10
)

// ErrManySecrets is the error of a session whose secrets are more than are looked for.
var ErrManySecrets = fmt.Errorf("too many texts are computed from secrets: at most %d, of %d KiB together", maxSecrets, maxSecretBytes>>10)

// valueSet is a set of values in the order of their first addition. Its zero value is empty. The
// texts are in closures, so that no formatter prints them.
type valueSet struct {
	list []Value
	size int                    // bytes of all
	isIn func(text string) bool // it adds the text; nil: there are none
}

// has reports whether a value of the text is there.
func (s *valueSet) has(text string) bool {
	return slices.ContainsFunc(s.list, func(value Value) bool { return value.Reveal() == text })
}

// add adds a value, unless one of the same text is there.
func (s *valueSet) add(value Value) (isNew bool) {
	if s.isIn == nil {
		known := map[string]bool{}
		s.isIn = func(text string) bool {
			was := known[text]
			known[text] = true
			return was
		}
	}
	text := value.Reveal()
	if s.isIn(text) {
		return false
	}
	s.list, s.size = append(s.list, value), s.size+len(text)
	return true
}

// declare adds the secrets among values, as many as there is room for.
func (r *redactor) declare(values []Value) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, value := range values {
		text := value.Reveal()
		switch {
		case !value.IsSecret() || text == "":
		case len(r.secrets.list) < maxSecrets && r.secrets.size+len(text) <= maxSecretBytes:
			r.stale = r.secrets.add(value) || r.stale
		case !r.secrets.has(text):
			r.isFull = true
		}
	}
}

// err returns [ErrManySecrets] if a secret did not fit.
func (r *redactor) err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.isFull {
		return ErrManySecrets
	}
	return nil
}

// redactorOf returns a redactor of secrets, of which none is too many: they are the user's own.
func redactorOf(secrets []Value) *redactor {
	r := &redactor{stale: true}
	for _, value := range secrets {
		if value.IsSecret() && value.Reveal() != "" {
			r.secrets.add(value)
		}
	}
	return r
}

// compile makes the maskers.
func (r *redactor) compile() {
	r.stale = false
	secrets := make([]redact.Target, 0, len(r.secrets.list)+len(r.tokens.list))
	var words []redact.Target
	for _, value := range r.secrets.list {
		target := redact.Target{Text: value.Reveal()}
		secrets = append(secrets, target)
		target.Word = len(target.Text) < minInWord
		if len(target.Text) >= minWord {
			words = append(words, target)
		}
	}
	r.alone, r.words = redact.New(secrets), redact.New(words)
	for _, token := range r.tokens.list {
		secrets = append(secrets, redact.Target{Text: token.Reveal(), Exact: true})
	}
	r.all = redact.New(secrets)
}

// RedactSecrets returns a function that masks secrets as [Session.RedactSecrets] does.
func RedactSecrets(secrets ...Value) func(string) string {
	_, _, words := redactorOf(secrets).maskers()
	return words.Redact
}

// MaskSecrets returns a function that masks secrets as [Session.MaskSecrets] does.
func MaskSecrets(secrets ...Value) func(string) string {
	_, alone, _ := redactorOf(secrets).maskers()
	return alone.Redact
}

// ContainsSecret returns a function that finds secrets as [Session.ContainsSecret] does.
func ContainsSecret(secrets ...Value) func(string) bool {
	_, alone, _ := redactorOf(secrets).maskers()
	return alone.Contains
}

// declareTokens adds the identifying parts of texts.
func (r *redactor) declareTokens(texts []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, text := range texts {
		if text == "" || !r.whole.add(Secret(text)) || r.tooMany {
			continue
		}
		for _, part := range identifyingParts(text) {
			if r.tokens.add(Secret(part)) {
				r.stale = true
			}
		}
		if len(r.tokens.list) > maxTokens || r.tokens.size > maxTokenBytes {
			r.tokens, r.tooMany = valueSet{}, true
		}
	}
}

// declaredTokens returns the texts of all calls of declareTokens.
func (r *redactor) declaredTokens() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	texts := make([]string, len(r.whole.list))
	for i, value := range r.whole.list {
		texts[i] = value.Reveal()
	}
	return texts
}

func (r *redactor) hasSecrets() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.secrets.list) > 0
}

// maskers returns the maskers of now, so that they work without the lock. They are made when they
// are needed: a flow declares many values one by one.
func (r *redactor) maskers() (all, alone, words redact.Masker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stale {
		r.compile()
	}
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
	if len(text) >= minInWord && r.hasTooManyTokens() {
		return redact.Mask
	}
	return all.Redact(text)
}

func (r *redactor) hasTooManyTokens() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tooMany
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
	return slices.ContainsFunc(r.secrets.list, func(value Value) bool { return value.Reveal() == text })
}

// isWhole reports whether text is a secret, in any case.
func (r *redactor) isWhole(text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.secrets.list, func(value Value) bool { return strings.EqualFold(value.Reveal(), text) })
}

// redactSecrets masks every spelling of the secrets that isTainted looks for.
func (r *redactor) redactSecrets(text string) string {
	_, _, words := r.maskers()
	return words.Redact(text)
}
