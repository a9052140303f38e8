package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

const (
	// maxAliases bounds a chain of CNAME records.
	maxAliases = 8
	// preferred is how long IPv6 addresses wait for IPv4 ones that may come before
	// they are tried (RFC 8305, section 3, where IPv6 is what is waited for).
	preferred = 50 * time.Millisecond
	// otherFamily is how long an answer for IPv6 is waited for when the one for IPv4
	// is there: there are name servers that never answer a question for AAAA.
	otherFamily = 200 * time.Millisecond
)

// resolve hands on what a host stands for, as it becomes known. An error says that
// it stands for nothing.
func (p *Path) resolve(ctx context.Context, network, host string, found func([]netip.Addr)) error {
	want4 := !strings.HasSuffix(network, "6") && p.Family != IPv6
	want6 := !strings.HasSuffix(network, "4") && p.Family != IPv4
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return p.lookup(ctx, host, want4, want6, found)
	}
	// An IPv4 address in IPv6 clothes connects to the IPv4 address, so that is what is checked.
	addr = addr.Unmap()
	if addr.Is4() && !want4 || addr.Is6() && !want6 {
		return fmt.Errorf("%s is of the other address family", addr)
	}
	found([]netip.Addr{addr})
	return nil
}

// LookupNetIP resolves a host by the path's name servers. The network is ip, or ip4
// or ip6 to keep to one family; a host that is an address stands for itself. Check is
// not asked. Errors are those of [Path.DialContext].
func (p *Path) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if network != "ip" && network != "ip4" && network != "ip6" {
		return nil, fmt.Errorf("look up %s over %s: %w", host, p.Interface, net.UnknownNetworkError(network))
	}
	var all []netip.Addr
	err := p.resolve(ctx, network, host, func(addrs []netip.Addr) { all = append(all, addrs...) })
	if err != nil {
		return nil, fmt.Errorf("look up %s over %s: %w", host, p.Interface, err)
	}
	return all, nil
}

// lookup resolves a name and tells the context's trace of it. Its error is a [*net.DNSError].
func (p *Path) lookup(ctx context.Context, host string, want4, want6 bool, found func([]netip.Addr)) error {
	traced := traceDNS(ctx, host)
	err := p.ask(ctx, host, want4, want6, func(addrs []netip.Addr) {
		traced(addrs, nil)
		found(addrs)
	})
	if err != nil {
		traced(nil, err)
	}
	return err
}

// traceDNS calls DNSStart of the context's trace. What it returns calls DNSDone once.
func traceDNS(ctx context.Context, host string) func([]netip.Addr, error) {
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.DNSStart != nil {
		trace.DNSStart(httptrace.DNSStartInfo{Host: host})
	}
	var once sync.Once
	return func(addrs []netip.Addr, err error) {
		if trace == nil || trace.DNSDone == nil {
			return
		}
		info := httptrace.DNSDoneInfo{Err: err}
		for _, addr := range addrs {
			info.Addrs = append(info.Addrs, net.IPAddr{IP: addr.AsSlice()})
		}
		once.Do(func() { trace.DNSDone(info) })
	}
}

// answer is what one question brought.
type answer struct {
	question dnsmessage.Type
	addrs    []netip.Addr
	err      error
}

// ask asks for both families at once. IPv4 addresses are handed on as soon as they
// are there; IPv6 ones wait a moment for them.
func (p *Path) ask(ctx context.Context, host string, want4, want6 bool, found func([]netip.Addr)) error {
	name, ok := domainName(host)
	if !ok {
		return &net.DNSError{Err: "no domain name", Name: host, IsNotFound: true}
	}
	if len(p.DNS) == 0 {
		return &net.DNSError{Err: "the interface has no name servers", Name: host}
	}
	questions := []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA}
	questions = slices.DeleteFunc(questions, func(q dnsmessage.Type) bool {
		return q == dnsmessage.TypeA && !want4 || q == dnsmessage.TypeAAAA && !want6
	})
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan answer)
	running := len(questions)
	defer func() {
		cancel()
		for ; running > 0; running-- {
			<-ended
		}
	}()
	for _, question := range questions {
		go func() {
			addrs, err := p.follow(ctx, name, question)
			ended <- answer{question, addrs, err}
		}()
	}
	s := sorter{found: found}
	for running > 0 {
		select {
		case a := <-ended:
			running--
			s.take(a, running > 0)
		case <-s.late:
			s.hand(nil)
		case <-s.over:
			return s.end(host)
		}
	}
	return s.end(host)
}

