// Package consent is what the user agreed to: that a helper accepts terms in the
// user's name, and that it sends secrets where they are not protected.
package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Answer is an answer of the user. The zero value is Ask.
type Answer uint8

// The answers.
const (
	Ask    Answer = iota // not decided: the user is asked each time
	Always               // agreed
	Never                // refused
)

var answerNames = [...]string{"ask", "always", "never"}

// String returns the word that files, commands and JSON use.
func (a Answer) String() string {
	if int(a) < len(answerNames) {
		return answerNames[a]
	}
	return fmt.Sprintf("unknown(%d)", uint8(a))
}

// MarshalText writes the word.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the word.
func (a *Answer) UnmarshalText(text []byte) error {
	i := slices.Index(answerNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("parse answer %q: want one of %q", text, answerNames)
	}
	*a = Answer(i)
	return nil
}

// Given is what the user agreed to for one helper on one network. The zero value is
// nothing: no terms are accepted, and secrets are sent only if they are protected.
type Given struct {
	// Terms reports whether the helper may accept the operator's terms.
	Terms Answer
	// Texts has the digests, see [Digest], of the terms that Terms is about if it is Always;
	// nil: any.
	Texts []string
	// Cleartext says that secrets may be sent unencrypted, and in a query.
	Cleartext bool
	// SharedHosts says that secrets may be sent over TLS to hosts that many networks share, or
	// that only the network names.
	SharedHosts bool
	// ByName says that there is an agreement that does not count: a record of an earlier
	// version, which knew the network by its name alone.
	ByName bool
}

// Accepts returns the answer for a text: an agreement to other terms is none to these.
func (g Given) Accepts(terms string) Answer {
	if g.Terms == Always && g.Texts != nil && !slices.Contains(g.Texts, Digest(terms)) {
		return Ask
	}
	return g.Terms
}

// Digest identifies the text of terms in a record.
func Digest(terms string) string {
	sum := sha256.Sum256([]byte(terms))
	return hex.EncodeToString(sum[:8])
}
