package probe_test

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/internal/wait"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

// rtt is the round trip of every stage in a world: name, connection, TLS, response.
const rtt = 100 * time.Millisecond

type (
	resolver  func(ctx context.Context, name string) (netip.Addr, error)
	connector func(ctx context.Context, address string) error
)

// world is a network, described by its differences from the open Internet.
type world struct {
	name string

	// The network.
	rtt       time.Duration // 0: rtt
	families  string        // of the link: "4", "6", "46"; "" is "4"
	http      hosts         // by host over IPv4 and IPv6; "*" is every other one, a decoy too
	http6     hosts         // the same over IPv6; nil: as http
	dns, dns6 resolver      // nil: every name has an address; dns6 nil: as dns
	tcp, tcp6 connector     // nil: connections to a decoy are silent, unless http has "*"
	tls       connector     // port 443; nil: the Internet's, verified
	link      func(*probe.Link)
	endpoints []probe.Endpoint

	// The evidence that the probe must return.
	verdict   probe.Verdict
	reason    string  // part of it
	portal    string  // "*" is the URL of the first hop
	hops      string  // statuses
	trips     float64 // round trips to the verdict at most; 0: not measured
	announced string  // verdicts, in order; "": that one
	within    time.Duration
	also      func(*testing.T, probe.Evidence)
}

// Resolvers and connectors that fail.
func silentDNS(ctx context.Context, _ string) (netip.Addr, error) {
	<-ctx.Done()
	return netip.Addr{}, ctx.Err()
}

