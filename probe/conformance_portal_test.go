package probe_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotspot-helper/internal/web"
	"hotspot-helper/probe"
)

const wisprMessage = `<!--
<?xml version="1.0" encoding="UTF-8"?>
<WISPAccessGatewayParam><Redirect><MessageType>100</MessageType><LocationName>CDATA[[Bench]]</LocationName>
<LoginURL>https://wispr.test/login?a=1&amp;b=2</LoginURL></Redirect></WISPAccessGatewayParam>-->`

// chilliPage is a login page like CoovaChilli's: its functions redirect, but they are not called.
const chilliPage = `<HTML><HEAD><SCRIPT>
var popup;
function popUp() { window.location = "http://10.0.0.1:3990/www/login?res=popup3"; }
if (self.name == "chillispot_popup") { self.focus(); }
</SCRIPT></HEAD><BODY onLoad="popUp2()"><FORM METHOD="post"><INPUT TYPE="hidden" NAME="challenge"></FORM></BODY></HTML>`

// moved is a page whose body leads to a URL.
func moved(body string) hosts {
	return hosts{"*": page(200, body), "portal.test": page(200, form), "10.0.0.1": page(200, form), "[2001:db8:9::1]": page(200, form)}
}

// Redirect chains to the portal's page, and what the responses hold.
func TestConformanceWay(t *testing.T) {
	portal := probe.VerdictPortal
	conform(t, []world{
		{name: "absolute", http: captive(login), verdict: portal, reason: "302", portal: login, hops: "302 200"},
		{name: "relative", http: hosts{"*": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/login" {
				page(200, form)(w, r)
				return
			}
			redirect("/login", 302)(w, r)
		}}, verdict: portal, reason: "302 to /login", portal: anywhere, hops: "302 200", also: endsAt("/login")},
		{name: "without a scheme", http: captive("//portal.test/login"), verdict: portal, reason: "302", portal: login, hops: "302 200"},
		{name: "private address", http: captive("http://10.0.0.1/login"), verdict: portal, reason: "302", portal: "http://10.0.0.1/login", hops: "302 200"},
		{name: "IPv6 literal", http: captive("http://[2001:db8:9::1]/login").but(hosts{"[2001:db8:9::1]": page(200, form)}), verdict: portal, reason: "302", portal: "http://[2001:db8:9::1]/login", hops: "302 200"},
		{name: "another port", http: captive("http://10.0.0.1:2050/login").but(hosts{"10.0.0.1:2050": page(200, form)}), verdict: portal, reason: "302", portal: "http://10.0.0.1:2050/login", hops: "302 200"},
		{name: "https with a good certificate", http: captive("https://portal.test/login"), verdict: portal, reason: "302", portal: "https://portal.test/login", hops: "302 200"},
		{name: "https with a bad certificate", http: captive("https://bad.test/login"), tls: foreign, verdict: portal, reason: "302", portal: "https://bad.test/login", hops: "302 0", also: noted("has an untrusted certificate")},
		{name: "a page that is not read", http: captive("https://bad.test/login"), tls: foreign, verdict: portal, reason: "302", portal: "https://bad.test/login", hops: "302 0", also: unread("its certificate is", web.CertificateUnknown)},
		{name: "a busy page", http: captive(login).but(hosts{"portal.test": refuse(503, "90")}), verdict: portal, reason: "302", portal: login, hops: "302 503", also: isBusy("portal.test answers 503, to be asked again in 1m30s (Retry-After)")},
		{name: "a host that is not there", http: captive(login), tcp: only(refused, "portal.test"), verdict: portal, reason: "302", portal: login, hops: "302 0"},
		// The transport refuses loopback and link-local targets; the URL is kept for people.
		{name: "loopback", http: captive("http://127.0.0.1:631/"), tcp: only(forbidden, "127.0.0.1"), verdict: portal, reason: "302", portal: "http://127.0.0.1:631/", hops: "302 0", also: lastError("not allowed")},
		{name: "meta refresh", http: moved(`<meta http-equiv="refresh" content="0;url=` + login + `">`), verdict: portal, reason: "200", portal: login, hops: "200 200"},
		{name: "meta refresh in capitals", http: moved(`<META HTTP-EQUIV="Refresh" CONTENT="1; URL=` + login + `">`), verdict: portal, reason: "200", portal: login, hops: "200 200"},
		{name: "meta refresh without scripts only", http: moved(`<script>go()</script><noscript><meta http-equiv=refresh content="0;url=` + login + `"></noscript>`), verdict: portal, reason: "200", portal: login, hops: "200 200"},
		{name: "meta refresh on 511", http: moved("").but(hosts{"*": page(511, `<meta http-equiv=refresh content="0;url=`+login+`">`)}), verdict: portal, reason: "511", portal: login, hops: "511 200"},
		{name: "location.href, as Omada's", http: moved(`<html><head><script>location.href="` + login + `"</script></head></html>`), verdict: portal, reason: "200", portal: login, hops: "200 200"},
		{name: "top.self.location.href, as Ruijie's", http: moved(`<script>top.self.location.href='` + login + `'</script>`), verdict: portal, reason: "200", portal: login, hops: "200 200"},
		{name: "location.replace", http: moved(`<script>window.location.replace("` + login + `");</script>`), verdict: portal, reason: "200", portal: login, hops: "200 200"},
		{name: "window.location put together", http: moved(`<script>window.location = "http://portal.test" + "/login";</script>`), verdict: portal, reason: "200", portal: login, hops: "200 200"},
		{name: "script for later, as CoovaChilli's", http: captive(login).but(hosts{"portal.test": page(200, chilliPage)}), verdict: portal, reason: "302", portal: login, hops: "302 200"},
		{name: "script under a condition", http: hosts{"*": page(200, `<script>if (top != self) top.location.href = "`+login+`"</script><p>log in</p>`)}, verdict: portal, reason: "200", portal: "*", hops: "200"},
		{name: "script to a variable", http: hosts{"*": page(200, `<script>var u = "`+login+`"; location.href = u;</script><p>log in</p>`)}, verdict: portal, reason: "200", portal: "*", hops: "200"},
		{name: "several kinds of hops", http: captive(login).but(hosts{
			"portal.test": page(200, `<script>location.href="http://10.0.0.1/"</script>`),
			"10.0.0.1":    page(200, `<meta http-equiv=refresh content="0;url=http://b.test/">`), "b.test": page(200, form),
		}), verdict: portal, reason: "302", portal: "http://b.test/", hops: "302 200 200 200"},
		{name: "redirect loop", http: hosts{"*": redirect("http://a.test/", 302), "a.test": redirect("http://b.test/", 302), "b.test": redirect("http://a.test/", 302)}, verdict: portal, reason: "302", portal: "http://a.test/", hops: "302 302 302", also: lastError("leads back")},
		{
			name: "script loop", http: moved(`<script>location.href="http://a.test/"</script>`).but(hosts{"a.test": page(200, `<script>location.href="http://b.test/"</script>`), "b.test": page(200, `<script>location.href="http://a.test/"</script>`)}),
			verdict: portal, reason: "200", portal: "http://b.test/", hops: "200 200 200", also: lastError("leads back"),
		},

		{name: "WISPr for everybody", http: captive(login).but(hosts{"*": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", login)
			page(302, wisprMessage)(w, nil)
		}}), verdict: portal, reason: "302", portal: login, hops: "302 200", also: wispr},
		{name: "WISPr for WISPr clients only", http: captive(login).but(hosts{apple: forWISPr(page(200, wisprMessage), redirect(login, 302))}), verdict: portal, reason: "302", portal: login, hops: "302 200", also: wispr},
		{name: "WISPr where no page is", http: hosts{"*": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://dead.test/")
			page(302, wisprMessage)(w, nil)
		}}, tcp: only(refused, "dead.test"), verdict: portal, reason: "302", portal: "https://wispr.test/login?a=1&b=2", hops: "302 0", also: wispr},
	})
}

