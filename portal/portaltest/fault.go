package portaltest

import (
	"fmt"
	"slices"
)

// Fault is a way in which a portal misbehaves. Zero is none.
type Fault uint8

// The faults. Each affects every response of the portal, and none of the Internet.
const (
	FaultNone     Fault = iota
	FaultMute           // takes the request and never answers
	FaultSlow           // sends one byte a second
	FaultEndless        // sends a page without end
	FaultCutOff         // closes the connection in the middle of the page
	FaultNonsense       // sends random bytes instead of HTTP
	FaultLoop           // redirects endlessly, each time to another URL
	FaultScheme         // redirects to a file on the client's disk
	FaultBomb           // sends a page that unpacks to a gigabyte
	FaultComplex        // sends a page that a parser turns into gigabytes
	FaultNested         // sends a page on which selectors search for minutes
)

var faultNames = [...]string{"none", "mute", "slow", "endless", "cut-off", "nonsense", "loop", "scheme", "bomb", "complex", "nested"}

// String returns the name of the fault.
func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return fmt.Sprintf("unknown(%d)", uint8(f))
}

// Faults returns all faults but FaultNone.
func Faults() []Fault {
	return slices.Clone([]Fault{FaultMute, FaultSlow, FaultEndless, FaultCutOff, FaultNonsense, FaultLoop, FaultScheme, FaultBomb, FaultComplex, FaultNested})
}