func noName(_ context.Context, name string) (netip.Addr, error) {
	return netip.Addr{}, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func servfail(_ context.Context, name string) (netip.Addr, error) {
	return netip.Addr{}, &net.DNSError{Err: "server failure", Name: name, IsTemporary: true}
}

func noServers(_ context.Context, name string) (netip.Addr, error) {
	return netip.Addr{}, &net.DNSError{Err: "the interface has no name servers", Name: name}
}

func wildcard(address string) resolver {
	return func(context.Context, string) (netip.Addr, error) { return netip.MustParseAddr(address), nil }
}

func dropped(ctx context.Context, _ string) error {
	<-ctx.Done()
	return ctx.Err()
}

func refused(context.Context, string) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func foreign(context.Context, string) error {
	return fmt.Errorf("tls: %w", x509.UnknownAuthorityError{})
}

// outOfDate is what a client with a wrong clock sees of every certificate.
func outOfDate(context.Context, string) error {
	return x509.CertificateInvalidError{Reason: x509.Expired}
}

// resetLate resets the connection after a client's first message.
func resetLate(ctx context.Context, _ string) error {
	if err := wait.For(ctx, 2*rtt); err != nil {
		return err
	}
	return &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
}

// either applies one connector to a host, and another to the rest.
func either(host string, does, rest connector) connector {
	return func(ctx context.Context, address string) error {
		if strings.Contains(address, host) {
			return does(ctx, address)
		}
		return rest(ctx, address)
	}
}

// nameless has no address for some hosts.
func nameless(names ...string) resolver {
	return func(ctx context.Context, name string) (netip.Addr, error) {
		if slices.Contains(names, name) {
			return noName(ctx, name)
		}
		return wildcard("198.51.100.80")(ctx, name)
	}
}

// noNote checks that there is no note.
func noNote(t *testing.T, e probe.Evidence) {
	if len(e.Notes) > 0 {
		t.Errorf("notes %q", e.Notes)
	}
}

// only applies a connector to some hosts, named by a part of "host:port", and connects to the rest.
func only(does connector, parts ...string) connector {
	return func(ctx context.Context, address string) error {
		for _, part := range parts {
			if strings.Contains(address, part) {
				return does(ctx, address)
			}
		}
		return nil
	}
}

// exceptDecoys drops connections to decoys.
var exceptDecoys = only(dropped, "203.0.113.204", "2001:db8:204::204")

// transports are the network, for each address family.
func (w world) transports() func(probe.Family) http.RoundTripper {
	return func(f probe.Family) http.RoundTripper {
		handlers, resolve, connect := w.http, w.dns, w.tcp
		if f == probe.FamilyIPv6 {
			if w.http6 != nil {
				handlers = w.http6
			}
			if w.dns6 != nil {
				resolve = w.dns6
			}
			if w.tcp6 != nil {
				connect = w.tcp6
			}
		}
		if _, captive := handlers["*"]; connect == nil && !captive {
			connect = exceptDecoys
		}
		n := probetest.Network{Handler: handlers.handler(), RTT: rtt}
		if w.rtt > 0 {
			n.RTT = w.rtt
		}
		n.Connect = func(ctx context.Context, _ probe.Family, address string) error {
			if _, named := handlers[strings.TrimSuffix(address, ":443")]; w.tls != nil && strings.HasSuffix(address, ":443") && !named {
				return w.tls(ctx, address)
			}
			if connect == nil {
				return nil
			}
			return connect(ctx, address)
		}
		if resolve != nil {
			n.Resolve = func(ctx context.Context, _ probe.Family, name string) (netip.Addr, error) { return resolve(ctx, name) }
		}
		return n.Transport(f)
	}
}

// joined is the link to the world.
func (w world) joined() probe.Link {
	link := up()
	if strings.Contains(w.families, "6") {
		link.Addresses = append(link.Addresses, netip.MustParsePrefix("2001:db8:1::10/64"))
		link.Gateways = append(link.Gateways, netip.MustParseAddr("fe80::1"))
	}
	if w.families == "6" {
		link.Addresses, link.Gateways = link.Addresses[1:], link.Gateways[1:]
	}
	if w.link != nil {
		w.link(&link)
	}
	return link
}

// scheduling is the time that a probe may spend on waiting for goroutines of the same moment.
const scheduling = time.Microsecond

func (w world) check(t *testing.T) {
	start := time.Now()
	var announced []probe.Evidence
	prober := probe.Prober{Transport: w.transports(), Endpoints: w.endpoints, OnVerdict: func(e probe.Evidence) {
		if at := time.Since(start); at != e.Elapsed {
			t.Errorf("announced %v after %v, not %v", e.Verdict, at, e.Elapsed)
		}
		announced = append(announced, e)
	}}
	e := prober.Probe(t.Context(), w.joined())
	elapsed := time.Since(start)
	within := w.within
	if within == 0 {
		within = 3 * time.Second
	}
	if elapsed > within+scheduling {
		t.Errorf("took %v, want at most %v", elapsed, within)
	}
	trip := rtt
	if w.rtt > 0 {
		trip = w.rtt
	}
	if trips := float64(e.Elapsed) / float64(trip); w.trips > 0 && trips > w.trips+float64(scheduling)/float64(trip) {
		t.Errorf("verdict after %.2f round trips, want at most %v", trips, w.trips)
	}
	if e.Verdict != w.verdict || !strings.Contains(e.Reason, w.reason) || w.reason == "" {
		t.Errorf("verdict %v, %q; want %v, %q", e.Verdict, e.Reason, w.verdict, w.reason)
	}
	checkAnnounced(t, announced, e)
	var words []string
	for _, early := range announced {
		words = append(words, early.Verdict.String())
	}
	if got := strings.Join(words, " "); got != cmp.Or(w.announced, w.verdict.String()) {
		t.Errorf("announced %s", got)
	}
	behaviour{portal: w.portal, hops: w.hops}.checkHops(t, e)
	if w.also != nil {
		w.also(t, e)
	}
}

func conform(t *testing.T, worlds []world) {
	for _, w := range worlds {
		t.Run(w.name, func(t *testing.T) { synctest.Test(t, w.check) })
	}
}

// noted checks for a note.
func noted(want string) func(*testing.T, probe.Evidence) {
	return func(t *testing.T, e probe.Evidence) {
		notes := e.Notes
		if e.CAPPORT != nil {
			notes = append(notes, e.CAPPORT.Notes...)
		}
		if all := strings.Join(notes, "\n"); !strings.Contains(all, want) {
			t.Errorf("notes %q, want %q", all, want)
		}
	}
}

// except resolves one name differently.
func except(host string, does resolver) resolver {
	return func(ctx context.Context, name string) (netip.Addr, error) {
		if name == host {
			return does(ctx, name)
		}
		return wildcard("198.51.100.80")(ctx, name)
	}
}

// named are endpoints of the catalogue.
func named(t *testing.T, names ...string) []probe.Endpoint {
	t.Helper()
	all, err := probe.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	var chosen []probe.Endpoint
	for _, name := range names {
		i := slices.IndexFunc(all, func(e probe.Endpoint) bool { return e.Name == name })
		if i < 0 {
			t.Fatalf("the catalogue has no %q", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen
}
