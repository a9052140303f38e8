package probe_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotspot-helper/probe"
)

// captive redirects every host to a portal with a page.
func captive(to string) hosts {
	return hosts{"*": redirect(to, 302), "portal.test": page(200, form), "10.0.0.1": page(200, form)}
}

// but returns a copy with some hosts changed.
func (h hosts) but(changes hosts) hosts {
	changed := hosts{}
	for name, handler := range h {
		changed[name] = handler
	}
	for name, handler := range changes {
		changed[name] = handler
	}
	return changed
}

// before makes some hosts answer a little earlier than the Internet, as a nearby filter would.
func before(h hosts) hosts {
	slower := hosts{}
	for _, host := range []string{debian, android, firefox, apple} {
		slower[host] = late(rtt/2, internet)
	}
	return slower.but(h)
}

// forWISPr answers Apple's client with one handler and browsers with another.
func forWISPr(wispr, browser http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.UserAgent(), " wispr") {
			wispr(w, r)
			return
		}
		browser(w, r)
	}
}

// Networks without a portal, or with one operator permanently blocked.
func TestConformanceOpen(t *testing.T) {
	full := probe.VerdictFull
	conform(t, []world{
		{name: "open", verdict: full, reason: "200 as wanted", trips: 3},
		{name: "open, decoys answered by ICMP", tcp: only(refused, "203.0.113"), verdict: full, reason: "as wanted", trips: 3},
		{name: "open, slow", rtt: 1300 * time.Millisecond, verdict: full, reason: "as wanted", trips: 3, within: 4 * time.Second},

		// One operator's failing HTTPS may be a filter: it is full, with a note.
		{name: "https refused for one operator", tls: only(refused, google), verdict: full, reason: "as wanted", trips: 3},
		{name: "https silent for one operator", tls: only(dropped, google), verdict: full, reason: "as wanted", trips: 3, within: 4 * rtt},
		{name: "https silent for the other operator", tls: only(dropped, grapheneos), verdict: full, reason: "as wanted", trips: 3, within: 4 * rtt},
		{name: "https intercepted for one operator", tls: only(foreign, google), verdict: full, reason: "as wanted", trips: 3, also: noted("a proxy inspects TLS: android-https")},
		{name: "https with errors of the operators", http: hosts{google: page(404, ""), grapheneos: page(503, "")}, verdict: full, reason: "as wanted", trips: 3, also: noNote},
		{name: "https by an old handshake, slow", http: hosts{google: late(3*rtt, internet), grapheneos: silent}, verdict: full, reason: "as wanted", trips: 3, within: 4 * rtt},
		{name: "https refused, the link is right", tls: refused, endpoints: named(t, "debian", "firefox", "android-https"), verdict: full, reason: "as wanted", trips: 3, also: noted("no check over TLS is answered: android-https")},
		{name: "no name for https", tls: refused, dns: nameless(google, grapheneos), verdict: full, reason: "as wanted", trips: 3},
		{name: "wrong clock", tls: outOfDate, verdict: full, reason: "as wanted", trips: 3, also: noted("no check over TLS is answered: android-https: x509: certificate has expired")},
		{name: "http silent for good, https clear", tcp: only(dropped, ":80"), verdict: full, reason: "no answer over http", trips: 24},
		{name: "http refused for good, https clear", tcp: only(refused, ":80"), verdict: full, reason: "no answer over http", trips: 4},

		// One operator that is permanently blocked, by any means, must not look like a portal.
		{name: "one operator silent", tcp: only(dropped, debian, "203.0.113"), verdict: full, reason: "as wanted", trips: 3},
		{name: "one operator refused", tcp: only(refused, firefox, "203.0.113"), verdict: full, reason: "as wanted", trips: 3},
		{name: "one operator half-open", http: hosts{android: silent}, verdict: full, reason: "as wanted", trips: 3},
		{name: "one operator resets", http: hosts{android: raw(0)}, verdict: full, reason: "as wanted", trips: 3},
		{name: "one operator forbidden", http: hosts{android: page(403, "forbidden by policy")}, verdict: full, reason: "as wanted", trips: 3},
		{name: "one operator in maintenance", http: hosts{debian: page(503, "later")}, verdict: full, reason: "as wanted", trips: 3},
		{name: "one operator redirected by a filter", http: before(hosts{debian: redirect("http://filter.test/blocked", 302)}), verdict: full, reason: "only Debian is intercepted, by a filter: debian: 302 to http://filter.test/blocked", trips: 4},
		{name: "one operator's page replaced by a filter", http: before(hosts{firefox: page(200, "<html>blocked by policy</html>")}), verdict: full, reason: "only Mozilla is intercepted", trips: 4},
		{name: "one operator unknown to the name servers", dns: except(android, noName), verdict: full, reason: "as wanted", trips: 3},
		{name: "one operator sunk to 0.0.0.0 and refused", dns: except(android, wildcard("0.0.0.0")), tcp: only(refused, android, "203.0.113"), verdict: full, reason: "as wanted", trips: 3},
		{name: "Google blocked for good, https too", tcp: only(dropped, android, "203.0.113"), tls: only(dropped, google), verdict: full, reason: "as wanted", trips: 3},
		{name: "Apple blocked for good, by either agent", tcp: only(dropped, apple, "203.0.113"), verdict: full, reason: "as wanted", trips: 4},
		{name: "Apple redirected by a filter, by either agent", http: before(hosts{apple: redirect("http://filter.test/", 302)}), verdict: full, reason: "only Apple is intercepted", trips: 4},
		{
			name: "a box answers for unused addresses", http: before(hosts{"203.0.113.204": page(200, "<html>no such host</html>")}), tcp: only(refused, "nowhere"),
			verdict: full, reason: "only decoy is intercepted", trips: 4, announced: "portal full",
		},
		{
			name: "a box redirects unused addresses", http: hosts{"203.0.113.204": redirect(login, 302), "portal.test": page(200, form)}, tcp: only(refused, "nowhere"),
			verdict: full, reason: "only decoy is intercepted, by a filter: decoy-ipv4: 302 to " + login, trips: 3, announced: "portal full", within: 3 * rtt,
		},
		{
			name: "a box answers late for unused addresses", http: hosts{"203.0.113.204": late(3*rtt/2, page(200, "<html>no such host</html>")), apple: late(rtt, internet)}, tcp: only(refused, "nowhere"),
			verdict: full, reason: "as wanted", trips: 4,
		},
		{name: "two operators silent", tcp: only(dropped, debian, android, "203.0.113"), verdict: full, reason: "as wanted", trips: 4},
		{name: "three operators silent, https clear", tcp: only(dropped, debian, android, firefox, "203.0.113"), verdict: full, reason: "apple: 200 as wanted", trips: 5},

		// A transparent proxy's 200 with at most 4 bytes: Android fails such a check, Chromium takes
		// at most 1 byte for online. It means nothing here, so that others decide.
		{name: "a proxy empties one 204", http: hosts{android: page(200, "")}, verdict: full, reason: "as wanted", trips: 3},
		{name: "a proxy makes one 204 a 200 with 1 byte", http: hosts{android: page(200, "\n")}, verdict: full, reason: "as wanted", trips: 3},
		{name: "a proxy strips a header", http: hosts{"connectivity-check.ubuntu.com": page(204, "")}, endpoints: named(t, "ubuntu", "debian", "firefox"), verdict: full, reason: "debian: 200 as wanted", trips: 3},
		{name: "a proxy upgrades one operator to https", http: hosts{debian: redirect("https://"+debian+"/nm", 301)}, verdict: full, reason: "as wanted", trips: 3},
		{name: "a proxy upgrades every request to https", http: hosts{"203.0.113.204": redirect("https://203.0.113.204/", 301)}, tcp: only(refused, "nowhere"), verdict: full, reason: "as wanted", trips: 3},
		{name: "a proxy adds newlines", http: hosts{debian: page(200, "\r\nNetworkManager is online\r\n\r\n")}, verdict: full, reason: "as wanted", trips: 3},
	})
}

