package main

import (
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/miekg/dns"

	"hotspot-helper/probe/probetest"
)

const (
	// portal is the address of the portal.
	portal = "10.7.7.1"
	// apiPath is the prefix of the path of every captive portal API.
	apiPath = "/capport"
)

// world is the network behind the client's link: the hosts with other addresses, which the
// firewall and play=filter can treat apart.
type world map[string]bool

// resolve gives every name one IPv4 address in the network for benchmarks (RFC 2544),
// and no other record.
func (w world) resolve(out dns.ResponseWriter, query *dns.Msg) {
	answer := new(dns.Msg).SetReply(query)
	answer.RecursionAvailable = true
	if len(query.Question) == 1 && query.Question[0].Qtype == dns.TypeA {
		q := query.Question[0]
		answer.Answer = []dns.RR{&dns.A{
			Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60},
			A:   w.address(strings.TrimSuffix(strings.ToLower(q.Name), ".")),
		}}
	}
	_ = out.WriteMsg(answer) // errs if the client went away
}

func (w world) address(host string) net.IP {
	h := fnv.New32a()
	_, _ = h.Write([]byte(host)) // never errs
	second := byte(18)
	if w[host] {
		second = 19
	}
	return net.IPv4(198, second, byte(h.Sum32()>>8), byte(h.Sum32())|1)
}

// plays are the ways to answer HTTP requests.
func (w world) plays() map[string]http.Handler {
	open := internet()
	filter := http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if w[r.Host] {
			http.Redirect(out, r, "http://blocked.test/?host="+r.Host, http.StatusFound)
			return
		}
		open.ServeHTTP(out, r)
	})
	redirect := http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, apiPath):
			api(out)
			return
		case r.Host == portal || r.Host == "portal.test":
			page(out, r)
			return
		}
		http.Redirect(out, r, "http://"+portal+"/login?from="+r.Host, http.StatusFound)
	})
	return map[string]http.Handler{"open": open, "filter": filter, "redirect": redirect, "in-place": http.HandlerFunc(page)}
}

// api is the captive portal API (RFC 8908), for any host.
func api(out http.ResponseWriter) {
	out.Header().Set("Content-Type", "application/captive+json")
	out.Header().Set("Cache-Control", "private")
	_, _ = io.WriteString(out, `{"captive": true, "user-portal-url": "https://portal.test/login"}`) // errs if the client went away
}

// page is the page of the portal.
func page(out http.ResponseWriter, _ *http.Request) {
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	out.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(out, `<!doctype html><title>Welcome</title>
<form method="post" action="http://`+portal+`/login"><p>Read our terms.
<input type="hidden" name="token" value="1b1c1d"><button name="accept" value="yes">Accept</button></form>
`) // errs if the client went away
}

// internet is that of probetest, with Tailscale's relays: every host with /generate_204 that
// is no check of the catalogue.
func internet() http.Handler {
	checks := probetest.Internet()
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Host, ".connman.net") {
			// ConnMan compares the exact spelling, which Header.Set would change.
			out.Header()["X-ConnMan-Status"] = []string{"online"}
		}
		challenge := r.Header.Get("X-Tailscale-Challenge")
		if challenge == "" && !strings.HasSuffix(r.Host, ".tailscale.com") {
			checks.ServeHTTP(out, r)
			return
		}
		if challenge != "" {
			out.Header().Set("X-Tailscale-Response", "response "+challenge)
		}
		out.WriteHeader(http.StatusNoContent)
	})
}
