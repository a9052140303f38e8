package uplinks

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"

	"hotspot-helper/probe/probetest"
)

// The addresses, the same on both uplinks, so that a misrouted packet is answered too.
const (
	hotspotIP  = "10.9.0.1"
	laptopIP   = "10.9.0.2"
	internetIP = "198.51.100.80"
)

// hotspot is an uplink of the laptop, with name server and Internet behind it.
type hotspot struct {
	name string

	mu       sync.Mutex
	captive  bool
	requests []string // received: "dns NAME" and "METHOD URL"
}

// newHotspot adds an uplink. The uplink with the smaller metric has the better default route.
func newHotspot(t *testing.T, name string, metric int, captive bool) *hotspot {
	t.Helper()
	h := &hotspot{name: name, captive: captive}
	far := newNamespace(t)
	sh(t, "ip link add %s type veth peer name far netns %d", name, far)
	sh(t, "nsenter -t %d -n ip addr add %s/24 dev far", far, hotspotIP)
	sh(t, "nsenter -t %d -n ip link set far up", far)
	sh(t, "nsenter -t %d -n ip link set lo up", far)
	// This namespace has every address of the Internet.
	sh(t, "nsenter -t %d -n ip route add local default dev lo table main", far)
	sh(t, "ip addr add %s/24 dev %s", laptopIP, name)
	sh(t, "ip link set %s up", name)
	sh(t, "ip route add default via %s dev %s metric %d", hotspotIP, name, metric)
	within(t, far, func() error { return h.open(t) })
	return h
}

// open serves DNS and HTTP in the namespace of this thread.
func (h *hotspot) open(t *testing.T) error {
	packets, err := net.ListenPacket("udp", hotspotIP+":53")
	if err != nil {
		return err
	}
	t.Cleanup(func() { packets.Close() })
	listener, err := net.Listen("tcp", "0.0.0.0:80")
	if err != nil {
		return err
	}
	names := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(h.resolve)}
	pages := &http.Server{Handler: h.serve(probetest.Internet()), ErrorLog: log.New(io.Discard, "", 0)}
	t.Cleanup(func() { pages.Close() })
	go names.ActivateAndServe()
	go pages.Serve(listener)
	return nil
}

func (h *hotspot) note(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = append(h.requests, fmt.Sprintf(format, args...))
}

// count returns the number of requests that begin with a word.
func (h *hotspot) count(word string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, what := range h.requests {
		if strings.HasPrefix(what, word) {
			n++
		}
	}
	return n
}

func (h *hotspot) resolve(w dns.ResponseWriter, q *dns.Msg) {
	h.note("dns %s", q.Question[0].Name)
	reply := new(dns.Msg).SetReply(q)
	if q.Question[0].Qtype == dns.TypeA {
		reply.Answer = []dns.RR{&dns.A{
			Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1},
			A:   net.ParseIP(internetIP),
		}}
	}
	_ = w.WriteMsg(reply)
}

// serve answers as a portal until a click, and then as the Internet.
func (h *hotspot) serve(internet http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.note("%s http://%s%s", r.Method, r.Host, r.URL)
		h.mu.Lock()
		defer h.mu.Unlock()
		switch {
		case r.Host == hotspotIP && r.Method == http.MethodPost:
			h.captive = false
			_, _ = io.WriteString(w, "welcome")
		case r.Host == hotspotIP:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `<form method="post" action="/"><button name="ok" value="1">Go online</button></form>`)
		case h.captive:
			http.Redirect(w, r, "http://"+hotspotIP+"/", http.StatusFound)
		default:
			internet.ServeHTTP(w, r)
		}
	})
}
