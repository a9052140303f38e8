package link

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	// maxAliases bounds a chain of CNAME records.
	maxAliases = 8
	// otherFamily is how long the answer for one address family waits for the
	// other: there are name servers that never answer a question for AAAA (RFC
	// 8305, section 3, suggests 50 ms for a network that is not a radio's).
	otherFamily = 200 * time.Millisecond
)

// serverTimeouts are how long each server has in the first and in the second
// round: a lost packet costs little, a slow uplink still gets its answer.
func serverTimeouts() []time.Duration { return []time.Duration{time.Second, 3 * time.Second} }

// found is what one question brought.
type found struct {
	addrs []netip.Addr
	err   error
}

// lookup resolves a name, IPv4 addresses first. Its error is a [*net.DNSError].
func (p *Path) lookup(ctx context.Context, host string, want4, want6 bool) ([]netip.Addr, error) {
	name := dns.Fqdn(host)
	if _, ok := dns.IsDomainName(name); !ok || host == "" {
		return nil, &net.DNSError{Err: "no domain name", Name: host, IsNotFound: true}
	}
	if len(p.DNS) == 0 {
		return nil, &net.DNSError{Err: "the interface has no name servers", Name: host}
	}
	answers := p.askFamilies(ctx, name, want4, want6)
	var addrs []netip.Addr
	var failures []error
	for _, a := range answers {
		addrs = append(addrs, a.addrs[:min(len(a.addrs), maxAddresses)]...)
		failures = append(failures, a.err)
	}
	if len(addrs) > 0 {
		return addrs, nil
	}
	return nil, lookupError(host, failures)
}

// askFamilies asks for both families at once. The answers are in the order IPv4,
// IPv6; a family whose answer was not waited for is missing.
func (p *Path) askFamilies(ctx context.Context, name string, want4, want6 bool) []found {
	ctx, cancel := context.WithCancel(ctx)
	var questions []uint16
	if want4 {
		questions = append(questions, dns.TypeA)
	}
	if want6 {
		questions = append(questions, dns.TypeAAAA)
	}
	type indexed struct {
		i int
		found
	}
	ended := make(chan indexed)
	running := len(questions)
	defer func() {
		cancel()
		for ; running > 0; running-- {
			<-ended
		}
	}()
	for i, question := range questions {
		go func() {
			addrs, err := p.ask(ctx, name, question)
			ended <- indexed{i, found{addrs, err}}
		}()
	}
	answers := make([]found, len(questions))
	var patience <-chan time.Time
	for running > 0 {
		select {
		case answer := <-ended:
			running--
			answers[answer.i] = answer.found
			if len(answer.addrs) > 0 || isNotFound(answer.err) {
				patience = time.After(otherFamily)
			}
		case <-patience:
			return answers
		}
	}
	return answers
}

// isNotFound says whether a server knows that there is no such host.
func isNotFound(err error) bool {
	var e *net.DNSError
	return errors.As(err, &e) && e.IsNotFound
}

// lookupError names the most telling failure: a server's word that there is no
// such host counts more than another's silence.
func lookupError(host string, failures []error) error {
	var last *net.DNSError
	for _, failure := range failures {
		var e *net.DNSError
		if errors.As(failure, &e) && (last == nil || e.IsNotFound && !last.IsNotFound) {
			last = e
		}
	}
	if last == nil {
		return &net.DNSError{Err: "no address for this host", Name: host, IsNotFound: true}
	}
	last.Name = host
	return last
}

// ask resolves a name to addresses of one family, following aliases.
func (p *Path) ask(ctx context.Context, name string, question uint16) ([]netip.Addr, error) {
	for range maxAliases {
		reply, err := p.exchange(ctx, name, question)
		if err != nil {
			return nil, err
		}
		addrs, alias := readAnswer(reply.Answer, name)
		if len(addrs) > 0 || alias == name {
			return addrs, nil
		}
		name = alias // a forwarder that leaves the rest of the chain to us
	}
	return nil, &net.DNSError{Err: "too many aliases", IsNotFound: true}
}

// readAnswer follows a name through the records of an answer. It returns the
// addresses at the end, or the last name reached.
func readAnswer(records []dns.RR, name string) ([]netip.Addr, string) {
	for range maxAliases {
		var addrs []netip.Addr
		alias := ""
		for _, record := range records {
			if !strings.EqualFold(record.Header().Name, name) {
				continue
			}
			switch r := record.(type) {
			case *dns.A:
				addrs = appendAddress(addrs, r.A)
			case *dns.AAAA:
				addrs = appendAddress(addrs, r.AAAA)
			case *dns.CNAME:
				alias = r.Target
			}
		}
		if len(addrs) > 0 || alias == "" {
			return addrs, name
		}
		name = alias
	}
	return nil, name
}

func appendAddress(addrs []netip.Addr, ip net.IP) []netip.Addr {
	addr, ok := address(ip)
	if !ok || slices.Contains(addrs, addr) {
		return addrs
	}
	return append(addrs, addr)
}
