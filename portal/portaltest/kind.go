package portaltest

import (
	"fmt"
	"slices"
)

// Kind is a kind of hotspot. Zero lets the seed choose between KindClick and KindCredentials.
type Kind uint8

// The kinds.
const (
	KindAny         Kind = iota
	KindClick            // one form to click through, under random names
	KindCredentials      // a form that asks for a user name and a PIN, under random names
	KindOpenNDS          // what openNDS 9.10 answers, click to continue
	KindOpenNDSMail      // the same, asking for a name and an e-mail address
	KindNodogsplash      // what nodogsplash answers
)

var kindNames = [...]string{"any", "click", "credentials", "opennds", "opennds-mail", "nodogsplash"}

// Kinds returns the names of all kinds, in order, as MarshalText writes them.
func Kinds() []string { return slices.Clone(kindNames[:]) }

// String returns the name of the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("unknown(%d)", uint8(k))
}

// MarshalText writes the name of the kind.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the name of a kind. It errs on a name that is none.
func (k *Kind) UnmarshalText(text []byte) error {
	i := slices.Index(kindNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("parse hotspot kind %q: want one of %q", text, kindNames)
	}
	*k = Kind(i)
	return nil
}
