package dial

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// queryTiming is when name servers are asked. Every query may be answered until the
// timeout, because a slow uplink is not a dead one.
type queryTiming struct {
	delay   time.Duration // between a server and the next one
	repeat  time.Duration // between the first query and its repetition, which a lost packet needs
	rounds  int           // queries to each server
	timeout time.Duration // after which the servers that have not answered are silent
}

// tcpTimeout is how long an answer over TCP is waited for.
const tcpTimeout = time.Second

// defaultTiming allows a verdict within 3 s if all name servers are dead.
func defaultTiming() queryTiming {
	return queryTiming{delay: 200 * time.Millisecond, repeat: 700 * time.Millisecond, rounds: 3, timeout: 2500 * time.Millisecond}
}

// next returns the delay of the next query after so many.
func (t queryTiming) next(asked, servers int) time.Duration {
	if asked%servers != 0 {
		return t.delay
	}
	return max(t.delay, t.repeat-time.Duration(servers-1)*t.delay)
}

// exchange asks the servers until one of them answers, or says that the name does not
// exist. Its error is a [*net.DNSError].
func (p *Path) exchange(ctx context.Context, question dnsmessage.Question) (*response, error) {
	timing := cmp.Or(p.timing, defaultTiming())
	asking, cancel := context.WithTimeout(untraced{ctx}, timing.timeout)
	defer cancel()
	reply, errs := firstSuccess(asking, attempts[netip.Addr, *response]{
		candidates: listed(slices.Repeat(p.DNS, timing.rounds)),
		delay:      func(asked int) time.Duration { return timing.next(asked, len(p.DNS)) },
		try: func(ctx context.Context, server netip.Addr) (*response, error) {
			return p.askServer(ctx, server, question)
		},
		discard: func(*response) {},
	})
	switch {
	case reply == nil && len(errs) == 0:
		return nil, &net.DNSError{Err: "the interface has no name servers"}
	case reply == nil && ctx.Err() != nil:
		return nil, serverError(p.DNS[0], ctx.Err())
	case reply == nil:
		return nil, mostSpecific(errs)
	case reply.code == dnsmessage.RCodeNameError:
		return nil, &net.DNSError{Err: "no such host", Server: reply.server.String(), IsNotFound: true}
	}
	return reply, nil
}

// untraced hides the trace of a request from the connections to name servers, which are
// not the request's own.
type untraced struct{ context.Context }

// Value returns nil for every key.
func (untraced) Value(any) any { return nil }

// askServer asks one server. A reply with another code than success or "no such host" is
// an error.
func (p *Path) askServer(ctx context.Context, server netip.Addr, question dnsmessage.Question) (*response, error) {
	reply, err := p.query(ctx, server, question)
	var failure *net.DNSError
	switch {
	case err != nil && ctx.Err() != nil:
		failure = serverError(server, ctx.Err())
	case err != nil:
		failure = serverError(server, err)
	case reply.code == dnsmessage.RCodeSuccess, reply.code == dnsmessage.RCodeNameError:
		reply.server = server
		return reply, nil
	default:
		failure = &net.DNSError{Err: "server answers " + codeName(reply.code), Server: server.String(), IsTemporary: true}
	}
	if !errors.Is(ctx.Err(), context.Canceled) {
		p.log().Debug("name server has not answered", "interface", p.Interface, "name", question.Name.String(), "type", typeName(question.Type), "error", failure)
	}
	return nil, failure
}

// serverError distinguishes a server that is silent from one that cannot be asked.
func serverError(server netip.Addr, err error) *net.DNSError {
	timeout, ok := errors.AsType[net.Error](err)
	silent := ok && timeout.Timeout()
	text := err.Error()
	if silent {
		text = "server is silent"
	}
	return &net.DNSError{UnwrapErr: err, Err: text, Server: server.String(), IsTimeout: silent, IsTemporary: true}
}

func (p *Path) serverAddress(server netip.Addr) string {
	if server.IsLinkLocalUnicast() && server.Is6() {
		server = server.WithZone(p.Interface)
	}
	return netip.AddrPortFrom(server, cmp.Or(p.port, port53)).String()
}
