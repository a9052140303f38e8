package dial

import (
	"context"
	"fmt"
	"net"
	"net/http/httptrace"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

// hooks records the calls of the hooks of a trace.
type hooks struct {
	mu    sync.Mutex
	calls []string
}

func (h *hooks) record(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, fmt.Sprintf(format, args...))
}

// context returns a context with a trace that is recorded.
func (h *hooks) context(t *testing.T) context.Context {
	return httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		DNSStart:     func(i httptrace.DNSStartInfo) { h.record("dns %s", i.Host) },
		DNSDone:      func(i httptrace.DNSDoneInfo) { h.record("dns done %v, error: %t", i.Addrs, i.Err != nil) },
		ConnectStart: func(network, address string) { h.record("connect %s %s", network, address) },
		ConnectDone:  func(_, address string, err error) { h.record("connect done %s, error: %t", address, err != nil) },
	})
}

// The trace has the name and the connections of the request, but not those to a name server.
func TestTrace(t *testing.T) {
	port := greeter(t, "127.0.0.1")
	_, dnsPort := serve(t, "127.0.0.1", 0, records(localZone()))
	tests := []struct {
		host string
		want []string
	}{
		{"here.test", []string{
			"dns here.test", "dns done [{127.0.0.1 }], error: false",
			"connect tcp 127.0.0.1:" + port, "connect done 127.0.0.1:" + port + ", error: false",
		}},
		{"127.0.0.1", []string{"connect tcp 127.0.0.1:" + port, "connect done 127.0.0.1:" + port + ", error: false"}},
		{"unknown.test", []string{"dns unknown.test", "dns done [], error: true"}},
	}
	for _, test := range tests {
		var h hooks
		conn, err := loopback(dnsPort, "127.0.0.1").DialContext(h.context(t), "tcp", net.JoinHostPort(test.host, port))
		if err == nil {
			conn.Close()
		}
		if diff := cmp.Diff(test.want, h.calls); diff != "" {
			t.Errorf("hooks of %s (-want +got):\n%s", test.host, diff)
		}
	}
}

// The first answer is connected to at once, without the answer for the other family.
func TestFirstAnswerIsConnectedTo(t *testing.T) {
	known := records(localZone())
	connected := make(chan struct{})
	_, dnsPort := serve(t, "127.0.0.1", 0, func(w dns.ResponseWriter, q *dns.Msg) {
		if q.Question[0].Qtype == dns.TypeAAAA {
			<-connected
		}
		known(w, q)
	})
	defer close(connected)
	conn, err := loopback(dnsPort, "127.0.0.1").DialContext(t.Context(), "tcp", "here.test:"+greeter(t, "127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}
