// Package probetest simulates the Internet and the networks before it for tests of probes.
package probetest

import (
	"io"
	"net/http"
	"net/url"

	"hotspot-helper/probe"
)

// Internet answers every check of [probe.Catalogue] as its operator does. It recognises a
// check by host name, path and query. It answers other requests with a short page that has
// the word "hello", and aborts the response at the address of a decoy.
func Internet() http.Handler {
	endpoints, err := probe.Catalogue()
	if err != nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		})
	}
	answers, decoys := map[string]probe.Endpoint{}, map[string]bool{}
	for _, e := range endpoints {
		if u, err := url.Parse(e.URL); err == nil {
			answers[key(u.Host, u)] = e
			decoys[u.Host] = e.Decoy
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if decoys[r.Host] {
			panic(http.ErrAbortHandler)
		}
		e, ok := answers[key(r.Host, r.URL)]
		if !ok {
			hello(w, r)
			return
		}
		answer(w, e)
	})
}

// key omits scheme and port: a gateway and a lab may change both.
func key(host string, u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return (&url.URL{Host: host}).Hostname() + path + "?" + u.RawQuery
}

func answer(w http.ResponseWriter, e probe.Endpoint) {
	for name, value := range e.Header {
		if value == "" {
			value = "online"
		}
		w.Header().Set(name, value)
	}
	w.Header().Set("Cache-Control", "no-store")
	if e.Body != "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	w.WriteHeader(e.Status)
	if e.Body != "" {
		_, _ = io.WriteString(w, e.Body+"\n")
	}
}

func hello(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, "<!doctype html><title>Internet</title><p>hello from the Internet\n")
}