// Android calls a network where HTTP works and HTTPS does not partial connectivity;
// NetworkManager, Chromium and Firefox do not check. Most of the Web does not work there, and
// it takes two operators to tell it from a filter.
func TestConformancePlain(t *testing.T) {
	limited, portal := probe.VerdictLimited, probe.VerdictPortal
	const plain = "http works, https does not: android-https: "
	conform(t, []world{
		{name: "https refused", tls: refused, verdict: limited, reason: plain + "connection refused, grapheneos-https: connection refused", trips: 3},
		{name: "https dropped", tls: dropped, announced: "full limited", verdict: limited, reason: plain + "no answer", trips: 23},
		{name: "https dropped, slow", rtt: 1300 * time.Millisecond, tls: dropped, announced: "full limited", verdict: limited, reason: plain + "no answer", trips: 6, within: 8 * time.Second},
		{name: "https reset in the handshake", tls: resetLate, announced: "full limited", verdict: limited, reason: plain + "connection reset", trips: 5},
		{name: "https intercepted", tls: foreign, verdict: limited, reason: plain + "tls: x509: certificate signed by unknown authority", trips: 3},
		{name: "https intercepted or dropped", tls: either(google, foreign, dropped), announced: "full limited", verdict: limited, reason: plain + "tls: x509", trips: 23},
		{name: "one operator by http", tls: refused, tcp: only(dropped, debian, android, firefox, "203.0.113"), verdict: limited, reason: plain + "connection refused", trips: 24},
		{name: "two families", families: "46", tls: refused, verdict: limited, reason: "over IPv4, " + plain, trips: 4},
		{name: "two families, the other dead", families: "46", tls: refused, tcp: dropped, tcp6: exceptDecoys, verdict: limited, reason: "over IPv6, " + plain, within: 4 * time.Second},
		{name: "the link says captive", link: offers(secureAPI), http: hosts{"api.test": document(`{"captive":true}`)}, tls: refused, verdict: portal, reason: "says captive"},
		// A filter does not block HTTPS as a whole; a portal that lets hosts through does.
		{name: "one operator redirected", http: captive(login).but(hosts{debian: internet, android: internet, apple: internet}), tcp: exceptDecoys, tls: refused, verdict: portal, reason: "https does not work", portal: login, hops: "302 200", trips: 4},
	})
}

