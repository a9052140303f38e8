package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"hotspot-helper/internal/web"
)

// greeter accepts connections on an address of the loopback interface and
// returns its port.
func greeter(t *testing.T, host string) string {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, "hello")
			conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

// localZone resolves to addresses of this machine. No server listens on 127.0.0.8 and 127.0.0.9.
func localZone() map[string]string {
	return map[string]string{
		"here.test.":   "here.test. A 127.0.0.1",
		"second.test.": "second.test. A 127.0.0.9\nsecond.test. A 127.0.0.1",
		"closed.test.": "closed.test. A 127.0.0.8\nclosed.test. A 127.0.0.9",
	}
}

// dialing is one call of DialContext and its expected result.
type dialing struct {
	name    string
	network string // "" is tcp
	host    string
	change  func(*Path)
	remote  string // address connected to; "" if it fails
	err     error  // wrapped in the error
	text    string // part of the error
}

// errRefused is the error of a Check.
var errRefused = errors.New("not this one")

// refuse returns a Check that refuses these addresses.
func refuse(addrs ...string) func(netip.Addr) error {
	return func(addr netip.Addr) error {
		if slices.Contains(ips(addrs...), addr) {
			return errRefused
		}
		return nil
	}
}

func dialings() []dialing {
	return []dialing{
		{name: "a name", host: "here.test", remote: "127.0.0.1"},
		{name: "an address", host: "127.0.0.1", remote: "127.0.0.1"},
		{name: "an IPv4-mapped IPv6 address", host: "::ffff:127.0.0.1", remote: "127.0.0.1"},
		{name: "the second address", host: "second.test", remote: "127.0.0.1"},
		{name: "by index, which is 1 for the loopback interface of every namespace", host: "here.test", change: func(p *Path) { p.Index = 1 }, remote: "127.0.0.1"},
		{name: "the address that is not refused", host: "second.test", change: func(p *Path) { p.Check = refuse("127.0.0.9") }, remote: "127.0.0.1"},
		{name: "all addresses refused", host: "second.test", change: func(p *Path) { p.Check = refuse("127.0.0.9", "127.0.0.1") }, err: errRefused, text: "over lo: not this one; not this one"},
		{name: "an address refused", host: "127.0.0.1", change: func(p *Path) { p.Check = refuse("127.0.0.1") }, err: errRefused},
		{name: "an IPv4-mapped address refused", host: "::ffff:127.0.0.1", change: func(p *Path) { p.Check = refuse("127.0.0.1") }, err: errRefused},
		{name: "a name server refused", host: "here.test", change: func(p *Path) { p.CheckServer = refuse("127.0.0.1") }, err: errRefused},
		{name: "another name server refused", host: "here.test", change: func(p *Path) { p.CheckServer = refuse("127.0.0.9") }, remote: "127.0.0.1"},
		{name: "no server listens", host: "closed.test", err: unix.ECONNREFUSED, text: "127.0.0.8"},
		{name: "no such host", host: "unknown.test", text: "lookup unknown.test on 127.0.0.1: no such host"},
		{name: "not in /etc/hosts either", host: "localhost", text: "no such host"},
		{name: "no name servers", host: "here.test", change: func(p *Path) { p.DNS = nil }, text: "the interface has no name servers"},
		{name: "no such interface", host: "127.0.0.1", change: func(p *Path) { p.Interface = "no-such0" }, err: unix.ENODEV, text: "over no-such0"},
		{name: "no such interface for a lookup", host: "here.test", change: func(p *Path) { p.Interface = "no-such0" }, err: unix.ENODEV},
		{name: "no such index", host: "127.0.0.1", change: func(p *Path) { p.Index = 1 << 30 }, err: unix.ENODEV},
		{name: "no interface", host: "127.0.0.1", change: func(p *Path) { p.Interface = "" }, text: "no interface to dial from"},
		{name: "one family", network: "tcp4", host: "here.test", remote: "127.0.0.1"},
		{name: "the other family", network: "tcp6", host: "here.test", text: "no address for this host"},
		{name: "an address of the other family", network: "tcp6", host: "127.0.0.1", text: "127.0.0.1 is of the other address family"},
		{name: "an IPv6 address where IPv4 is wanted", network: "tcp4", host: "::1", text: "::1 is of the other address family"},
		{name: "a path of one family", host: "here.test", change: func(p *Path) { p.Family = IPv4 }, remote: "127.0.0.1"},
		{name: "a path of the other family", host: "here.test", change: func(p *Path) { p.Family = IPv6 }, text: "no address for this host"},
		{name: "an IPv4 address over a path of IPv6", host: "127.0.0.1", change: func(p *Path) { p.Family = IPv6 }, text: "127.0.0.1 is of the other address family"},
		{name: "another network", network: "unix", host: "127.0.0.1", text: "unknown network unix"},
	}
}

