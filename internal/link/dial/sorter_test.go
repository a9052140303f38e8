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

// Answers come in either order; what is handed on keeps IPv4 before IPv6 where that costs little.
func TestSorter(t *testing.T) {
	none := &net.DNSError{Err: "no such host", IsNotFound: true}
	silent := &net.DNSError{Err: "server is silent", IsTimeout: true, UnwrapErr: errors.New("i/o timeout")}
	four := answer{dnsmessage.TypeA, ips("192.0.2.1"), nil}
	six := answer{dnsmessage.TypeAAAA, ips("2001:db8::1"), nil}
	tests := []struct {
		name string
		play func(*sorter)
		want string // lists handed on
		over bool   // the other answer is waited for only briefly
	}{
		{"IPv4 first", func(s *sorter) { s.take(four, true); s.take(six, false) }, "[192.0.2.1] [2001:db8::1]", true},
		{"IPv6 first", func(s *sorter) { s.take(six, true); s.take(four, false) }, "[192.0.2.1] [2001:db8::1]", true},
		{"IPv6 held", func(s *sorter) { s.take(six, true) }, "", false},
		{"IPv6 held long enough", func(s *sorter) { s.take(six, true); <-s.late; s.hand(nil) }, "[2001:db8::1]", false},
		{"IPv6 held, no IPv4", func(s *sorter) { s.take(six, true); s.take(answer{question: dnsmessage.TypeA}, false) }, "[2001:db8::1]", false},
		{"IPv6 alone", func(s *sorter) { s.take(six, false) }, "[2001:db8::1]", false},
		{"IPv4 alone", func(s *sorter) { s.take(four, true) }, "[192.0.2.1]", true},
		{"no such host by IPv4", func(s *sorter) { s.take(answer{dnsmessage.TypeA, nil, none}, true) }, "", true},
		{"no such host by IPv6 alone, which some servers say wrongly", func(s *sorter) { s.take(answer{dnsmessage.TypeAAAA, nil, none}, true); s.take(four, false) }, "[192.0.2.1]", true},
		{"IPv4 silent", func(s *sorter) { s.take(answer{dnsmessage.TypeA, nil, silent}, true) }, "", false},
	}
	for _, test := range tests {
		got := ""
		s := sorter{found: func(addrs []netip.Addr) {
			if got != "" {
				got += " "
			}
			got += fmt.Sprint(addrs)
		}}
		test.play(&s)
		if got != test.want || (s.over != nil) != test.over {
			t.Errorf("%s: handed on %q, the rest in brief: %t; want %q, %t", test.name, got, s.over != nil, test.want, test.over)
		}
		if err := s.end("host.test"); (err == nil) != (test.want != "") {
			t.Errorf("%s: ends with %v", test.name, err)
		}
	}
}

func TestGravest(t *testing.T) {
	none := &net.DNSError{Err: "no such host", IsNotFound: true}
	fails := &net.DNSError{Err: "server answers SERVFAIL"}
	refused := serverError(netip.Addr{}, unix.ECONNREFUSED)
	silent := serverError(netip.Addr{}, unix.ETIMEDOUT)
	unreachable := serverError(netip.Addr{}, unix.ENETUNREACH)
	order := []error{none, fails, refused, silent, unreachable}
	for i, graver := range order {
		for _, lighter := range order[i:] {
			if got := gravest([]error{lighter, graver}); got != graver {
				t.Errorf("of %v and %v the gravest is %v", lighter, graver, got)
			}
		}
	}
	if got := gravest(nil); got != nil {
		t.Errorf("the gravest of none is %v", got)
	}
}

// The pace has every server asked early, and dead ones named within 3 s.
func TestUsualPace(t *testing.T) {
	p := usualPace()
	for servers, want := range map[int][]time.Duration{
		1: {0, 700, 1400},
		2: {0, 200, 700, 900, 1400, 1600},
		3: {0, 200, 400, 700, 900, 1100, 1400, 1600, 1800},
		5: {0, 200, 400, 600, 800, 1000, 1200},
	} {
		at, got := time.Duration(0), []time.Duration{0}
		for asked := 1; asked < len(want); asked++ {
			at += p.after(asked, servers)
			got = append(got, at/time.Millisecond)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("milliseconds at which %d servers are asked (-want +got):\n%s", servers, diff)
		}
	}
	if p.total >= 3*time.Second {
		t.Errorf("dead servers are named after %v", p.total)
	}
}
