package probe_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"hotspot-helper/internal/wait"
	"hotspot-helper/internal/web"
	"hotspot-helper/probe"
)

var errDenied = fmt.Errorf("%w: %w", web.ErrLocalFirewall, syscall.EPERM)

// deniedName is a question for a name that this computer does not send.
func deniedName(_ context.Context, name string) (netip.Addr, error) {
	return netip.Addr{}, &net.DNSError{Err: errDenied.Error(), UnwrapErr: errDenied, Name: name, IsTemporary: true}
}

// deniedLate is a connection whose packets this computer drops, as a path finds out.
func deniedLate(ctx context.Context, _ string) error {
	if err := wait.For(ctx, 500*time.Millisecond); err != nil {
		return err
	}
	return errDenied
}

// denied is one whose packets it rejects.
func denied(context.Context, string) error { return errDenied }

// TestConformanceLocal: this computer itself is in the way, and the reason says so.
func TestConformanceLocal(t *testing.T) {
	const firewall, strict = "this computer's firewall lets nothing out (kill switch of a VPN?)", "this computer drops the answers: its reverse-path filter (rp_filter) is strict, and it would answer over tun0"
	limited, full, portal := probe.VerdictLimited, probe.VerdictFull, probe.VerdictPortal
	via := func(l *probe.Link) { l.AnswersVia = "tun0" }
	kept := obstacle(web.LocalFirewall)
	conform(t, []world{
		{name: "drop", dns: deniedName, tcp: deniedLate, tls: deniedLate, verdict: limited, reason: firewall, within: 1100 * time.Millisecond, also: kept},
		{name: "reject", dns: deniedName, tcp: denied, tls: denied, verdict: limited, reason: firewall, trips: 1, also: kept},
		{name: "drop, but for names", tcp: deniedLate, tls: deniedLate, verdict: limited, reason: firewall, within: 1100 * time.Millisecond, also: kept},
		{name: "drop, both families", families: "46", dns: deniedName, tcp: deniedLate, tls: deniedLate, verdict: limited, reason: firewall, within: 1100 * time.Millisecond, also: kept},
		{name: "drop, IPv6 only", families: "6", dns: deniedName, tcp: deniedLate, tls: deniedLate, verdict: limited, reason: firewall, also: kept},
		{name: "drop of IPv6, IPv4 clear", families: "46", dns6: deniedName, tcp6: deniedLate, verdict: full, reason: "as wanted", also: obstacle("")},
		{name: "drop of IPv4, IPv6 dead", families: "46", dns: deniedName, tcp: deniedLate, dns6: silentDNS, tcp6: dropped, tls: dropped, verdict: limited, reason: "over IPv4, " + firewall, also: kept},
		{name: "drop of names, a portal", dns: deniedName, tls: refused, http: captive(login), verdict: portal, reason: "decoy-ipv4: 302", portal: login, hops: "302 0", also: obstacle(web.LocalFirewall)},
		{name: "drop of one host, others are silent", tcp: either("deb.debian.org", denied, dropped), tls: dropped, verdict: limited, reason: "names resolve, but no connection is accepted", also: obstacle("")},
		{name: "drop of one host", tcp: either("deb.debian.org", denied, exceptDecoys), verdict: full, reason: "as wanted", also: obstacle("")},

		{name: "strict reverse path", link: via, tcp: dropped, tls: dropped, verdict: limited, reason: strict, within: 2900 * time.Millisecond, also: obstacle(web.ReversePathFilter)},
		{name: "strict reverse path, the same portal host answers", link: via, http: captive(login), tls: dropped, verdict: portal, reason: "302", portal: login, hops: "302 200", also: obstacle("")},
		{name: "strict reverse path, and yet online", link: via, verdict: full, reason: "as wanted", also: obstacle("")},
		{name: "strict reverse path, refused", link: via, tcp: refused, tls: refused, verdict: limited, reason: "connections are refused", also: obstacle("")},
		{name: "strict reverse path, silent name servers", link: via, dns: silentDNS, tcp: dropped, tls: dropped, verdict: limited, reason: strict, also: obstacle(web.ReversePathFilter)},
		{name: "strict reverse path, name servers that know no name", link: via, dns: noName, tcp: dropped, tls: dropped, verdict: limited, reason: "the name servers know no name", also: obstacle("")},
		{name: "strict reverse path, IPv6 clear", families: "46", link: via, tcp: dropped, tcp6: exceptDecoys, tls: only(dropped, "none"), verdict: full, reason: "over IPv6", also: obstacle("")},
		{name: "strict reverse path and a firewall", link: via, dns: deniedName, tcp: deniedLate, tls: deniedLate, verdict: limited, reason: firewall, also: kept},
	})
}
