package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// limitedReason explains a limited link by the check that came furthest: that is where the
// network ends. The silence of decoys means nothing.
func (o observation) limitedReason() string {
	named := slices.DeleteFunc(slices.Clone(o.checks), func(c checkState) bool { return c.endpoint.Decoy })
	total := len(named)
	if total == 0 {
		return "there is no check to ask"
	}
	if spoofed := o.with(CheckOnline, false); len(spoofed) > 0 {
		return fmt.Sprintf("%s, but only for one kind of client; no other check was answered as wanted", describe(spoofed[:1]))
	}
	if answered := find(named, func(c checkState) bool { return c.page != nil && c.Result == CheckFailed }); answered != nil {
		return fmt.Sprintf("none of %d checks was answered as wanted; %s", total, describe([]checkState{*answered}))
	}
	why, example := lastProgress(named)
	reason := fmt.Sprintf("none of %d checks was answered: %s", total, why)
	if example != nil && example.Detail != "" {
		reason += "; " + describe([]checkState{*example})
	}
	if c := find(named, resolvedToPrivate); c != nil {
		reason += fmt.Sprintf("; %s resolves to %s, a private address", c.Endpoint, c.Timeline.Address)
	}
	return reason
}

// find returns the first check that meets a condition, nil for none.
func find(checks []checkState, meets func(checkState) bool) *checkState {
	if i := slices.IndexFunc(checks, meets); i >= 0 {
		return &checks[i]
	}
	return nil
}

// lastProgress describes the last stage that worked, with a check as an example.
func lastProgress(checks []checkState) (why string, example *checkState) {
	failure := func(c checkState) *net.DNSError {
		e, _ := errors.AsType[*net.DNSError](c.err)
		return e
	}
	for _, stage := range []struct {
		why   string
		meets func(checkState) bool
	}{
		{"connections are cut off", func(c checkState) bool { return c.stage >= stageConnected && isReset(c.err) }},
		{"connections are accepted, but nothing comes back", func(c checkState) bool { return c.stage >= stageConnected }},
		{"connections are refused", func(c checkState) bool { return isReset(c.err) }},
		{"names resolve, but no connection is accepted", func(c checkState) bool { return c.stage == stageConnecting }},
		{"the name servers know no name", func(c checkState) bool { e := failure(c); return e != nil && e.IsNotFound }},
		{"names cannot be resolved", func(c checkState) bool { e := failure(c); return e != nil && !e.IsTimeout }},
		{"the name servers are silent", func(c checkState) bool { return c.stage == stageResolving || failure(c) != nil }},
	} {
		if c := find(checks, stage.meets); c != nil {
			return stage.why, c
		}
	}
	return "nothing comes back", find(checks, func(c checkState) bool { return c.err != nil })
}

// isReset reports whether the other end closed or refused a connection.
func isReset(err error) bool {
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errNoHead) {
		return false
	}
	_, dns := errors.AsType[*net.DNSError](err)
	timeout, isNet := errors.AsType[net.Error](err)
	unreachable := errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH)
	return !dns && !unreachable && !(isNet && timeout.Timeout())
}

// resolvedToPrivate reports whether a public name resolved to a private address.
func resolvedToPrivate(c checkState) bool {
	if _, literal := c.endpoint.literal(); literal {
		return false
	}
	to, err := netip.ParseAddrPort(c.Timeline.Address)
	return err == nil && to.Addr().IsPrivate()
}