// sorter hands on the answers for a name in the order to try them.
type sorter struct {
	found    func([]netip.Addr)
	any      bool         // something was handed on
	held     []netip.Addr // of IPv6, while IPv4 ones may come
	failures []error
	late     <-chan time.Time // held are not held any longer
	over     <-chan time.Time // no answer is waited for any longer
}

// take takes an answer; another one may come.
func (s *sorter) take(a answer, more bool) {
	if a.err != nil {
		s.failures = append(s.failures, a.err)
	}
	addrs := a.addrs[:min(len(a.addrs), maxAddresses)]
	if a.question == dnsmessage.TypeAAAA && more {
		s.held, s.late = addrs, time.After(preferred)
		return
	}
	s.hand(addrs)
	// That there is no such host holds for both families (RFC 8020), but there are
	// servers that say so of AAAA alone: only the word on A counts.
	if a.question == dnsmessage.TypeA && (len(addrs) > 0 || isNotFound(a.err)) {
		s.over = time.After(otherFamily)
	}
}

// hand hands on addresses, and those that waited for them.
func (s *sorter) hand(addrs []netip.Addr) {
	for _, list := range [][]netip.Addr{addrs, s.held} {
		if len(list) > 0 {
			s.any = true
			s.found(list)
		}
	}
	s.held, s.late = nil, nil
}

// end says what is wrong where there was nothing to hand on.
func (s *sorter) end(host string) error {
	if s.any {
		return nil
	}
	return lookupError(host, s.failures)
}

// isNotFound says whether a server knows that there is no such host.
func isNotFound(err error) bool {
	var e *net.DNSError
	return errors.As(err, &e) && e.IsNotFound
}

// lookupError is the most telling failure, for this host.
func lookupError(host string, failures []error) error {
	worst := gravest(failures)
	if worst == nil {
		return &net.DNSError{Err: "no address for this host", Name: host, IsNotFound: true}
	}
	named := *worst
	named.Name = host
	return &named
}

// gravest is the most telling of the failures of name servers, nil where there is
// none: a word that there is no such host counts more than another answer, that
// more than a refusal, that more than silence, and that more than a server that
// cannot be asked.
func gravest(failures []error) *net.DNSError {
	weight := func(e *net.DNSError) int {
		switch {
		case e.IsNotFound:
			return 5
		case e.UnwrapErr == nil:
			return 4
		case errors.Is(e, unix.ECONNREFUSED):
			return 3
		case e.IsTimeout:
			return 2
		}
		return 1
	}
	var worst *net.DNSError
	for _, failure := range failures {
		var e *net.DNSError
		if errors.As(failure, &e) && (worst == nil || weight(e) > weight(worst)) {
			worst = e
		}
	}
	return worst
}

// domainName is the name of a host as name servers know it, whether it is one.
func domainName(host string) (dnsmessage.Name, bool) {
	name, err := dnsmessage.NewName(strings.TrimSuffix(host, ".") + ".")
	if err != nil || host == "" {
		return name, false
	}
	probe := dnsmessage.Message{Questions: []dnsmessage.Question{{Name: name}}}
	_, err = probe.Pack() // it alone checks the labels
	return name, err == nil
}

// follow resolves a name to addresses of one family, by way of its aliases.
func (p *Path) follow(ctx context.Context, name dnsmessage.Name, question dnsmessage.Type) ([]netip.Addr, error) {
	for range maxAliases {
		reply, err := p.exchange(ctx, dnsmessage.Question{Name: name, Type: question, Class: dnsmessage.ClassINET})
		if err != nil {
			return nil, err
		}
		addrs, alias := readAnswer(reply.records, name.String())
		if len(addrs) > 0 || alias == name.String() {
			return addrs, nil
		}
		// A forwarder that leaves the rest of the chain to us.
		if name, err = dnsmessage.NewName(alias); err != nil {
			return nil, &net.DNSError{Err: "alias is no domain name", IsNotFound: true}
		}
	}
	return nil, &net.DNSError{Err: "too many aliases", IsNotFound: true}
}

// readAnswer follows a name through the records of an answer. It returns the
// addresses at the end, or the last name reached.
func readAnswer(records []record, name string) ([]netip.Addr, string) {
	for range maxAliases {
		var addrs []netip.Addr
		alias := ""
		for _, r := range records {
			switch {
			case !strings.EqualFold(r.name, name):
			case r.alias != "":
				alias = r.alias
			case r.addr.IsValid() && !slices.Contains(addrs, r.addr):
				addrs = append(addrs, r.addr)
			}
		}
		if len(addrs) > 0 || alias == "" {
			return addrs, name
		}
		name = alias
	}
	return nil, name
}
