package link

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// exchange asks one server after the other until one of them knows, or knows
// that there is nothing to know.
func (p *Path) exchange(ctx context.Context, name string, question uint16) (*dns.Msg, error) {
	rounds := p.patience
	if rounds == nil {
		rounds = serverTimeouts()
	}
	var failure *net.DNSError
	for _, timeout := range rounds {
		for _, server := range p.DNS {
			reply, err := p.exchangeWith(ctx, server, timeout, name, question)
			switch {
			case ctx.Err() != nil:
				return nil, serverError(server, ctx.Err())
			case err != nil:
				failure = serverError(server, err)
			case reply.Rcode == dns.RcodeSuccess:
				return reply, nil
			case reply.Rcode == dns.RcodeNameError:
				return nil, &net.DNSError{Err: "no such host", Server: server.String(), IsNotFound: true}
			default:
				failure = &net.DNSError{Err: "server answers " + dns.RcodeToString[reply.Rcode], Server: server.String(), IsTemporary: true}
			}
			p.log().Debug("name server did not help", "interface", p.Interface, "name", name, "type", dns.TypeToString[question], "error", failure)
		}
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

// exchangeWith asks one server, by TCP too where its answer is cut short. A
// server that cannot do TCP has given an answer nevertheless.
func (p *Path) exchangeWith(ctx context.Context, server netip.Addr, timeout time.Duration, name string, question uint16) (*dns.Msg, error) {
	query := new(dns.Msg)
	query.SetQuestion(name, question)
	reply, err := p.send(ctx, "udp", server, timeout, query)
	if err != nil || !reply.Truncated {
		return reply, err
	}
	if whole, err := p.send(ctx, "tcp", server, timeout, query); err == nil {
		return whole, nil
	}
	return reply, nil
}

func (p *Path) send(ctx context.Context, network string, server netip.Addr, timeout time.Duration, query *dns.Msg) (*dns.Msg, error) {
	dialer := p.dialer()
	dialer.Timeout = timeout
	// Without EDNS no answer by UDP may exceed 512 octets, but there are gateways that do not care.
	client := &dns.Client{Net: network, Dialer: dialer, Timeout: timeout, UDPSize: 4096}
	conn, err := client.DialContext(ctx, p.serverAddress(server))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	// The exchange obeys its time-out, but not a cancellation.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	reply, _, err := client.ExchangeWithConnContext(ctx, query, conn)
	if err != nil {
		return nil, err
	}
	if !answers(reply, query) {
		return nil, errors.New("server answers another question")
	}
	return reply, nil
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

// answers compares the question that a reply repeats; an error reply may leave it out.
func answers(reply, query *dns.Msg) bool {
	if !reply.Response {
		return false
	}
	if len(reply.Question) == 0 {
		return reply.Rcode != dns.RcodeSuccess
	}
	got, want := reply.Question[0], query.Question[0]
	return got.Qtype == want.Qtype && got.Qclass == want.Qclass && strings.EqualFold(got.Name, want.Name)
}
