package dial

import (
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	// resolutionDelay is how long IPv6 addresses wait for IPv4 ones, which are tried first
	// (RFC 8305, section 3, with the families exchanged).
	resolutionDelay = 50 * time.Millisecond
	// otherFamily is how long an answer for IPv6 is waited for after the one for IPv4:
	// some name servers never answer a question for AAAA.
	otherFamily = 200 * time.Millisecond
)

// answer is the result of one question.
type answer struct {
	question dnsmessage.Type
	addrs    []netip.Addr
	err      error
}

// merger passes the addresses of both families on in the order to try them: IPv4 at once,
// IPv6 after a short wait for IPv4.
type merger struct {
	found    func([]netip.Addr)
	any      bool         // found was called
	held     []netip.Addr // of IPv6, while IPv4 may come
	failures []error
	late     <-chan time.Time // when held is passed on
	over     <-chan time.Time // when no answer is waited for any longer
}

// add takes an answer; another one may come.
func (m *merger) add(a answer, more bool) {
	if a.err != nil {
		m.failures = append(m.failures, a.err)
	}
	addrs := a.addrs[:min(len(a.addrs), maxAddresses)]
	if a.question == dnsmessage.TypeAAAA && more {
		m.held, m.late = addrs, time.After(resolutionDelay)
		return
	}
	m.pass(addrs)
	// "No such host" is true of both families (RFC 8020), but some servers say so of AAAA
	// alone. So only the answer for A ends the wait.
	if a.question == dnsmessage.TypeA && (len(addrs) > 0 || isNotFound(a.err)) {
		m.over = time.After(otherFamily)
	}
}

// pass passes addresses on, and then those that are held.
func (m *merger) pass(addrs []netip.Addr) {
	for _, list := range [][]netip.Addr{addrs, m.held} {
		if len(list) > 0 {
			m.any = true
			m.found(list)
		}
	}
	m.held, m.late = nil, nil
}

// end returns an error if no address was passed on.
func (m *merger) end(host string) error {
	if m.any {
		return nil
	}
	failure := net.DNSError{Err: "no address for this host", IsNotFound: true}
	if first := mostSpecific(m.failures); first != nil {
		failure = *first
	}
	failure.Name = host
	return &failure
}
