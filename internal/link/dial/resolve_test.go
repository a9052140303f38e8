package dial

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// zone has one name for each way to resolve.
func zone() map[string]string {
	var many strings.Builder
	for i := range 50 {
		fmt.Fprintf(&many, "many.test. A 192.0.2.%d\n", i+1)
	}
	return map[string]string{
		"both.test.":   "both.test. A 192.0.2.1\nboth.test. A 192.0.2.2\nboth.test. AAAA 2001:db8::1",
		"four.test.":   "four.test. A 192.0.2.4",
		"six.test.":    "six.test. AAAA 2001:db8::6",
		"alias.test.":  "alias.test. CNAME b.test.\nb.test. CNAME both.test.\nboth.test. A 192.0.2.1\nboth.test. AAAA 2001:db8::1",
		"mixed.test.":  "MIXED.test. CNAME Both.TEST.\nboth.test. A 192.0.2.1",
		"half.test.":   "half.test. CNAME four.test.",
		"loop.test.":   "loop.test. CNAME pool.test.\npool.test. CNAME loop.test.",
		"self.test.":   "self.test. CNAME self.test.",
		"gone.test.":   "gone.test. CNAME nothing.test.",
		"empty.test.":  "",
		"stray.test.":  "elsewhere.test. A 192.0.2.66",
		"twice.test.":  "twice.test. A 192.0.2.1\ntwice.test. A 192.0.2.1",
		"mapped.test.": "mapped.test. AAAA ::ffff:127.0.0.1",
		"many.test.":   many.String(),
	}
}

func TestLookup(t *testing.T) {
	server, port := serve(t, "127.0.0.1", 0, records(zone()))
	p := loopback(port, "127.0.0.1")
	tests := []struct {
		name     string
		want     []string
		notFound bool
	}{
		{"both.test", []string{"192.0.2.1", "192.0.2.2", "2001:db8::1"}, false},
		{"FOUR.test.", []string{"192.0.2.4"}, false},
		{"six.test", []string{"2001:db8::6"}, false},
		{"alias.test", []string{"192.0.2.1", "2001:db8::1"}, false},
		{"mixed.test", []string{"192.0.2.1", "2001:db8::1"}, false},
		{"half.test", []string{"192.0.2.4"}, false},
		{"twice.test", []string{"192.0.2.1"}, false},
		{"mapped.test", []string{"127.0.0.1"}, false},
		{"loop.test", nil, true},
		{"self.test", nil, true},
		{"gone.test", nil, true},
		{"empty.test", nil, true},
		{"stray.test", nil, true},
		{"unknown.test", nil, true},
		{"", nil, true},
		{strings.Repeat("long.", 60) + "test", nil, true},
		{"two..dots", nil, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := p.collect(t, test.name, true, true)
			if isNotFound(err) != test.notFound {
				t.Errorf("error %v, want no such host: %t", err, test.notFound)
			}
			if diff := cmp.Diff(ips(test.want...), got, compareAddrs); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
		})
	}
	if n := len(server.asked()); n > 100 {
		t.Errorf("%d queries, loops are not bounded", n)
	}
	many, err := p.collect(t, "many.test", true, true)
	if len(many) != maxAddresses || err != nil {
		t.Errorf("%d addresses, %v; want %d", len(many), err, maxAddresses)
	}
}

