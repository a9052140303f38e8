package hostile

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"hotspot-helper/portal/portaltest"
	"hotspot-helper/test/netns"
)

// portalHost is where every request is redirected, unless an attack does something else.
const portalHost = "portal.test"

// attack is what the gateway does. A field that is nil behaves as usual.
type attack struct {
	conn  func(net.Conn)                         // on port 80, instead of HTTP; it need not close
	any   http.HandlerFunc                       // every request on port 80
	page  http.HandlerFunc                       // the portal's page
	api   string                                 // the answer of the captive portal API
	names func(w dns.ResponseWriter, q *dns.Msg) // the name server
}

// gateway is the client's only way out.
type gateway struct {
	attack    attack
	authority *portaltest.Authority
	requests  atomic.Int64 // HTTP requests, connections and queries that an attack has answered
	apiCalls  atomic.Int64
}

// newGateway serves DNS, HTTP and HTTPS in the namespace.
func newGateway(t *testing.T, n *netns.Namespace, a attack) *gateway {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{attack: a, authority: authority}
	plain, secure := listen(t, n, 80), listen(t, n, 443)
	quiet := log.New(io.Discard, "", 0)
	web := &http.Server{Handler: http.HandlerFunc(g.serve), ErrorLog: quiet}
	api := &http.Server{Handler: http.HandlerFunc(g.serveAPI), ErrorLog: quiet, TLSConfig: &tls.Config{GetCertificate: authority.GetCertificate}}
	go func() { _ = web.Serve(taken{plain, g}) }()
	go func() { _ = api.ServeTLS(secure, "", "") }()
	t.Cleanup(func() { web.Close(); api.Close() })
	var packets net.PacketConn
	n.Do(func() (err error) {
		packets, err = net.ListenPacket("udp", ":53")
		return err
	})
	names := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(g.resolve)}
	go func() { _ = names.ActivateAndServe() }()
	t.Cleanup(func() { packets.Close() })
	return g
}

// taken is a listener whose connections an attack may take.
type taken struct {
	net.Listener
	g *gateway
}

func (l taken) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || l.g.attack.conn == nil {
			return conn, err
		}
		l.g.requests.Add(1)
		go func() {
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(time.Minute))
			l.g.attack.conn(conn)
		}()
	}
}

func (g *gateway) serve(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	switch {
	case g.attack.any != nil:
		g.requests.Add(1)
		g.attack.any(w, r)
	case host != portalHost:
		http.Redirect(w, r, "http://"+portalHost+"/", http.StatusFound)
	case g.attack.page != nil:
		g.requests.Add(1)
		g.attack.page(w, r)
	default:
		_, _ = io.WriteString(w, "<title>Portal</title><p>Welcome</p>")
	}
}

func (g *gateway) serveAPI(w http.ResponseWriter, r *http.Request) {
	if g.attack.api == "" {
		http.NotFound(w, r)
		return
	}
	g.apiCalls.Add(1)
	g.requests.Add(1)
	w.Header().Set("Content-Type", "application/captive+json")
	_, _ = io.WriteString(w, g.attack.api)
}

func (g *gateway) resolve(w dns.ResponseWriter, q *dns.Msg) {
	if g.attack.names != nil {
		g.requests.Add(1)
		g.attack.names(w, q)
		return
	}
	_ = w.WriteMsg(answerTo(q))
}

// answerTo leads every name to the gateway.
func answerTo(q *dns.Msg) *dns.Msg {
	answer := new(dns.Msg).SetReply(q)
	if len(q.Question) == 1 && q.Question[0].Qtype == dns.TypeA {
		header := dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}
		answer.Answer = append(answer.Answer, &dns.A{Hdr: header, A: netip.MustParseAddr(gatewayIP).AsSlice()})
	}
	return answer
}
