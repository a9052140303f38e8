package dial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"

	"hotspot-helper/internal/web"
)

// maxAliases bounds a chain of CNAME records.
const maxAliases = 8

// LookupNetIP resolves a host by the path's name servers. The network is ip, or ip4 or ip6
// for one family; a host that is an address resolves to itself. Check is not called. The
// errors are those of [Path.DialContext].
func (p *Path) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	var all []netip.Addr
	err := error(net.UnknownNetworkError(network))
	if slices.Contains([]string{"ip", "ip4", "ip6"}, network) {
		err = p.resolve(ctx, network, host, func(addrs []netip.Addr) { all = append(all, addrs...) })
	}
	if err != nil {
		return nil, fmt.Errorf("look up %s over %s: %w", host, p.Interface, err)
	}
	return all, nil
}

// resolve calls found with the addresses of a host as they become known. Without any
// address it returns an error.
func (p *Path) resolve(ctx context.Context, network, host string, found func([]netip.Addr)) error {
	want4 := !strings.HasSuffix(network, "6") && p.Family != IPv6
	want6 := !strings.HasSuffix(network, "4") && p.Family != IPv4
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return p.lookup(ctx, host, want4, want6, found)
	}
	// An IPv4-mapped IPv6 address connects to the IPv4 address, so that one is checked.
	addr = addr.Unmap()
	if addr.Is4() && !want4 || addr.Is6() && !want6 {
		return fmt.Errorf("%s is of the other address family", addr)
	}
	found([]netip.Addr{addr})
	return nil
}

// lookup resolves a name and calls the hooks of the context's trace. Its error is a
// [*net.DNSError].
func (p *Path) lookup(ctx context.Context, host string, want4, want6 bool, found func([]netip.Addr)) error {
	done := traceDNS(ctx, host)
	err := p.lookupFamilies(ctx, host, want4, want6, func(addrs []netip.Addr) {
		done(addrs, nil)
		found(addrs)
	})
	if err != nil {
		done(nil, err)
	}
	return err
}

// traceDNS calls DNSStart of the context's trace. The returned function calls DNSDone once.
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

// lookupFamilies asks for both families at once and passes their addresses on.
func (p *Path) lookupFamilies(ctx context.Context, host string, want4, want6 bool, found func([]netip.Addr)) error {
	name, ok := domainName(host)
	if !ok {
		return &net.DNSError{Err: "no domain name", Name: host, IsNotFound: true}
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
			addrs, err := p.lookupType(ctx, name, question)
			ended <- answer{question, addrs, err}
		}()
	}
	m := merger{found: found}
	for running > 0 {
		select {
		case a := <-ended:
			running--
			m.add(a, running > 0)
		case <-m.late:
			m.pass(nil)
		case <-m.over:
			return m.end(host)
		}
	}
	return m.end(host)
}

// isNotFound reports whether a server has said that there is no such host.
func isNotFound(err error) bool {
	e, ok := errors.AsType[*net.DNSError](err)
	return ok && e.IsNotFound
}

// mostSpecific returns the failure of a name server that says most about the name: no such
// host, then another code, then a refused connection or a firewall of this computer, then silence,
// then a server that cannot be asked. It returns nil if there is none.
func mostSpecific(failures []error) *net.DNSError {
	weight := func(e *net.DNSError) int {
		switch {
		case e.IsNotFound:
			return 5
		case e.UnwrapErr == nil:
			return 4
		case errors.Is(e, unix.ECONNREFUSED), errors.Is(e, web.ErrLocalFirewall):
			return 3
		case e.IsTimeout:
			return 2
		}
		return 1
	}
	var first *net.DNSError
	for _, failure := range failures {
		e, ok := errors.AsType[*net.DNSError](failure)
		if ok && (first == nil || weight(e) > weight(first)) {
			first = e
		}
	}
	return first
}

// domainName returns the name of a host in the form of DNS, and whether it is valid.
func domainName(host string) (dnsmessage.Name, bool) {
	name, err := dnsmessage.NewName(strings.TrimSuffix(host, ".") + ".")
	if err != nil || host == "" {
		return name, false
	}
	probe := dnsmessage.Message{Questions: []dnsmessage.Question{{Name: name}}}
	_, err = probe.Pack() // NewName does not check the labels
	return name, err == nil
}

// lookupType resolves a name to addresses of one family and follows its aliases.
func (p *Path) lookupType(ctx context.Context, name dnsmessage.Name, question dnsmessage.Type) ([]netip.Addr, error) {
	for range maxAliases {
		reply, err := p.exchange(ctx, dnsmessage.Question{Name: name, Type: question, Class: dnsmessage.ClassINET})
		if err != nil {
			return nil, err
		}
		addrs, alias := readAnswer(reply.records, name.String())
		if len(addrs) > 0 || alias == name.String() {
			return addrs, nil
		}
		// Some forwarders leave the rest of the chain to the client.
		if name, err = dnsmessage.NewName(alias); err != nil {
			return nil, &net.DNSError{Err: "alias is no domain name", IsNotFound: true}
		}
	}
	return nil, &net.DNSError{Err: "too many aliases", IsNotFound: true}
}

// readAnswer follows a name through the records of an answer. It returns the addresses at
// the end, or the last name reached.
func readAnswer(records []dnsmessage.Resource, name string) (addrs []netip.Addr, last string) {
	for range maxAliases {
		alias := ""
		for _, r := range records {
			if !strings.EqualFold(r.Header.Name.String(), name) {
				continue
			}
			addr, next := target(r.Body)
			alias = cmp.Or(next, alias)
			if addr.IsValid() && !slices.Contains(addrs, addr) {
				addrs = append(addrs, addr)
			}
		}
		if len(addrs) > 0 || alias == "" {
			return addrs, name
		}
		name = alias
	}
	return nil, name
}

// target returns the address of a record, or the name that it is an alias of.
func target(body dnsmessage.ResourceBody) (addr netip.Addr, alias string) {
	switch body := body.(type) {
	case *dnsmessage.AResource:
		return netip.AddrFrom4(body.A), ""
	case *dnsmessage.AAAAResource:
		return netip.AddrFrom16(body.AAAA).Unmap(), ""
	case *dnsmessage.CNAMEResource:
		return netip.Addr{}, body.CNAME.String()
	}
	return netip.Addr{}, ""
}