func TestLookupOneFamily(t *testing.T) {
	server, port := serve(t, "127.0.0.1", 0, records(zone()))
	p := loopback(port, "127.0.0.1")
	got, err := p.collect(t, "both.test", false, true)
	if diff := cmp.Diff(ips("2001:db8::1"), got, compareAddrs); diff != "" || err != nil {
		t.Errorf("addresses: %v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{"both.test. AAAA udp"}, server.asked()); diff != "" {
		t.Errorf("queries (-want +got):\n%s", diff)
	}
}

func TestLookupNetIP(t *testing.T) {
	_, port := serve(t, "127.0.0.1", 0, records(zone()))
	p := loopback(port, "127.0.0.1")
	p.Check = refuse("192.0.2.1") // only of connections
	tests := []struct {
		network, host string
		want          []string
		err           string // the whole of it
	}{
		{"ip", "both.test", []string{"192.0.2.1", "192.0.2.2", "2001:db8::1"}, ""},
		{"ip4", "both.test", []string{"192.0.2.1", "192.0.2.2"}, ""},
		{"ip6", "both.test", []string{"2001:db8::1"}, ""},
		{"ip", "192.0.2.7", []string{"192.0.2.7"}, ""},
		{"ip", "unknown.test", nil, "look up unknown.test over lo: lookup unknown.test on 127.0.0.1: no such host"},
		{"tcp", "both.test", nil, "look up both.test over lo: unknown network tcp"},
	}
	for _, test := range tests {
		got, err := p.LookupNetIP(t.Context(), test.network, test.host)
		if diff := cmp.Diff(ips(test.want...), got, compareAddrs); diff != "" {
			t.Errorf("%s of %s (-want +got):\n%s", test.network, test.host, diff)
		}
		if err == nil && test.err != "" || err != nil && err.Error() != test.err {
			t.Errorf("%s of %s: error %v, want %q", test.network, test.host, err, test.err)
		}
	}
}

// The name servers of some hotspots do not answer questions for IPv6 addresses.
func TestLookupWhereOneFamilyIsSilent(t *testing.T) {
	known := records(zone())
	_, port := serve(t, "127.0.0.1", 0, func(w dns.ResponseWriter, q *dns.Msg) {
		if q.Question[0].Qtype != dns.TypeAAAA {
			known(w, q)
		}
	})
	p := loopback(port, "127.0.0.1")
	began := time.Now()
	got, err := p.collect(t, "both.test", true, true)
	if diff := cmp.Diff(ips("192.0.2.1", "192.0.2.2"), got, compareAddrs); diff != "" || err != nil {
		t.Errorf("addresses: %v (-want +got):\n%s", err, diff)
	}
	if _, err := p.collect(t, "unknown.test", true, true); !isNotFound(err) {
		t.Errorf("error %v, want no such host", err)
	}
	if took := time.Since(began); took >= p.timing.timeout {
		t.Errorf("took %v, which is as long as the timeout", took)
	}
}

func TestTruncated(t *testing.T) {
	var tcp bool
	answer := func(w dns.ResponseWriter, q *dns.Msg) {
		whole := "big.test. A 192.0.2.1\nbig.test. A 192.0.2.2"
		if w.LocalAddr().Network() == "tcp" {
			if tcp {
				w.WriteMsg(reply(q, whole))
			} else {
				w.Close()
			}
			return
		}
		r := reply(q, "big.test. A 192.0.2.1")
		r.Truncated = true
		w.WriteMsg(r)
	}
	for _, tcp = range []bool{true, false} {
		_, port := serve(t, "127.0.0.1", 0, answer)
		want := ips("192.0.2.1")
		if tcp {
			want = ips("192.0.2.1", "192.0.2.2")
		}
		got, err := loopback(port, "127.0.0.1").collect(t, "big.test", true, false)
		if diff := cmp.Diff(want, got, compareAddrs); diff != "" || err != nil {
			t.Errorf("addresses where TCP works: %t: %v (-want +got):\n%s", tcp, err, diff)
		}
	}
}

func TestServerAfterServer(t *testing.T) {
	known := records(zone())
	otherQuestion := func(w dns.ResponseWriter, q *dns.Msg) {
		other := q.Copy()
		other.Question[0].Name = "six.test."
		r := reply(other, "four.test. A 192.0.2.66")
		w.WriteMsg(r)
	}
	query := func(w dns.ResponseWriter, q *dns.Msg) { w.WriteMsg(q) }
	guessed := func(w dns.ResponseWriter, q *dns.Msg) {
		forged := reply(q, "four.test. A 192.0.2.66")
		forged.Id++
		w.WriteMsg(forged)
		known(w, q)
	}
	unasked := func(w dns.ResponseWriter, q *dns.Msg) {
		r := new(dns.Msg).SetRcode(q, dns.RcodeSuccess)
		r.Question = nil
		w.WriteMsg(r)
	}
	rubbish := func(w dns.ResponseWriter, _ *dns.Msg) { w.Write([]byte("rubbish that is long enough")) }
	tests := []struct {
		name          string
		first, second dns.HandlerFunc
		want          []string
		err           string // part of the error
		timeout       bool
		secondAsked   bool
	}{
		{"the first answers", known, known, []string{"192.0.2.4"}, "", false, false},
		{"the first is silent", silent, known, []string{"192.0.2.4"}, "", false, true},
		{"the first fails", code(dns.RcodeServerFailure), known, []string{"192.0.2.4"}, "", false, true},
		{"the first refuses", code(dns.RcodeRefused), known, []string{"192.0.2.4"}, "", false, true},
		{"the first knows no such host", code(dns.RcodeNameError), known, nil, "no such host", false, false},
		{"the first answers another question", otherQuestion, known, []string{"192.0.2.4"}, "", false, true},
		{"the first repeats the query", query, known, []string{"192.0.2.4"}, "", false, true},
		{"a forged answer comes before that of the first", guessed, known, []string{"192.0.2.4"}, "", false, false},
		{"the first repeats no question", unasked, known, []string{"192.0.2.4"}, "", false, true},
		{"the first sends rubbish", rubbish, known, []string{"192.0.2.4"}, "", false, true},
		{"both fail", code(dns.RcodeServerFailure), code(dns.RcodeServerFailure), nil, "server answers SERVFAIL", false, true},
		{"both fail in a way without a name", code(dns.RcodeNotAuth), code(dns.RcodeNotAuth), nil, "server answers code 9", false, true},
		{"both are silent", silent, silent, nil, "server is silent", true, true},
		{"the first fails, the second is silent", code(dns.RcodeServerFailure), silent, nil, "server answers SERVFAIL", false, true},
		{"the second knows no such host", silent, code(dns.RcodeNameError), nil, "no such host", false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, port := serve(t, "127.0.0.1", 0, test.first)
			second, _ := serve(t, "127.0.0.2", port, test.second)
			p := loopback(port, "127.0.0.1", "127.0.0.2")
			p.timing.timeout = 2 * time.Second
			got, err := p.collect(t, "four.test", true, false)
			if diff := cmp.Diff(ips(test.want...), got, compareAddrs); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			checkLookupError(t, err, test.err, test.timeout)
			if asked := len(second.asked()) > 0; asked != test.secondAsked {
				t.Errorf("the second server was asked: %t, want %t", asked, test.secondAsked)
			}
		})
	}
}

