// Package plugins says what a helper is, and has the registry that offers helpers networks.
package plugins

import (
	"context"
	"io"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// Helper claims networks and logs in to them. Its methods may be called at the
// same time for different associations.
type Helper interface {
	// Name is how users and files call the helper: lower-case letters, digits and dashes.
	Name() string
	// Claim answers from the facts alone: no I/O, no secret, no clock. An answer that is not
	// there when the context ends counts as none.
	Claim(ctx context.Context, facts *claims.Facts) claims.Claim
	// Authenticate logs in. What it says of itself is a hint; the probe decides.
	Authenticate(ctx context.Context, job Job) (flow.Result, error)
	// Maintain keeps a session that Authenticate won. A helper that has nothing to do submits.
	Maintain(ctx context.Context, job Job) (flow.Result, error)
	// Logoff ends the session; flow.Unsupported where the helper cannot.
	Logoff(ctx context.Context, job Job) (flow.Result, error)
}

// Job is what a helper is given to work with, once.
type Job struct {
	Network  wifi.Network
	Evidence probe.Evidence
	// Open starts a conversation that is bound to the association's interface and may
	// talk to these hosts only: Hosts and Shared of [portal.Config].
	Open func(hosts, shared []string) (*portal.Session, error)
	// Inputs looks up what the user provided for the helper, at each use.
	Inputs func(name string) (portal.Value, bool, error)
	// Consent is what the user agreed to for this helper on this network: a helper
	// accepts an operator's terms only by it.
	Consent consent.Given
	// Session is what Authenticate captured, for Maintain and Logoff.
	Session map[string]string
	// Progress is told each step as it starts.
	Progress func(step string)
	// Observe is told what came of each step.
	Observe func(flow.Decision)
	// Now, Random and Sleep stand in for the clock, for chance and for waiting, so that
	// a recorded login can be played again; nil: the real ones.
	Now    func() time.Time
	Random io.Reader
	Sleep  func(ctx context.Context, d time.Duration) error
}

// The flows of a helper, by the names that files, commands and reports use.
const (
	FlowAuthenticate = "authenticate"
	FlowMaintain     = "maintain"
	FlowLogoff       = "logoff"
)

// RunFlow runs the flow of that name.
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
