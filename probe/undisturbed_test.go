package probe_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"hotspot-helper/probe"
)

// A login may begin at the page of the probe only if no other interception ends what it began.
func TestUndisturbed(t *testing.T) {
	count := func(format string) http.HandlerFunc {
		var n atomic.Int64
		return func(w http.ResponseWriter, r *http.Request) { redirect(fmt.Sprintf(format, n.Add(1)), 302)(w, r) }
	}
	with := func(header, value string, h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(header, value)
			h(w, r)
		}
	}
	asked := func(format string, of func(*http.Request) string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			redirect(fmt.Sprintf(format, url.QueryEscape(of(r))), 302)(w, r)
		}
	}
	whole := func(r *http.Request) string { return "http://" + r.Host + r.URL.RequestURI() }
	host := func(r *http.Request) string { return r.Host }
	decoy := func(h, other http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Host == "192.0.2.1" || r.URL.Path == "/" {
				h(w, r)
				return
			}
			other(w, r)
		}
	}
	for _, test := range []struct {
		name      string
		intercept http.HandlerFunc
		want      bool
	}{
		{"one place", redirect(login, 302), true},
		{"with the URL that was asked for", asked(login+"?mac=02%%3A00&dst=%s", whole), true},
		{"with the host that was asked for", asked(login+"?dst=%s", host), true},
		{"with the URL that was asked for and a token", asked(login+"?dst=%s", func(r *http.Request) string { return whole(r) + "&t=" + r.Host[:3] }), false},
		{"a token in the path", count("http://portal.test/hi/%d"), false},
		{"a token in the query", count(login + "?challenge=%d"), false},
		{"a cookie", with("Set-Cookie", "sid=1", redirect(login, 302)), false},
		{"in place", page(200, form), false},
		{"in place for some", decoy(redirect(login, 302), page(200, form)), false},
		{"a check without an answer", decoy(redirect(login, 302), silent), false},
		{"some let through", decoy(redirect(login, 302), page(500, "")), true},
		{"no page", func(w http.ResponseWriter, r *http.Request) { redirect("http://portal.test/none", 302)(w, r) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				portal := func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/none" {
						page(503, "")(w, r)
						return
					}
					page(200, form)(w, r)
				}
				w := world{http: hosts{"*": test.intercept, "portal.test": portal}}
				e := (&probe.Prober{Transport: w.transports()}).Probe(t.Context(), w.joined())
				if e.Verdict != probe.VerdictPortal || e.Undisturbed != test.want {
					t.Errorf("verdict %v, undisturbed %v; want %v", e.Verdict, e.Undisturbed, test.want)
				}
			})
		})
	}
}