func checkLookupError(t *testing.T, err error, text string, timeout bool) {
	t.Helper()
	if text == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var e *net.DNSError
	if !errors.As(err, &e) || e.Err != text || e.Name != "four.test" || e.Server == "" || e.IsTimeout != timeout {
		t.Errorf("error %#v, want %q with a name and a server, time-out: %t", err, text, timeout)
	}
}

func TestLookupWithoutServers(t *testing.T) {
	var e *net.DNSError
	if _, err := loopback(0).collect(t, "four.test", true, true); !errors.As(err, &e) || e.IsNotFound || e.IsTimeout {
		t.Errorf("error %v, want one that does not say whether the host exists", err)
	}
	// No server listens, and the kernel reports it at once.
	_, port := serve(t, "127.0.0.1", 0, silent)
	if _, err := loopback(port, "127.0.0.3").collect(t, "four.test", true, true); !errors.As(err, &e) || e.IsNotFound || e.IsTimeout || !errors.Is(err, unix.ECONNREFUSED) {
		t.Errorf("error %v, want connection refused", err)
	}
}

func TestLookupEndsWithItsContext(t *testing.T) {
	asked := make(chan struct{}, 8)
	_, port := serve(t, "127.0.0.1", 0, func(dns.ResponseWriter, *dns.Msg) { asked <- struct{}{} })
	p := loopback(port, "127.0.0.1")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if err := p.lookup(ctx, "four.test", true, true, func([]netip.Addr) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestServerAddress(t *testing.T) {
	p := &Path{Interface: "wlan0"}
	for server, want := range map[string]string{
		"10.0.0.1":    "10.0.0.1:53",
		"169.254.0.1": "169.254.0.1:53",
		"2001:db8::1": "[2001:db8::1]:53",
		"fe80::1":     "[fe80::1%wlan0]:53",
	} {
		if got := p.serverAddress(netip.MustParseAddr(server)); got != want {
			t.Errorf("server %s is asked at %s, want %s", server, got, want)
		}
	}
}

// FuzzReadAnswer reads answers of any bytes.
func FuzzReadAnswer(f *testing.F) {
	for name, lines := range zone() {
		q := new(dns.Msg).SetQuestion(name, dns.TypeA)
		if packed, err := reply(q, lines).Pack(); err == nil {
			f.Add(packed, name)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		asked, err := dnsmessage.NewName(name)
		if err != nil || len(data) < 2 {
			return
		}
		query := dnsmessage.Message{
			Header:    dnsmessage.Header{ID: binary.BigEndian.Uint16(data)},
			Questions: []dnsmessage.Question{{Name: asked, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
		}
		r, err := readReply(data, query)
		if err != nil {
			return
		}
		addrs, _ := readAnswer(r.records, name)
		for _, addr := range addrs {
			if !addr.IsValid() || addr.Is4In6() {
				t.Errorf("address %v", addr)
			}
		}
	})
}

// Without servers the error is an error, not a nil pointer of its type.
func TestExchangeWithoutServers(t *testing.T) {
	name, _ := domainName("four.test")
	_, err := loopback(0).exchange(t.Context(), dnsmessage.Question{Name: name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET})
	if e, ok := errors.AsType[*net.DNSError](err); !ok || e == nil || e.Err != "the interface has no name servers" {
		t.Errorf("error %#v, want one that says that there are no servers", err)
	}
}
