package dial

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// Answers come in either order. IPv4 addresses are passed on first if they come soon enough.
func TestMerger(t *testing.T) {
	none := &net.DNSError{Err: "no such host", IsNotFound: true}
	silent := &net.DNSError{Err: "server is silent", IsTimeout: true, UnwrapErr: errors.New("i/o timeout")}
	four := answer{dnsmessage.TypeA, ips("192.0.2.1"), nil}
	six := answer{dnsmessage.TypeAAAA, ips("2001:db8::1"), nil}
	tests := []struct {
		name string
		play func(*merger)
		want string // lists passed on
		over bool   // the other answer is waited for only briefly
	}{
		{"IPv4 first", func(m *merger) { m.add(four, true); m.add(six, false) }, "[192.0.2.1] [2001:db8::1]", true},
		{"IPv6 first", func(m *merger) { m.add(six, true); m.add(four, false) }, "[192.0.2.1] [2001:db8::1]", true},
		{"IPv6 held", func(m *merger) { m.add(six, true) }, "", false},
		{"IPv6 held long enough", func(m *merger) { m.add(six, true); <-m.late; m.pass(nil) }, "[2001:db8::1]", false},
		{"IPv6 held, no IPv4", func(m *merger) { m.add(six, true); m.add(answer{question: dnsmessage.TypeA}, false) }, "[2001:db8::1]", false},
		{"IPv6 alone", func(m *merger) { m.add(six, false) }, "[2001:db8::1]", false},
		{"IPv4 alone", func(m *merger) { m.add(four, true) }, "[192.0.2.1]", true},
		{"no such host by IPv4", func(m *merger) { m.add(answer{dnsmessage.TypeA, nil, none}, true) }, "", true},
		{"no such host by IPv6 alone, which some servers say wrongly", func(m *merger) { m.add(answer{dnsmessage.TypeAAAA, nil, none}, true); m.add(four, false) }, "[192.0.2.1]", true},
		{"IPv4 silent", func(m *merger) { m.add(answer{dnsmessage.TypeA, nil, silent}, true) }, "", false},
	}
	for _, test := range tests {
		got := ""
		m := merger{found: func(addrs []netip.Addr) {
			if got != "" {
				got += " "
			}
			got += fmt.Sprint(addrs)
		}}
		test.play(&m)
		if got != test.want || (m.over != nil) != test.over {
			t.Errorf("%s: passed on %q, short wait for the rest: %t; want %q, %t", test.name, got, m.over != nil, test.want, test.over)
		}
		if err := m.end("host.test"); (err == nil) != (test.want != "") {
			t.Errorf("%s: ends with %v", test.name, err)
		}
	}
}

func TestMostSpecific(t *testing.T) {
	none := &net.DNSError{Err: "no such host", IsNotFound: true}
	fails := &net.DNSError{Err: "server answers SERVFAIL"}
	refused := serverError(netip.Addr{}, unix.ECONNREFUSED)
	silent := serverError(netip.Addr{}, unix.ETIMEDOUT)
	unreachable := serverError(netip.Addr{}, unix.ENETUNREACH)
	order := []error{none, fails, refused, silent, unreachable}
	for i, specific := range order {
		for _, other := range order[i:] {
			if got := mostSpecific([]error{other, specific}); got != specific {
				t.Errorf("of %v and %v the most specific is %v", other, specific, got)
			}
		}
	}
	if got := mostSpecific(nil); got != nil {
		t.Errorf("the most specific of none is %v", got)
	}
}

// Every server is asked early, and dead ones are known within 3 s.
func TestDefaultTiming(t *testing.T) {
	timing := defaultTiming()
	for servers, want := range map[int][]time.Duration{
		1: {0, 700, 1400},
		2: {0, 200, 700, 900, 1400, 1600},
		3: {0, 200, 400, 700, 900, 1100, 1400, 1600, 1800},
		5: {0, 200, 400, 600, 800, 1000, 1200},
	} {
		at, got := time.Duration(0), []time.Duration{0}
		for asked := 1; asked < len(want); asked++ {
			at += timing.next(asked, servers)
			got = append(got, at/time.Millisecond)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("milliseconds at which %d servers are asked (-want +got):\n%s", servers, diff)
		}
	}
	if timing.timeout >= 3*time.Second {
		t.Errorf("dead servers are known after %v", timing.timeout)
	}
}
