package portaltest

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A body larger than this is not read: no login form is near it.
const maxForm = 64 << 10

// site is a portal with what is fixed about it.
type site struct {
	portal  portal
	gateway netip.Addr // of the link; zero: loopback
	hosts   []string   // that the portal answers for, with the port unless it is the scheme's own
	secure  []string   // those of them that speak https where the options have an authority; nil: all, if url is https
	url     string     // of the login page
	api     string     // of the RFC 8908 document, or ""
	login   Login
	traits  string // what the seed drew
}

// portal is the web server of one kind of hotspot. The gateway calls it for one
// request at a time, with the form parsed.
type portal interface {
	// intercept answers a request for a host beyond the gateway.
	intercept(r *http.Request) reply
	// answer answers a request for a host of the portal's own.
	answer(r *http.Request, now status) reply
	// forget drops all cookies and tokens.
	forget()
}

// session is the time on the Internet that a login began. The zero value is none.
type session struct {
	began time.Time
	seen  time.Time // last traffic to the Internet
}

// status is what a portal is told of the session.
type status struct {
	online    bool
	began     time.Time
	remaining time.Duration // 0: without end
}

// reply is an answer before it is sent.
type reply struct {
	status   int
	header   http.Header
	body     string
	empty    bool // nothing is sent: the connection is closed
	decision Decision
	detail   string
}

// page is the reply with an HTML page that changes nothing.
func page(code int, body, detail string) reply {
	header := http.Header{"Content-Type": {"text/html"}, "Cache-Control": {"no-store"}}
	return reply{status: code, header: header, body: body, decision: DecisionPage, detail: detail}
}

// redirect is the reply that leads elsewhere.
func redirect(code int, location, detail string) reply {
	return reply{status: code, header: http.Header{"Location": {location}}, decision: DecisionPage, detail: detail}
}

// as returns the reply with another decision.
func (a reply) as(decision Decision) reply {
	a.decision = decision
	return a
}

// write sends the reply as it should be.
func (a reply) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body)) // a client that hung up is its own affair
}

// ServeHTTP answers as the network does, whatever the host of the request.
func (h *Hotspot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !wait(r.Context(), h.opts.Delay) {
		panic(http.ErrAbortHandler)
	}
	own := slices.Contains(h.site.hosts, hostOf(r))
	if own {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		_ = r.ParseForm() // of a broken form, what could be read counts
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

// decide does what a request asks for and logs it; own says that it is for the portal.
func (h *Hotspot) decide(r *http.Request, own bool) reply {
	h.mu.Lock()
	defer h.mu.Unlock()
	line, now := logged(r), h.current()
	a := reply{decision: DecisionInternet}
	switch {
	case own:
		a = h.site.portal.answer(r, now)
	case now.online:
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
	if h.opts.Tell != nil {
		h.opts.Tell(line)
	} else {
		h.log = append(h.log, line)
	}
	return a
}

// current returns the status of the session, ending it where its time is over. The
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

// wait returns true after d, or false as soon as ctx ends.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