// Portals that intercept a check.
func TestConformanceRedirect(t *testing.T) {
	portal := probe.VerdictPortal
	const byDecoy = "decoy-ipv4: 302 to " + login + ", where no server is"
	conform(t, []world{
		{name: "redirect", http: captive(login), tls: refused, verdict: portal, reason: byDecoy, portal: login, hops: "302 200", trips: 2, also: fromName},
		{name: "redirect, https silent", http: captive(login), tls: dropped, verdict: portal, reason: byDecoy, portal: login, hops: "302 200", trips: 2, also: fromName},
		{name: "redirect, https let through", http: captive(login), verdict: portal, reason: byDecoy, portal: login, hops: "302 200", trips: 2},
		{name: "redirect, https forged", http: captive(login), tls: foreign, verdict: portal, reason: byDecoy, portal: login, hops: "302 200", trips: 2},
		{name: "redirect, decoys dropped", http: captive(login), tls: refused, tcp: exceptDecoys, verdict: portal, reason: "302 to " + login, portal: login, hops: "302 200", trips: 3},
		{name: "redirect, decoys refused", http: captive(login), tls: refused, tcp: only(refused, "203.0.113"), verdict: portal, reason: "302 to " + login, portal: login, hops: "302 200", trips: 3},
		{name: "307", http: captive(login).but(hosts{"*": redirect(login, 307)}), tls: refused, verdict: portal, reason: "307", portal: login, hops: "307 200", trips: 2},
		{name: "in place", http: hosts{"*": page(200, form)}, tls: refused, verdict: portal, reason: "200 with a page, where no server is", portal: "*", hops: "200", trips: 2, also: fromName},
		{name: "in place, decoys dropped", http: hosts{"*": page(200, form)}, tls: refused, tcp: exceptDecoys, verdict: portal, reason: "another body", portal: "*", hops: "200", trips: 3},
		{name: "511", http: hosts{"*": page(511, form)}, tls: refused, verdict: portal, reason: "511", portal: "*", hops: "511", trips: 2},
		{name: "204 for everything", http: hosts{"*": page(204, "")}, verdict: portal, reason: "204 No Content, where no server is", portal: "*", hops: "204", trips: 2},

		// A name server that answers only after the login: the decoy and a portal by address need none.
		{name: "no answer from the name servers", http: captive("http://10.0.0.1/login"), dns: silentDNS, tls: refused, verdict: portal, reason: "decoy-ipv4", portal: "http://10.0.0.1/login", hops: "302 200", trips: 2, within: 4 * rtt},
		{name: "no name before the login", http: captive("http://10.0.0.1/login"), dns: noName, tls: refused, verdict: portal, reason: "decoy-ipv4", portal: "http://10.0.0.1/login", hops: "302 200", trips: 2},
		{name: "SERVFAIL before the login", http: captive("http://10.0.0.1/login"), dns: servfail, tls: refused, verdict: portal, reason: "decoy-ipv4", portal: "http://10.0.0.1/login", hops: "302 200", trips: 2},
		{name: "no answer from the name servers, a portal by name", http: captive(login), dns: silentDNS, tls: refused, verdict: portal, reason: "decoy-ipv4", portal: login, hops: "302 0", trips: 2, within: 9 * time.Second},

		// A hijacked name server. For Android a private address of its check means no Internet; the response from there says more.
		{name: "every name is the gateway's private address", http: hosts{"*": page(200, form)}, dns: wildcard("10.0.0.1"), tcp: exceptDecoys, tls: refused, verdict: portal, reason: "another body", portal: "*", hops: "200", trips: 3},
		{name: "every name is a public portal's address", http: captive(login), dns: wildcard("198.51.100.99"), tcp: exceptDecoys, tls: foreign, verdict: portal, reason: "302 to", portal: login, hops: "302 200", trips: 3},
		{name: "every name is the gateway's, port 80 refused, https forged", dns: wildcard("10.0.0.1"), tcp: only(refused, ":80"), tls: foreign, verdict: portal, reason: "android-https: tls: x509"},
		{name: "every name is the gateway's, port 80 silent, https forged", dns: wildcard("10.0.0.1"), tcp: only(dropped, ":80"), tls: foreign, verdict: portal, reason: "android-https: tls: x509"},

		// Hosts that a portal lets through.
		{name: "Apple let through", http: captive(login).but(hosts{apple: internet}), tls: refused, verdict: portal, reason: "302 to", portal: login, hops: "302 200", trips: 2},
		{name: "Google let through, https too", http: captive(login).but(hosts{android: internet}), verdict: portal, reason: "302 to", portal: login, hops: "302 200", trips: 2},
		{name: "two of four let through, no decoys", http: captive(login).but(hosts{android: internet, apple: internet}), tcp: exceptDecoys, verdict: portal, reason: "302 to", portal: login, hops: "302 200", trips: 3},
		{name: "three of four let through", http: captive(login).but(hosts{android: internet, apple: internet, debian: internet}), verdict: portal, reason: "302 to", portal: login, hops: "302 200", trips: 3},
		// Two others online outvote one interception. If decoys are dropped, this looks like a filter.
		{name: "three of four let through, no decoys", http: captive(login).but(hosts{android: late(rtt/2, internet), apple: late(rtt/2, internet), debian: late(rtt/2, internet)}), tcp: exceptDecoys, verdict: probe.VerdictFull, reason: "only Mozilla is intercepted", trips: 4},

		// A success that only one kind of client gets.
		{name: "Apple's own client let through, browsers not", http: captive(login).but(hosts{apple: forWISPr(internet, redirect(login, 302))}), tcp: exceptDecoys, verdict: portal, reason: "302 to", portal: login, hops: "302 200", trips: 3},
		{
			name: "every success spoofed for browsers", http: hosts{"*": forWISPr(redirect(login, 302), internet), "portal.test": page(200, form)}, tcp: exceptDecoys, verdict: portal,
			reason: "apple: 200 as wanted, but only for one kind of client; apple-wispr: 302", portal: login, hops: "302 200", trips: 4,
		},
		{
			name: "success spoofed for Apple's own client, the rest silent", http: hosts{apple: forWISPr(internet, silent), debian: silent, android: silent, firefox: silent}, tls: refused, verdict: probe.VerdictLimited,
			reason: "apple-wispr: 200 as wanted, but only for one kind of client",
		},

		// HTTP and HTTPS disagree.
		{name: "http redirected, https clear", http: captive(login), tcp: exceptDecoys, verdict: portal, reason: "302", portal: login, hops: "302 200", trips: 3},
		{name: "http silent, https forged", tcp: only(dropped, ":80"), tls: foreign, verdict: portal, reason: "android-https"},
		{name: "http refused, https forged", tcp: only(refused, ":80"), tls: foreign, verdict: portal, reason: "android-https"},

		// Broken responses.
		{name: "headers stripped by a proxy", http: hosts{"connectivity-check.ubuntu.com": page(204, ""), "ipv4.connman.net": page(200, "<html></html>")}, endpoints: named(t, "ubuntu", "connman"), verdict: probe.VerdictLimited, reason: "204 without the header"},
		{name: "portal in place of a header", http: hosts{"*": redirect(login, 302), "portal.test": page(200, form)}, endpoints: named(t, "ubuntu", "connman"), verdict: portal, reason: "302", portal: login, hops: "302 200", trips: 3},
		{name: "503 with Retry-After", http: hosts{"*": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "120")
			page(503, "starting")(w, r)
		}}, tls: refused, verdict: probe.VerdictLimited, reason: "503 Service Unavailable, retry after 120"},
		{name: "404 for everything", http: hosts{"*": page(404, form)}, tls: refused, verdict: probe.VerdictLimited, reason: "404"},
		{name: "chunk that breaks off", http: hosts{"*": raw(0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n<html>log in")}, tls: refused, verdict: portal, reason: "200 with a page", portal: "*", hops: "200", trips: 2, also: truncated},
		{name: "chunk of no size", http: hosts{"*": raw(0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")}, tls: refused, verdict: probe.VerdictLimited, reason: "none of 7 checks"},
		{name: "gzip bomb", http: hosts{"*": gzipped(8 << 20)}, tls: refused, verdict: portal, reason: "200 with a page", portal: "*", hops: "200", trips: 2, also: truncated},
		{name: "one check drips, the rest redirect", http: captive(login).but(hosts{debian: dripping}), tls: refused, tcp: exceptDecoys, verdict: portal, reason: "302", portal: login, hops: "302 200", trips: 3},
		{name: "success body that never ends", http: hosts{debian: raw(time.Hour, "HTTP/1.1 200 OK\r\n\r\nNetworkManager is online", "!")}, verdict: probe.VerdictFull, reason: "as wanted", trips: 3},

		{name: "every host upgraded to https, and forged there", http: hosts{"*": func(w http.ResponseWriter, r *http.Request) {
			redirect("https://"+r.Host+r.URL.RequestURI(), 301)(w, r)
		}}, tls: foreign, verdict: portal, reason: "android-https"},

		// Slow portals.
		{name: "portal slower than the Internet's names", http: captive(login).but(hosts{"*": late(time.Second, redirect(login, 302))}), tls: dropped, verdict: portal, reason: "302", portal: login, hops: "302 200", trips: 14},
	})
}

// dripping sends one byte of a page each second.
func dripping(w http.ResponseWriter, r *http.Request) {
	raw(time.Second, append([]string{"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<html>"}, strings.Split(strings.Repeat(".", 900), "")...)...)(w, r)
}

// fromName checks that the chain starts at a named check: a portal must not send people back to a decoy.
func fromName(t *testing.T, e probe.Evidence) {
	if u := e.Hops[0].URL; strings.Contains(u, "203.0.113.") {
		t.Errorf("the chain starts at %s", u)
	}
}

// gzipped is a page of that size, compressed to a thousandth.
func gzipped(size int) http.HandlerFunc {
	var squeezed bytes.Buffer
	zip := gzip.NewWriter(&squeezed)
	_, _ = io.WriteString(zip, strings.Repeat("<p>log in</p>\n", size/14))
	_ = zip.Close()
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(squeezed.Bytes())
	}
}
