package flow

import (
	"context"
	"fmt"
	"io"
	"time"

	"hotspot-helper/internal/wait"
	"hotspot-helper/portal"
)

// Env is the input of a run besides the pages of the portal.
type Env struct {
	// Inputs looks an input up at each use, so that a secret is held no longer than
	// needed. False means that the user gave no value.
	Inputs func(name string) (portal.Value, bool, error)
	// Terms returns, in a sentence for people, why the flow may not accept terms in the
	// user's name; "" if the user agreed. Nil refuses all.
	Terms           func(terms string) (refusal string)
	Probe           map[string]string // url of the portal, host of that, api (RFC 8908)
	Hops            []*portal.Page    // responses that led the probe to the portal's page, first to last
	Link            map[string]string // interface, address, gateway
	Session         map[string]string // captures of the login, for keepalive and logoff
	SessionLeftOut  []string          // names of captures of the login that are not kept: they contain a secret
	SessionCaptures []string          // names of captures that later flows read from Session; redacted
	Progress        func(step string) // optional: called with the id of each step as it starts
	Observe         func(Decision)    // optional: called after each step that did not fail

	// Sources of time and randomness, which a replay replaces; nil is the real one.
	Now    func() time.Time                                 // the clock of now_ms
	Random io.Reader                                        // the source of random_hex
	Sleep  func(ctx context.Context, d time.Duration) error // returns an error if ctx ends first
}

// refusal returns why terms may not be accepted, "" if they may or there are none.
func (e *Env) refusal(terms string) string {
	switch {
	case terms == "":
		return ""
	case e.Terms == nil:
		return fmt.Sprintf("no consent to %q", terms)
	}
	return e.Terms(terms)
}

func (e *Env) now() time.Time {
	if e.Now != nil {
		return e.Now()
	}
	return time.Now()
}

// sleep returns the context's error if that ends first.
func (e *Env) sleep(ctx context.Context, d time.Duration) error {
	if e.Sleep != nil {
		return e.Sleep(ctx, d)
	}
	return wait.For(ctx, d)
}
