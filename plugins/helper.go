// Package plugins defines what a helper is, and has the registry that offers networks to helpers.
package plugins

import (
	"context"
	"io"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// Helper claims networks and logs in to them. Its methods may be called concurrently for
// different associations.
type Helper interface {
	// Name identifies the helper to users and in files: lower-case letters, digits and dashes.
	Name() string
	// Claim decides by the facts alone: no I/O, no secret, no clock. An answer after the context
	// ended is ignored.
	Claim(ctx context.Context, facts *claims.Facts) claims.Claim
	// Authenticate logs in. Its result is a hint; the probe decides.
	Authenticate(ctx context.Context, job Job) (flow.Result, error)
	// Maintain keeps a session alive. A helper that has nothing to do submits.
	Maintain(ctx context.Context, job Job) (flow.Result, error)
	// Logoff ends the session; flow.Unsupported if the helper cannot.
	Logoff(ctx context.Context, job Job) (flow.Result, error)
}

// A helper may also implement the following interfaces.

// Made is a helper that says who made it. Any other comes with the program.
type Made interface {
	Maker() maker.Maker
}

// Ruled is a helper that claims by rules alone, which an index can search.
type Ruled interface {
	Rules() *claims.Rules
}

// WithInputs is a helper that reads inputs of the user.
type WithInputs interface {
	Inputs() []flow.Input
}

// WithTerms is a helper that may ask for consent to terms.
type WithTerms interface {
	Terms() []string
}

// WithProgram is a helper that runs a program of others. Once the program was replaced, only a helper that was
// loaded since can run it.
type WithProgram interface {
	Program() string // its path
}

// Job is what a helper gets for one flow.
type Job struct {
	Network  wifi.Network
	Evidence probe.Evidence
	// Open starts a session that is bound to the association's interface and may talk to these
	// hosts only: Hosts and Shared of [portal.Config].
	Open func(hosts, shared []string) (*portal.Session, error)
	// Inputs looks up a value that the user stored for the helper, at each use.
	Inputs func(name string) (portal.Value, bool, error)
	// Consent reads what the user agreed to for this helper on this network, at each use.
	// Without it a helper accepts no terms.
	Consent func() consent.Given
	// Session is what Authenticate captured, for Maintain and Logoff.
	Session map[string]string
	// SessionLeftOut names what it also captured and the agent did not keep when it restarted: a
	// value with a secret in it.
	SessionLeftOut []string
	// Progress is called at the start of each step.
	Progress func(step string)
	// Observe is called with the decision after each step.
	Observe func(flow.Decision)
	// Now, Random and Sleep replace the clock, randomness and waiting, so that a recorded login
	// can be replayed; nil: the real ones.
	Now    func() time.Time
	Random io.Reader
	Sleep  func(ctx context.Context, d time.Duration) error
}

// The names of the flows in files, commands and reports.
const (
	FlowAuthenticate = "authenticate"
	FlowMaintain     = "maintain"
	FlowLogoff       = "logoff"
)

// RunFlow runs a flow of a helper by its name.
func RunFlow(ctx context.Context, helper Helper, name string, job Job) (flow.Result, error) {
	switch name {
	case FlowMaintain:
		return helper.Maintain(ctx, job)
	case FlowLogoff:
		return helper.Logoff(ctx, job)
	default:
		return helper.Authenticate(ctx, job)
	}
}
