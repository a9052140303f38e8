package portaltest

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"hotspot-helper/internal/wait"
)

// maxForm is the largest body that is read, far larger than any login form.
const maxForm = 64 << 10

// session is the client's access to the Internet after a login. The zero value is none.
type session struct {
	began time.Time
	seen  time.Time // time of the last traffic to the Internet
}

// status is what a portal knows of the session.
type status struct {
	online    bool
	began     time.Time
	remaining time.Duration // 0: no expiry
}

// ServeHTTP answers as the network does, regardless of the host of the request.
func (h *Hotspot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if wait.For(r.Context(), h.opts.Delay) != nil {
		panic(http.ErrAbortHandler)
	}
	own := slices.Contains(h.site.hosts, hostOf(r))
	if own {
		body, _ := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm)) // what there is of a broken one
		r.Body = io.NopCloser(bytes.NewReader(body))
		_ = r.ParseForm() // keeps what it could read of a malformed form
		if h.opts.Own != nil {
			r.Body = io.NopCloser(bytes.NewReader(body)) // the program reads it once more
		}
	}
	if h.opts.Serial > 0 && (own || h.Captive()) {
		h.turn <- struct{}{}
		time.Sleep(h.opts.Serial)
		defer func() { <-h.turn }()
	}
	a := h.decide(r, own)
	switch {
	case a.decision == DecisionInternet:
		h.opts.Internet.ServeHTTP(w, r)
	case h.opts.Fault != FaultNone:
		h.misbehave(w, r, a)
	case a.empty:
		panic(http.ErrAbortHandler)
	default:
		a.write(w)
	}
}

// decide answers a request and logs it. The request is for a host of the portal if own is set.
func (h *Hotspot) decide(r *http.Request, own bool) reply {
	h.mu.Lock()
	defer h.mu.Unlock()
	line, now := logged(r), h.current()
	a := reply{decision: DecisionInternet}
	switch {
	case own:
		a = h.site.portal.answer(r, now)
	case now.online && line.Time.Sub(now.began) >= h.opts.Gate:
		h.session.seen = line.Time
	default:
		a = h.site.portal.intercept(r).as(DecisionIntercepted)
	}
	switch a.decision {
	case DecisionGranted:
		h.session = session{began: line.Time, seen: line.Time}
	case DecisionKept:
		h.session.seen = line.Time
	case DecisionLoggedOff:
		h.session = session{}
	}
	line.Decision, line.Detail = a.decision, a.detail
	if h.opts.OnRequest != nil {
		h.opts.OnRequest(line)
	} else {
		h.log = append(h.log, line)
	}
	return a
}

// current returns the status of the session, and ends the session when its time is over. The
// caller holds the lock.
func (h *Hotspot) current() status {
	s := h.session
	if s.began.IsZero() {
		return status{}
	}
	remaining := h.opts.Session - time.Since(s.began)
	over := h.opts.Session > 0 && remaining <= 0
	idle := h.opts.Idle > 0 && time.Since(s.seen) >= h.opts.Idle
	if over || idle {
		h.session = session{}
		return status{}
	}
	return status{online: true, began: s.began, remaining: max(0, remaining)}
}

// hostOf returns the host that a request is for, without the port of its scheme.
func hostOf(r *http.Request) string {
	port := ":80"
	if r.TLS != nil {
		port = ":443"
	}
	return strings.TrimSuffix(strings.ToLower(r.Host), port)
}

// urlOf returns the URL that a request is for.
func urlOf(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + hostOf(r) + r.URL.RequestURI()
}
