// Package consent is what the user agreed to: that a helper accepts terms in the
// user's name, and that it sends secrets where they are not protected.
package consent

import (
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
	// Terms says whether the helper may accept the operator's terms.
	Terms Answer
	// Cleartext says that secrets may be sent unencrypted, in a query, and to a host that
	// only the network names.
	Cleartext bool
}
