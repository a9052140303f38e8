package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// pace is how name servers are asked. A server has a head start before the next one
// is asked too, and is asked again where its answer may be lost, but what was
// asked first may still answer until the end: a slow uplink is not a dead one.
type pace struct {
	headStart time.Duration // of a server before the next one
	again     time.Duration // after which the first one is asked again
	rounds    int           // how often each is asked
	total     time.Duration // after which those who said nothing are silent
}

// wholeTime is how long an answer by TCP is waited for.
const wholeTime = time.Second

// usualPace lets a verdict on name servers that are all dead be there within 3 s.
func usualPace() pace {
	return pace{headStart: 200 * time.Millisecond, again: 700 * time.Millisecond, rounds: 3, total: 2500 * time.Millisecond}
}

// after is how long the next server to ask waits when so many were.
func (p pace) after(asked, servers int) time.Duration {
	if asked%servers != 0 {
		return p.headStart
	}
	return max(p.headStart, p.again-time.Duration(servers-1)*p.headStart)
}

// exchange asks the servers until one of them knows, or knows that there is nothing
// to know. Its error is a [*net.DNSError].
func (p *Path) exchange(ctx context.Context, question dnsmessage.Question) (*response, error) {
	pace := p.pace
	if pace.rounds == 0 {
		pace = usualPace()
	}
	asking, cancel := context.WithTimeout(untraced{ctx}, pace.total)
	defer cancel()
	reply, errs := race(asking, contest[netip.Addr, *serverReply]{
		entrants:  entered(slices.Repeat(p.DNS, pace.rounds)),
		headStart: func(asked int) time.Duration { return pace.after(asked, len(p.DNS)) },
		try: func(ctx context.Context, server netip.Addr) (*serverReply, error) {
			return p.exchangeWith(ctx, server, question)
		},
		discard: func(*serverReply) {},
	})
	switch {
	case reply == nil && ctx.Err() != nil:
		return nil, serverError(p.DNS[0], ctx.Err())
	case reply == nil:
		return nil, gravest(errs)
	case reply.code == dnsmessage.RCodeNameError:
		return nil, &net.DNSError{Err: "no such host", Server: reply.server.String(), IsNotFound: true}
	}
	return reply.response, nil
}

// untraced hides the trace of a request from what is sent to name servers, whose
// connections it would take for the request's own.
type untraced struct{ context.Context }

// Value knows nothing.
func (untraced) Value(any) any { return nil }

// serverReply is a reply that settles a question.
type serverReply struct {
	*response

	server netip.Addr
}

// exchangeWith asks one server. A reply that settles nothing is an error.
func (p *Path) exchangeWith(ctx context.Context, server netip.Addr, question dnsmessage.Question) (*serverReply, error) {
	reply, err := p.query(ctx, server, question)
	var failure *net.DNSError
	switch {
	case err != nil && ctx.Err() != nil:
		failure = serverError(server, ctx.Err())
	case err != nil:
		failure = serverError(server, err)
	case reply.code == dnsmessage.RCodeSuccess, reply.code == dnsmessage.RCodeNameError:
		return &serverReply{reply, server}, nil
	default:
		failure = &net.DNSError{Err: "server answers " + codeName(reply.code), Server: server.String(), IsTemporary: true}
	}
	if !errors.Is(ctx.Err(), context.Canceled) {
		p.log().Debug("name server did not help", "interface", p.Interface, "name", question.Name.String(), "type", typeName(question.Type), "error", failure)
	}
	return nil, failure
}

// serverError tells a server that is silent from one that cannot be asked.
func serverError(server netip.Addr, err error) *net.DNSError {
	var timeout interface{ Timeout() bool }
	silent := errors.As(err, &timeout) && timeout.Timeout()
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
	port := p.port
	if port == 0 {
		port = port53
	}
	return netip.AddrPortFrom(server, port).String()
}
