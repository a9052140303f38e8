// Package claims decides which helper a network belongs to: rules about what a scan shows and
// what a probe saw, the claims that they make, and the pick among them.
package claims

import (
	"fmt"
	"slices"
)

// Confidence is how sure a helper is that it can log in to a network.
type Confidence uint8

// The confidences, in ascending order.
const (
	None   Confidence = iota // not claimed
	Low                      // by a name, which anyone could use, or a portal that looks like many
	Medium                   // by evidence that other portals could have, too
	High                     // by evidence of the portal itself
)

var confidenceNames = [...]string{"none", "low", "medium", "high"}

// String returns the word that packs and JSON use.
func (c Confidence) String() string {
	if int(c) < len(confidenceNames) {
		return confidenceNames[c]
	}
	return fmt.Sprintf("unknown(%d)", uint8(c))
}

// ParseConfidence reads a word that [Confidence.String] writes.
func ParseConfidence(text string) (Confidence, error) {
	if i := slices.Index(confidenceNames[:], text); i >= 0 {
		return Confidence(i), nil
	}
	return None, fmt.Errorf("parse confidence %q: want one of %q", text, confidenceNames)
}

// MarshalText writes the word.
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the word.
func (c *Confidence) UnmarshalText(text []byte) error {
	parsed, err := ParseConfidence(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}