func forbidden(context.Context, string) error { return errors.New("target not allowed") }

func wispr(t *testing.T, e probe.Evidence) {
	if !strings.HasPrefix(e.WISPr, "<WISPAccessGatewayParam>") || !strings.Contains(e.WISPr, "<LoginURL>") {
		t.Errorf("WISPr = %q", e.WISPr)
	}
}

// tooComplex is a page whose unclosed elements a parser copies into each paragraph.
func tooComplex() string {
	var b strings.Builder
	b.WriteString("<form><p>")
	for i := range 495 {
		fmt.Fprintf(&b, "<b a=%d>", i)
	}
	return b.String() + "</p>" + strings.Repeat("<p>x", 10000)
}

// certificate fails as a client that checks the dates of a certificate does.
func certificate(from, until time.Duration) connector {
	return func(context.Context, string) error {
		now := time.Now()
		dates := &x509.Certificate{NotBefore: now.Add(from), NotAfter: now.Add(until)}
		return &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Cert: dates, Reason: x509.Expired}}
	}
}

// obstacle checks what the last hop says, for programs.
func obstacle(want web.Obstacle) func(*testing.T, probe.Evidence) {
	return func(t *testing.T, e probe.Evidence) {
		if got := e.Obstacle(); got != want {
			t.Errorf("obstacle %q, want %q", got, want)
		}
	}
}