func TestDialContext(t *testing.T) {
	port := greeter(t, "127.0.0.1")
	_, dnsPort := serve(t, "127.0.0.1", 0, records(localZone()))
	for _, test := range dialings() {
		t.Run(test.name, func(t *testing.T) {
			p := loopback(dnsPort, "127.0.0.1")
			if test.change != nil {
				test.change(p)
			}
			if test.network == "" {
				test.network = "tcp"
			}
			conn, err := p.DialContext(t.Context(), test.network, net.JoinHostPort(test.host, port))
			if test.remote == "" {
				if err == nil || test.err != nil && !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.text) {
					t.Errorf("error %v, want %v with %q", err, test.err, test.text)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if got, want := conn.RemoteAddr().String(), net.JoinHostPort(test.remote, port); got != want {
				t.Errorf("connected to %s, want %s", got, want)
			}
		})
	}
}

func TestDialRefusesAddressesThatAreNone(t *testing.T) {
	p := loopback(0, "127.0.0.1")
	for _, address := range []string{"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:http", "::1:80"} {
		if conn, err := p.DialContext(t.Context(), "tcp", address); err == nil {
			conn.Close()
			t.Errorf("connected to %q", address)
		}
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := loopback(0).DialContext(ctx, "tcp", "127.0.0.1:80"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestTransport(t *testing.T) {
	_, dnsPort := serve(t, "127.0.0.1", 0, records(map[string]string{"example.com.": "example.com. A 127.0.0.1"}))
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			w.Header().Set("X-Long", strings.Repeat("x", web.MaxHead+1024))
		}
		io.WriteString(w, r.Proto)
	})
	plain := httptest.NewServer(handler)
	defer plain.Close()
	secure := httptest.NewUnstartedServer(handler)
	secure.EnableHTTP2 = true
	secure.StartTLS()
	defer secure.Close()

	path := loopback(dnsPort, "127.0.0.1")
	defer path.CloseIdleConnections()
	path.roots = secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	got := map[string]string{}
	for _, server := range []*httptest.Server{plain, secure} {
		// The certificate of httptest is for example.com.
		address := strings.Replace(server.URL, "127.0.0.1", "example.com", 1)
		response, err := (&http.Client{Transport: path}).Get(address)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		got[response.Request.URL.Scheme] = string(body)
		if response, err := (&http.Client{Transport: path}).Get(address + "/long"); err == nil {
			response.Body.Close()
			t.Errorf("a header of more than %d bytes passes over %s", web.MaxHead, got[response.Request.URL.Scheme])
		}
	}
	if diff := cmp.Diff(map[string]string{"http": "HTTP/1.1", "https": "HTTP/2.0"}, got); diff != "" {
		t.Errorf("protocols (-want +got):\n%s", diff)
	}
	for _, portal := range []bool{false, true} {
		if path.http(portal).Proxy != nil {
			t.Error("the transport has a proxy")
		}
	}
}

// A certificate that the operating system does not trust is refused.
func TestTransportTrustsTheSystemAlone(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it would log the refusal
	server.StartTLS()
	defer server.Close()
	transport := loopback(0)
	defer transport.CloseIdleConnections()
	if response, err := (&http.Client{Transport: transport}).Get(server.URL); err == nil {
		response.Body.Close()
		t.Error("an unknown certificate was trusted")
	} else if certificate := new(tls.CertificateVerificationError); !errors.As(err, &certificate) {
		t.Errorf("error %v, want one of the certificate", err)
	}
}
