// Package annotate adds to every network of a scan list what a person wants to know
// before joining it: the operator, the helper that would log in, and how the last login went.
package annotate

import (
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/wifi"
)

// History is what came of joining a network. The zero value is one that was never joined.
type History struct {
	Helper  string    `json:"helper,omitempty"` // that logged in last
	Outcome string    `json:"outcome"`          // of the last attempt, see docs
	Time    time.Time `json:"time"`             // of the last attempt
}

// Network is one line of an annotated scan list.
type Network struct {
	wifi.Network
	Label      string            `json:"label,omitempty"`  // the operator, as the claiming helper names it
	Helper     string            `json:"helper,omitempty"` // that would log in, by the name alone
	Confidence claims.Confidence `json:"confidence"`
	Why        string            `json:"why"`            // why that helper, or why none
	Last       *History          `json:"last,omitempty"` // nil: never joined
}

// Annotate labels one network by the best of its claims.
func Annotate(network wifi.Network, made []claims.Claim, preference claims.Preference, last *History) Network {
	winner, why, _ := claims.Pick(made, preference)
	return Network{
		Network:    network,
		Label:      winner.Label,
		Helper:     winner.Helper,
		Confidence: winner.Confidence,
		Why:        why,
		Last:       last,
	}
}