// What keeps the portal's page from being read is in the reason, and typed in the last hop.
func TestConformanceObstacles(t *testing.T) {
	const day = 24 * time.Hour
	secure := captive("https://bad.test/login")
	const cannot = "; the portal's page cannot be read: "
	conform(t, []world{
		{name: "expired", http: secure, tls: certificate(-2*day, -day), verdict: probe.VerdictPortal, reason: cannot + "its certificate expired on ", portal: "https://bad.test/login", hops: "302 0", also: obstacle(web.CertificateExpired)},
		{name: "clock", http: secure, tls: certificate(-2*day, -day), verdict: probe.VerdictPortal, reason: "; is this computer's clock right?", portal: "https://bad.test/login", hops: "302 0", also: obstacle(web.CertificateExpired)},
		{name: "not yet valid", http: secure, tls: certificate(day, 2*day), verdict: probe.VerdictPortal, reason: cannot + "its certificate is valid only from ", portal: "https://bad.test/login", hops: "302 0", also: obstacle(web.CertificateNotYetValid)},
		{name: "unknown authority", http: secure, tls: foreign, verdict: probe.VerdictPortal, reason: cannot + "its certificate is of an authority that this computer does not trust", portal: "https://bad.test/login", hops: "302 0", also: obstacle(web.CertificateUnknown)},
		{
			name: "own address", http: captive(login), tcp: only(func(context.Context, string) error { return fmt.Errorf("dial: %w", web.ErrOwnAddress) }, "portal.test"),
			verdict: probe.VerdictPortal, reason: cannot + "its name leads to an address of this computer", portal: login, hops: "302 0", also: obstacle(web.OwnAddress),
		},
		{name: "too complex", http: captive(login).but(hosts{"portal.test": page(200, tooComplex())}), verdict: probe.VerdictPortal, reason: cannot + "it is too complex to be read", portal: login, hops: "302 200", also: obstacle(web.PageTooComplex)},
		{name: "too complex, in place of the check", http: hosts{"*": page(200, tooComplex())}, verdict: probe.VerdictPortal, reason: cannot + "it is too complex to be read", portal: "*", hops: "200", also: obstacle(web.PageTooComplex)},
		{name: "none", http: captive(login), verdict: probe.VerdictPortal, reason: "302", portal: login, hops: "302 200", also: obstacle("")},
		{name: "an error that is none", http: captive(login), tcp: only(refused, "portal.test"), verdict: probe.VerdictPortal, reason: "302", portal: login, hops: "302 0", also: obstacle("")},
	})
}

// offers makes the link offer a captive portal API.
func offers(url string) func(*probe.Link) {
	return func(l *probe.Link) { l.API = url }
}

// typed is a response with a content type.
func typed(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write([]byte(body))
	}
}

