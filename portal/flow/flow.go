// Package flow is the declarative language in which a pack says how to log in to a portal.
package flow

import (
	"context"
	"errors"
	"slices"

	"hotspot-helper/portal"
)

// Flow is one login, keepalive or logoff, compiled and checked: running it
// meets no mistake of its author's that the file alone could show. A Flow does
// not change; it may be run many times, also at the same time.
type Flow struct {
	hosts  []string
	inputs []Input
}

// Input is a value that the user provides.
type Input struct {
	Name     string
	Prompt   string // what a person is asked for, for example "Card number"
	Secret   bool   // never shown, logged or sent in clear
	Optional bool   // empty where the user gave none
	Default  string // stands in where the user gave none
}

// Parse reads a flow and checks it whole. The error is all mistakes: strict.Mistakes.
func Parse(_ string, _ []byte) (*Flow, error) { return nil, errors.ErrUnsupported }

// Hosts returns the patterns of the hosts that the flow may talk to, for [portal.Config].
func (f *Flow) Hosts() []string { return slices.Clone(f.hosts) }

// Inputs returns what the flow needs from the user, in the order of the file.
func (f *Flow) Inputs() []Input { return slices.Clone(f.inputs) }

// Captures returns the names that the flow may put into [Result.Captures], sorted.
func (f *Flow) Captures() []string { return nil }

// SessionNames returns the names that the flow reads from [Env.Session], sorted:
// each must be among the Captures of the flow that logs in.
func (f *Flow) SessionNames() []string { return nil }

// Run carries the flow out. The error is a *[StepError].
func (f *Flow) Run(context.Context, *portal.Session, Env) (Result, error) {
	return Result{}, errors.ErrUnsupported
}
