package dial

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/miekg/dns"
)

// compareAddrs lets cmp compare netip's types by their own equality.
var compareAddrs = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

func ips(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

// nameserver is a name server on the loopback interface.
type nameserver struct {
	mu      sync.Mutex
	queries []string // "name type network"
}

// serve starts a name server at an address. It listens on the port, or on a free one if it
// is 0, and returns the port.
func serve(t testing.TB, host string, port uint16, answer dns.HandlerFunc) (*nameserver, uint16) {
	t.Helper()
	packets, stream := listen(t, netip.AddrPortFrom(netip.MustParseAddr(host), port))
	n := &nameserver{}
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		n.record(w, q)
		answer(w, q)
	})
	for _, server := range []*dns.Server{{PacketConn: packets, Handler: handler}, {Listener: stream, Handler: handler}} {
		ready := make(chan struct{})
		server.NotifyStartedFunc = func() { close(ready) }
		go server.ActivateAndServe()
		<-ready
		t.Cleanup(func() { server.Shutdown() })
	}
	return n, stream.Addr().(*net.TCPAddr).AddrPort().Port()
}

// listen listens for UDP and TCP at the same port. Port 0 is one that is free for both.
func listen(t testing.TB, address netip.AddrPort) (*net.UDPConn, net.Listener) {
	t.Helper()
	for range 100 {
		stream, err := net.Listen("tcp", address.String())
		if err != nil {
			t.Fatal(err)
		}
		packets, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(stream.Addr().(*net.TCPAddr).AddrPort()))
		if err == nil {
			return packets, stream
		}
		_ = stream.Close()
		if address.Port() != 0 {
			t.Fatal(err)
		}
	}
	t.Fatal("no port is free for UDP and TCP")
	return nil, nil
}

func (n *nameserver) record(w dns.ResponseWriter, q *dns.Msg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	question := q.Question[0]
	n.queries = append(n.queries, question.Name+" "+dns.TypeToString[question.Qtype]+" "+w.LocalAddr().Network())
}

func (n *nameserver) asked() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.queries...)
}

// silent does not answer.
func silent(dns.ResponseWriter, *dns.Msg) {}

// code answers every question with a response code.
func code(rcode int) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) {
		w.WriteMsg(new(dns.Msg).SetRcode(q, rcode))
	}
}

// records answers for each name with lines of a zone file that have the requested type;
// CNAME lines have every type. Other names do not exist.
func records(zone map[string]string) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) {
		lines, ok := zone[strings.ToLower(q.Question[0].Name)]
		if !ok {
			code(dns.RcodeNameError)(w, q)
			return
		}
		w.WriteMsg(reply(q, lines))
	}
}

func reply(q *dns.Msg, lines string) *dns.Msg {
	r := new(dns.Msg).SetReply(q)
	for line := range strings.Lines(lines) {
		record, err := dns.NewRR(strings.TrimSpace(line))
		if err != nil {
			panic(err)
		}
		if kind := record.Header().Rrtype; kind == q.Question[0].Qtype || kind == dns.TypeCNAME {
			r.Answer = append(r.Answer, record)
		}
	}
	return r
}

// loopback returns a path over the loopback interface with these name servers.
func loopback(port uint16, servers ...string) *Path {
	return &Path{Interface: "lo", DNS: ips(servers...), port: port, timing: queryTiming{delay: 100 * time.Millisecond, repeat: time.Second, rounds: 2, timeout: 3 * time.Second}}
}

// collect returns the addresses of a name.
func (p *Path) collect(t *testing.T, host string, want4, want6 bool) ([]netip.Addr, error) {
	t.Helper()
	var all []netip.Addr
	err := p.lookup(t.Context(), host, want4, want6, func(addrs []netip.Addr) { all = append(all, addrs...) })
	return all, err
}
