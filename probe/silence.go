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

// silence says why a link is limited: by what came furthest of all checks, for that
// is where the network ends. Decoys say nothing by their silence.
func (s sight) silence() string {
	named := slices.DeleteFunc(slices.Clone(s.checks), func(o observation) bool { return o.endpoint.Decoy })
	total := len(named)
	if total == 0 {
		return "there is no check to ask"
	}
	pick := func(holds func(observation) bool) *observation {
		if i := slices.IndexFunc(named, holds); i >= 0 {
			return &named[i]
		}
		return nil
	}
	answered := pick(func(o observation) bool { return o.page != nil && o.Result == CheckFailed })
	if spoofed := s.with(CheckOnline, false); len(spoofed) > 0 {
		return fmt.Sprintf("%s, but only for one kind of client; no other check was answered as wanted", describe(spoofed[:1]))
	}
	if answered != nil {
		return fmt.Sprintf("none of %d checks was answered as wanted; %s", total, describe([]observation{*answered}))
	}
	why, example := s.furthest(pick)
	reason := fmt.Sprintf("none of %d checks was answered: %s", total, why)
	if example != nil && example.Detail != "" {
		reason += "; " + describe([]observation{*example})
	}
	if o := pick(resolvesPrivate); o != nil {
		reason += fmt.Sprintf("; %s resolves to %s, a private address", o.Endpoint, o.Timeline.Address)
	}
	return reason
}

// furthest names the last thing that worked, with a check for an example.
func (s sight) furthest(pick func(func(observation) bool) *observation) (string, *observation) {
	if o := pick(func(o observation) bool { return o.stage >= stageConnected && broken(o.err) }); o != nil {
		return "connections are cut off", o
	}
	if o := pick(func(o observation) bool { return o.stage >= stageConnected }); o != nil {
		return "connections are accepted, but nothing comes back", o
	}
	if o := pick(func(o observation) bool { return broken(o.err) }); o != nil {
		return "connections are refused", o
	}
	if o := pick(func(o observation) bool { return o.stage == stageConnecting }); o != nil {
		return "names resolve, but no connection is accepted", o
	}
	failure := func(o observation) *net.DNSError {
		e, _ := errors.AsType[*net.DNSError](o.err)
		return e
	}
	if o := pick(func(o observation) bool { e := failure(o); return e != nil && e.IsNotFound }); o != nil {
		return "the name servers know no name", o
	}
	if o := pick(func(o observation) bool { e := failure(o); return e != nil && !e.IsTimeout }); o != nil {
		return "names cannot be resolved", o
	}
	if o := pick(func(o observation) bool { return o.stage == stageResolving || failure(o) != nil }); o != nil {
		return "the name servers are silent", o
	}
	return "nothing comes back", pick(func(o observation) bool { return o.err != nil })
}

// broken says whether somebody ended a connection, or refused it.
func broken(err error) bool {
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errNoHead) {
		return false
	}
	_, dns := errors.AsType[*net.DNSError](err)
	timeout, isNet := errors.AsType[net.Error](err)
	unreachable := errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH)
	return !dns && !unreachable && !(isNet && timeout.Timeout())
}

// resolvesPrivate says whether a name of a public host led into a private network.
func resolvesPrivate(o observation) bool {
	if _, literal := o.endpoint.literal(); literal {
		return false
	}
	to, err := netip.ParseAddrPort(o.Timeline.Address)
	return err == nil && to.Addr().IsPrivate()
}
