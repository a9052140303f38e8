package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"
)

// This file compares the resolver of this package with one that is made of net.Resolver,
// whose Dial hook asks a given server over a bound socket. docs/architecture.md has the
// result.

// standard returns a net.Resolver that asks one server over the path.
func (p *Path) standard(server netip.Addr) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return p.dialer().DialContext(ctx, network, p.serverAddress(server))
	}}
}

// rooted ends a name with a dot, so that no search domain applies. net.Resolver does not
// find a name of one label in /etc/hosts with the dot, but others.
func rooted(host string) string {
	if strings.Contains(host, ".") {
		return host + "."
	}
	return host
}

// standardLookup asks the servers one after another, as net.Resolver does by itself.
func (p *Path) standardLookup(ctx context.Context, network, host string) (addrs []netip.Addr, err error) {
	ctx, cancel := context.WithTimeout(ctx, defaultTiming().timeout)
	defer cancel()
	for _, server := range p.DNS {
		if addrs, err = p.standard(server).LookupNetIP(ctx, network, rooted(host)); err == nil {
			return addrs, nil
		}
	}
	return nil, err
}

// standardRace asks the servers as this package does: the next one after a delay, all of
// them again, and each family by itself. It returns after the first family's answer.
func (p *Path) standardRace(ctx context.Context, _, host string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, defaultTiming().timeout)
	defer cancel()
	lookup := func(network string) ([]netip.Addr, []error) {
		return firstSuccess(ctx, attempts[netip.Addr, []netip.Addr]{
			candidates: listed(slices.Repeat(p.DNS, defaultTiming().rounds)),
			delay:      func(asked int) time.Duration { return defaultTiming().next(asked, len(p.DNS)) },
			try: func(ctx context.Context, server netip.Addr) ([]netip.Addr, error) {
				return p.standard(server).LookupNetIP(ctx, network, rooted(host))
			},
			discard: func([]netip.Addr) {},
		})
	}
	type result struct {
		addrs []netip.Addr
		errs  []error
	}
	results := make(chan result, 2)
	for _, network := range []string{"ip4", "ip6"} {
		go func() {
			addrs, errs := lookup(network)
			results <- result{addrs, errs}
		}()
	}
	first := <-results
	if first.addrs == nil {
		first = <-results
	}
	return first.addrs, errors.Join(first.errs...)
}

// own returns the first addresses that the resolver of this package hands on.
func (p *Path) own(ctx context.Context, _, host string) ([]netip.Addr, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var first []netip.Addr
	err := p.lookup(ctx, host, true, true, func(addrs []netip.Addr) {
		if first == nil {
			first = addrs
			cancel()
		}
	})
	if first != nil {
		return first, nil
	}
	return nil, err
}

// withoutEDNS ignores queries with EDNS, as some gateways do.
func withoutEDNS(answer dns.HandlerFunc) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) {
		if q.IsEdns0() == nil {
			answer(w, q)
		}
	}
}

// lossy ignores the first query for each name and type.
func lossy(answer dns.HandlerFunc) dns.HandlerFunc {
	var seen sync.Map
	return func(w dns.ResponseWriter, q *dns.Msg) {
		if _, again := seen.LoadOrStore(q.Question[0], true); again {
			answer(w, q)
		}
	}
}

// anyName answers for every name.
func anyName(w dns.ResponseWriter, q *dns.Msg) {
	name := q.Question[0].Name
	w.WriteMsg(reply(q, name+" A 192.0.2.1\n"+name+" AAAA 2001:db8::1"))
}

// onlyA does not answer questions for IPv6 addresses.
func onlyA(answer dns.HandlerFunc) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) {
		if q.Question[0].Qtype == dns.TypeA {
			answer(w, q)
		}
	}
}

// What the resolver of this package gains. If net.Resolver gains it too, this package can
// do with less code.
func TestStandardResolverCannot(t *testing.T) {
	four := map[string]string{
		"four.test.": "four.test. A 192.0.2.4",
		"half.test.": "half.test. CNAME four.test.",
	}
	text := func(part string) func([]netip.Addr, error) bool {
		return func(_ []netip.Addr, err error) bool { return err != nil && strings.Contains(err.Error(), part) }
	}
	finds := func(addrs []netip.Addr, err error) bool { return err == nil && slices.Equal(addrs, ips("192.0.2.4")) }
	tests := []struct {
		name   string
		host   string
		server dns.HandlerFunc
		want   func([]netip.Addr, error) bool
	}{
		{"ignore /etc/hosts", "localhost", records(four), text("no such host")},
		{"follow an alias that the server leaves to the client", "half.test", records(four), finds},
		{"ask a server that ignores EDNS", "four.test", withoutEDNS(records(four)), finds},
		{"say which code a server answers", "four.test", code(dns.RcodeRefused), text("REFUSED")},
		{"say which server was asked", "four.test", code(dns.RcodeServerFailure), text("on 127.0.0.1:")},
		{"say that no server listens", "four.test", nil, func(_ []netip.Addr, err error) bool { return errors.Is(err, unix.ECONNREFUSED) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, port := serve(t, "127.0.0.1", 0, test.server)
			p := &Path{Interface: "lo", Family: IPv4, DNS: ips("127.0.0.1"), port: port}
			if test.server == nil {
				p.DNS = ips("127.0.0.3") // where no server listens
			}
			if addrs, err := p.LookupNetIP(t.Context(), "ip4", test.host); !test.want(addrs, err) {
				t.Errorf("this package: %v, %v", addrs, err)
			}
			if addrs, err := p.standardLookup(t.Context(), "ip4", test.host); test.want(addrs, err) {
				t.Errorf("net.Resolver can too: %v, %v", addrs, err)
			}
		})
	}
}

// BenchmarkLookup measures the time to the first addresses, or to the error.
func BenchmarkLookup(b *testing.B) {
	names := 0
	for _, network := range []struct {
		name    string
		servers []dns.HandlerFunc
	}{
		{"answers", []dns.HandlerFunc{anyName}},
		{"first-silent", []dns.HandlerFunc{silent, anyName}},
		{"IPv6-silent", []dns.HandlerFunc{onlyA(anyName)}},
		{"first-query-lost", []dns.HandlerFunc{lossy(anyName)}},
		{"all-silent", []dns.HandlerFunc{silent, silent, silent}},
	} {
		p := &Path{Interface: "lo"}
		for i, answer := range network.servers {
			server := fmt.Sprintf("127.0.0.%d", i+1)
			_, p.port = serve(b, server, p.port, answer)
			p.DNS = append(p.DNS, netip.MustParseAddr(server))
		}
		for _, resolver := range []struct {
			name   string
			lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)
		}{{"own", p.own}, {"net-race", p.standardRace}, {"net", p.standardLookup}} {
			b.Run(network.name+"/"+resolver.name, func(b *testing.B) {
				b.ReportAllocs()
				failed := 0
				for b.Loop() {
					names++
					if _, err := resolver.lookup(b.Context(), "ip", fmt.Sprintf("n%d.test", names)); err != nil {
						failed++
					}
				}
				b.ReportMetric(float64(failed)/float64(b.N), "failed/op")
			})
		}
	}
}
