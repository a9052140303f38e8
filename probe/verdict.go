package probe

import (
	"fmt"
	"slices"
)

// Verdict is what a probe concludes about a link, in NetworkManager's words.
// Zero means not known.
type Verdict uint8

// The verdicts.
const (
	VerdictUnknown Verdict = iota
	VerdictNone            // no carrier, address or default route: nothing was sent
	VerdictLimited         // the link is up, but neither the Internet nor a portal answers
	VerdictPortal          // a captive portal stands between the link and the Internet
	VerdictFull            // the Internet answers
)

var verdictNames = [...]string{"unknown", "none", "limited", "portal", "full"}

// String returns the word that JSON, D-Bus and logs use.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return fmt.Sprintf("unknown(%d)", uint8(v))
}

// MarshalText writes the word.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the word.
func (v *Verdict) UnmarshalText(text []byte) error {
	i := slices.Index(verdictNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("parse verdict %q: want one of %q", text, verdictNames)
	}
	*v = Verdict(i)
	return nil
}
