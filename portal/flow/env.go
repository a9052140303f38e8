package flow

import (
	"context"
	"fmt"
	"io"
	"time"

	"hotspot-helper/portal"
)

// Env is what a run of a flow knows beside the pages it meets.
type Env struct {
	// Inputs looks up what the user provided, at each use, so that a secret
	// is held no longer than needed. False means the user gave none.
	Inputs func(name string) (portal.Value, bool, error)
	// Terms says why the flow may not accept somebody's terms in the user's name, in a
	// sentence for people; empty: the user agreed. Nil: nobody was asked, so it may not.
	Terms           func(terms string) (refusal string)
	Probe           map[string]string // url: the portal's address, host: its host, api: the RFC 8908 API
	Hops            []*portal.Page    // what led the probe to the portal's page, first to last, without that page
	Link            map[string]string // interface, address, gateway
	Session         map[string]string // Captures of the flow that logged in, for keepalive and logoff
	SessionCaptures []string          // names of the captures that later flows read from Session: never told to anybody
	Progress        func(step string) // optional: told the id of each step as it starts
	Observe         func(Decision)    // optional: told what came of each step that did not fail

	// What makes each run different. Nil is the real one; a replay gives others.
	Now    func() time.Time                                 // the clock that now_ms tells
	Random io.Reader                                        // where random_hex takes its digits from
	Sleep  func(ctx context.Context, d time.Duration) error // lets time pass; an error where ctx ends before
}

// refusal says why terms may not be accepted; empty: they may, or there are none.
func (e *Env) refusal(terms string) string {
	switch {
	case terms == "":
		return ""
	case e.Terms == nil:
		return fmt.Sprintf("nobody agreed to %q", terms)
	}
	return e.Terms(terms)
}

// sleep returns early with the context's error when that ends.
func (e *Env) sleep(ctx context.Context, d time.Duration) error {
	if e.Sleep != nil {
		return e.Sleep(ctx, d)
	}
	return portal.Sleep(ctx, d)
}