// RFC 8908, correctly and as gateways implement it.
func TestConformanceAPI(t *testing.T) {
	full, portal, limited := probe.VerdictFull, probe.VerdictPortal, probe.VerdictLimited
	const (
		plainAPI = "http://gw.test/api"
		yes      = `{"captive":true,"user-portal-url":"https://portal.test/login"}`
	)
	secure := "https://portal.test/login"
	conform(t, []world{
		{name: "captive, checks dropped", link: offers(secureAPI), http: hosts{"api.test": document(yes), "portal.test": page(200, form)}, tcp: only(dropped, ":80"), verdict: portal, reason: "says captive", portal: secure, hops: "200", trips: 4},
		{name: "captive, checks let through", announced: "full portal", link: offers(secureAPI), http: hosts{"api.test": document(yes), "portal.test": page(200, form)}, verdict: portal, reason: "says captive", portal: secure, hops: "200", trips: 4},
		{
			name: "captive over http, checks dropped", link: offers(plainAPI), http: hosts{"gw.test": document(yes), "portal.test": page(200, form)}, tcp: only(dropped, android, debian, firefox, apple, "203.0"), tls: dropped, verdict: portal,
			reason: "says captive, and no check was answered", portal: secure, hops: "200", within: 4 * time.Second, also: noted("not fetched over verified TLS"),
		},
		{name: "captive over http, checks clear but https refused", link: offers(plainAPI), http: hosts{"gw.test": document(yes), "portal.test": page(200, form)}, tls: refused, verdict: portal, reason: "says captive, and http works, https does not", portal: secure, hops: "200"},
		{name: "captive over http, checks clear", link: offers(plainAPI), http: hosts{"gw.test": document(yes)}, verdict: full, reason: "as wanted", trips: 3},
		// Android ignores such a document. It counts without a URL as well; there is only no page to show.
		{name: "captive without a portal", announced: "full portal", link: offers(secureAPI), http: hosts{"api.test": document(`{"captive":true}`)}, verdict: portal, reason: "says captive", also: noted("without a user-portal-url")},
		{name: "CoovaChilli's (null)", link: offers(plainAPI), http: captive(login).but(hosts{"gw.test": document(`{"captive":true,"user-portal-url":"(null)"}`)}), verdict: portal, reason: "302", portal: login, hops: "302 200", also: noted(`user-portal-url is "(null)"`)},
		{name: "openNDS's http", link: offers(plainAPI), http: captive(login).but(hosts{"gw.test": document(`{"captive":true,"user-portal-url":"` + login + `"}`)}), verdict: portal, reason: "302", portal: login, hops: "302 200", also: noted("user-portal-url is not https")},
		{name: "another content type", announced: "full portal", link: offers(secureAPI), http: hosts{"api.test": typed("application/json", yes), "portal.test": page(200, form)}, verdict: portal, reason: "says captive", portal: secure, hops: "200", also: noted(`the content type is "application/json"`)},
		{name: "a page for people, redirected", link: offers("http://gw.test/"), http: captive(login).but(hosts{"gw.test": page(200, form)}), verdict: portal, reason: "302", portal: login, hops: "302 200", also: noted("is a page for people")},
		{
			name: "a page for people, checks dropped", link: offers("http://gw.test/"), http: hosts{"gw.test": page(200, form)}, tcp: only(dropped, android, debian, firefox, apple, "203.0"), tls: dropped, verdict: portal,
			reason: "the link offers the page http://gw.test/", portal: "http://gw.test/", hops: "200", within: 4 * time.Second,
		},
		{
			name: "an API that redirects is no page, checks refused", link: offers("http://gw.test/"), http: hosts{"gw.test": redirect(login, 302), "portal.test": page(200, form)}, tcp: only(refused, android, debian, firefox, apple, "203.0"), tls: refused, verdict: limited,
			reason: "connections are refused",
		},
		{name: "a page for people, checks clear", link: offers("http://gw.test/"), http: hosts{"gw.test": page(200, form)}, verdict: full, reason: "as wanted", trips: 3},
		{name: "an error, checks dropped", link: offers("http://gw.test/"), http: hosts{"gw.test": page(404, "")}, tcp: only(dropped, android, debian, firefox, apple, "203.0"), tls: dropped, verdict: limited, reason: "none of 7"},
		// captive: false never overrides an interception, as in Android.
		{name: "not captive, redirected", link: offers(secureAPI), http: captive(login).but(hosts{"api.test": document(`{"captive":false}`)}), verdict: portal, reason: "302", portal: login, hops: "302 200", also: noted("says that the link is not captive")},
		{name: "not captive, dead", link: offers(secureAPI), http: hosts{"api.test": document(`{"captive":false}`)}, tcp: only(dropped, ":80"), tls: dropped, verdict: limited, reason: "none of 7"},
		{name: "unrestricted, clear", link: offers("urn:ietf:params:capport:unrestricted"), verdict: full, reason: "as wanted", trips: 3},
		{name: "unrestricted, redirected", link: offers("urn:ietf:params:capport:unrestricted"), http: captive(login), verdict: portal, reason: "302", portal: login, hops: "302 200", also: noted("says that it has no portal")},
		{name: "unrestricted, one operator of two filtered", link: offers("urn:ietf:params:capport:unrestricted"), http: hosts{debian: redirect("http://filter.test/", 302)}, endpoints: named(t, "debian", "firefox"), verdict: full, reason: "only Debian is intercepted"},
		{name: "unrestricted by lie, one operator of two filtered", http: hosts{debian: redirect(login, 302), "portal.test": page(200, form)}, endpoints: named(t, "debian", "firefox"), verdict: portal, reason: "302", portal: login, hops: "302 200"},
		{name: "silent API costs full nothing", link: offers(secureAPI), http: hosts{"api.test": silent}, verdict: full, reason: "as wanted", trips: 3},
		{name: "slow API says captive after full", announced: "full portal", link: offers(secureAPI), http: hosts{"api.test": late(time.Second, document(yes)), "portal.test": page(200, form)}, verdict: portal, reason: "says captive", portal: secure, hops: "200", trips: 14},
	})
}

// unread checks why the page was not read, in the reason too.
func unread(text string, obstacle web.Obstacle) func(*testing.T, probe.Evidence) {
	return func(t *testing.T, e probe.Evidence) {
		t.Helper()
		if !strings.Contains(e.Unread(), text) || !strings.Contains(e.Reason, e.Unread()) || e.Obstacle() != obstacle || !obstacle.IsCertificate() {
			t.Errorf("%q, %q: %s", e.Unread(), e.Obstacle(), e.Reason)
		}
	}
}

// isBusy checks what is said of a busy page, in the reason too.
func isBusy(text string) func(*testing.T, probe.Evidence) {
	return func(t *testing.T, e probe.Evidence) {
		t.Helper()
		if e.BusyText() != text || !strings.Contains(e.Reason, text) || e.Unread() != "" {
			t.Errorf("%q: %s", e.BusyText(), e.Reason)
		}
	}
}

// refuse answers with a status and a time to ask again.
func refuse(status int, after string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(status)
	}
}
