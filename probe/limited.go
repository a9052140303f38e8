package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"hotspot-helper/internal/web"
)

// limited is rule 9. That this computer itself is in the way comes before what the network does.
func (o observation) limited() decision {
	d := decision{verdict: VerdictLimited, silent: o.isSilent()}
	switch {
	case o.isKeptIn():
		d.obstacle, d.reason = web.LocalFirewall, web.ErrLocalFirewall.Error()
	case o.answersVia != "" && o.isUnanswered():
		d.obstacle = web.ReversePathFilter
		d.reason = fmt.Sprintf("this computer drops the answers: its reverse-path filter (rp_filter) is strict, and it would answer over %s", o.answersVia)
	default:
		d.reason = o.limitedReason()
	}
	return d
}

// isKeptIn reports whether a firewall of this computer stopped every check. One that lets a check
// out may be meant for the other hosts.
func (o observation) isKeptIn() bool {
	stopped := false
	for _, c := range o.checks {
		switch {
		case errors.Is(c.err, web.ErrLocalFirewall):
			stopped = stopped || !c.endpoint.Decoy
		case !c.endpoint.Decoy || c.stage >= stageConnected:
			return false
		}
	}
	return stopped
}

// isUnanswered reports whether nothing came back from anywhere but perhaps the name servers.
func (o observation) isUnanswered() bool {
	return find(o.checks, func(c checkState) bool { return c.stage >= stageConnected || c.err != nil && !isSilence(c.err) }) == nil
}

// isSilence reports whether an error is that of a wait that ended.
func isSilence(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout()
}

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
	why, example := o.lastProgress(named)
	reason := fmt.Sprintf("none of %d checks was answered: %s", total, why)
	if example != nil && example.Detail != "" {
		reason += "; " + describe([]checkState{*example})
	}
	if c := find(named, resolvedToPrivate); c != nil {
		reason += fmt.Sprintf("; %s resolves to %s, a private address", c.Endpoint, c.Timeline.Address)
	}
	return reason
}

// isSilent reports whether connections are accepted and nothing comes back on any: neither an
// answer nor an end. A gateway that has no certificate for a name may cut TLS off, and be busy all the same.
func (o observation) isSilent() bool {
	named := slices.DeleteFunc(slices.Clone(o.checks), func(c checkState) bool { return c.endpoint.Decoy })
	return !slices.ContainsFunc(named, func(c checkState) bool { return c.page != nil || !c.endpoint.secure() && c.isCutOff() }) &&
		slices.ContainsFunc(named, func(c checkState) bool { return c.stage >= stageConnected && !c.isCutOff() })
}

// find returns the first check that meets a condition, nil for none.
func find(checks []checkState, meets func(checkState) bool) *checkState {
	if i := slices.IndexFunc(checks, meets); i >= 0 {
		return &checks[i]
	}
	return nil
}

// lastProgress describes the last stage that worked, with a check as an example.
func (o observation) lastProgress(checks []checkState) (why string, example *checkState) {
	failure := func(c checkState) *net.DNSError {
		e, _ := errors.AsType[*net.DNSError](c.err)
		return e
	}
	silent := o.isSilent()
	for _, stage := range []struct {
		why   string
		meets func(checkState) bool
	}{
		{"connections are cut off", func(c checkState) bool { return !silent && c.isCutOff() }},
		{"connections are accepted, but nothing comes back", func(c checkState) bool { return c.stage >= stageConnected }},
		{"connections are refused", func(c checkState) bool { return isReset(c.err) }},
		{"names resolve, but no connection is accepted", func(c checkState) bool { return c.stage == stageConnecting }},
		{"no name servers are known for this link", func(c checkState) bool { return o.noServers && failure(c) != nil }},
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

// isCutOff reports whether the other end accepted the connection and closed it without an answer.
func (c checkState) isCutOff() bool { return c.stage >= stageConnected && isReset(c.err) }

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
