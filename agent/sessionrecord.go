package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// sessionRecord is what the flows of a session need after a restart of the agent. No value in it
// contains a secret of the user's, in any spelling.
type sessionRecord struct {
	Helper  string        `json:"helper"`
	Maker   maker.Maker   `json:"maker"`
	Network wifi.Identity `json:"network"`
	Seen    time.Time     `json:"seen"` // the link was online then
	Expires time.Time     `json:"expires,omitzero"`
	Began   time.Time     `json:"began,omitzero"`
	Every   time.Duration `json:"every_ns,omitempty"`
	Extends bool          `json:"extends,omitempty"`

	PortalURL string            `json:"portal_url"`
	API       string            `json:"api,omitempty"` // URL of the captive portal API
	WISPr     string            `json:"wispr,omitempty"`
	Hops      []hopRecord       `json:"hops,omitempty"`   // on the way to the portal's page
	Checks    []string          `json:"checks,omitempty"` // URLs in the Internet, where nothing of a session goes
	Captures  map[string]string `json:"captures,omitempty"`
	Cookies   []cookieRecord    `json:"cookies,omitempty"`
	LeftOut   []string          `json:"left_out,omitempty"` // names of values with a secret in them
}

// hopRecord is a response on the way to the portal's page.
type hopRecord struct {
	URL      string `json:"url"`
	Status   int    `json:"status,omitempty"`
	Location string `json:"location,omitempty"`
}

// cookieRecord is a cookie as the portal set it.
type cookieRecord struct {
	URL  string `json:"url"`
	Line string `json:"set_cookie"`
}

const (
	// maxSessions bounds the sessions that are remembered. The oldest ones are forgotten.
	maxSessions = 8
	// maxSessionRecord is how many bytes of JSON one has at most.
	maxSessionRecord = 32 << 10
	// seenAgain is how old the record of a session that is kept alive becomes at most.
	seenAgain = time.Hour
)

// isOver reports whether the session cannot exist any more.
func (r *sessionRecord) isOver(now time.Time) bool {
	return now.Sub(r.Seen) >= aliveTime || !r.Expires.IsZero() && !now.Before(r.Expires.Add(expiryGrace))
}

// check returns what keeps a record from being used. Anything may have written the file.
func (r *sessionRecord) check(now time.Time) error {
	data, err := json.Marshal(r)
	switch {
	case err != nil:
		return err
	case len(data) > maxSessionRecord:
		return fmt.Errorf("%d bytes, at most %d are used", len(data), maxSessionRecord)
	case r.Helper == "" || !r.Network.Complete():
		return errors.New("no helper or no network")
	case r.PortalURL == "":
		return errors.New("no address of a portal, or one that contains a secret")
	case r.Seen.IsZero() || r.Seen.After(now.Add(time.Hour)):
		return fmt.Errorf("online at %v", r.Seen)
	case r.Every != 0 && r.Every < time.Second:
		return fmt.Errorf("kept every %v", r.Every)
	}
	for _, address := range r.addresses() {
		if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			return fmt.Errorf("%q is no address of a portal", address)
		}
	}
	return nil
}

// addresses returns all URLs of the record.
func (r *sessionRecord) addresses() []string {
	all := append([]string{r.PortalURL}, r.Checks...)
	for _, hop := range r.Hops {
		all = append(all, hop.URL)
	}
	for _, c := range r.Cookies {
		all = append(all, c.URL)
	}
	return all
}

// isSame reports whether nothing changed since but the time.
func (r *sessionRecord) isSame(before *sessionRecord) bool {
	if before == nil || r.Seen.Sub(before.Seen) >= seenAgain {
		return false
	}
	a, b := *r, *before
	a.Seen, b.Seen = time.Time{}, time.Time{}
	one, _ := json.Marshal(a)
	other, _ := json.Marshal(b)
	return string(one) == string(other)
}

// record returns what to remember of a session; nil: nothing that a flow could use.
func (s *session) record(n wifi.Identity) *sessionRecord {
	if s.helper == nil || s.portal == nil || s.seen.IsZero() || !n.Complete() {
		return nil
	}
	id := plugins.Identity(s.helper)
	r := &sessionRecord{
		Helper: id.Helper, Maker: id.Maker, Network: n, Seen: s.seen.UTC(), Every: s.every, Extends: s.extends,
		PortalURL: s.portal.PortalURL, WISPr: s.portal.WISPr, Captures: maps.Clone(s.captures),
	}
	for _, name := range s.leftOut {
		if _, again := s.captures[name]; !again {
			r.LeftOut = append(r.LeftOut, name)
		}
	}
	if !s.expires.IsZero() {
		r.Expires = s.expires.UTC()
	}
	if !s.began.IsZero() {
		r.Began = s.began.UTC()
	}
	if s.portal.CAPPORT != nil {
		r.API = s.portal.CAPPORT.URL
	}
	for _, hop := range s.portal.Hops {
		r.Hops = append(r.Hops, hopRecord{hop.URL, hop.Status, hop.Header.Get("Location")})
	}
	for _, check := range s.portal.Checks {
		if !slices.Contains(r.Checks, check.URL) {
			r.Checks = append(r.Checks, check.URL)
		}
	}
	for _, visit := range s.visited {
		for _, line := range visit.Header["Set-Cookie"] {
			r.Cookies = append(r.Cookies, cookieRecord{visit.URL.String(), line})
		}
	}
	return r
}

// leaveOut removes all that contains a secret in any spelling: values with their names, and cookies, as a whole, of a
// URL the parameters. What is left can be of use without it. The rule is that of
// [portal.Session.ContainsSecret]: it also finds a short secret within a word, so a value that has
// one by chance is left out, too. Then a logoff that reads the value fails, and says why; without
// its portal's URL a session is not remembered at all.
func (r *sessionRecord) leaveOut(contains func(text string) bool) {
	clean := func(address string) string { return withoutSecrets(address, contains) }
	r.PortalURL, r.API = clean(r.PortalURL), clean(r.API)
	if contains(r.WISPr) {
		r.WISPr = ""
	}
	for i, hop := range r.Hops {
		r.Hops[i].URL, r.Hops[i].Location = clean(hop.URL), clean(hop.Location)
	}
	r.Hops = slices.DeleteFunc(r.Hops, func(hop hopRecord) bool { return hop.URL == "" })
	r.Checks = slices.DeleteFunc(r.Checks, contains)
	for name, value := range r.Captures {
		if contains(value) {
			r.LeftOut = append(r.LeftOut, name)
		}
	}
	r.LeftOut = slices.DeleteFunc(r.LeftOut, contains)
	slices.Sort(r.LeftOut)
	maps.DeleteFunc(r.Captures, func(name, value string) bool { return contains(name) || contains(value) })
	r.Cookies = slices.DeleteFunc(r.Cookies, func(c cookieRecord) bool { return contains(c.Line) || contains(c.URL) })
}

// withoutSecrets returns a URL without its fragment and the parameters that contain a secret; empty
// if the rest contains one, too.
func withoutSecrets(address string, contains func(text string) bool) string {
	if !contains(address) {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	parameters := slices.DeleteFunc(strings.Split(u.RawQuery, "&"), contains)
	u.RawQuery, u.Fragment, u.RawFragment = strings.Join(parameters, "&"), "", ""
	if address = u.String(); contains(address) {
		return ""
	}
	return address
}

// session returns the session of a record.
func (r *sessionRecord) session(helper plugins.Helper, link Link) session {
	evidence := probe.Evidence{Verdict: probe.VerdictPortal, Time: r.Seen, Link: link.Link, PortalURL: r.PortalURL, WISPr: r.WISPr}
	if r.API != "" {
		evidence.CAPPORT = &probe.CAPPORT{URL: r.API}
	}
	for _, hop := range r.Hops {
		evidence.Hops = append(evidence.Hops, hop.hop())
	}
	for _, check := range r.Checks {
		evidence.Checks = append(evidence.Checks, probe.Check{URL: check, Result: probe.CheckPortal})
	}
	s := session{
		helper: helper, portal: &evidence, seen: r.Seen, captures: maps.Clone(r.Captures), leftOut: r.LeftOut,
		every: r.Every, expires: r.Expires, extends: r.Extends, began: r.Began,
	}
	for _, c := range r.Cookies {
		if u, err := url.Parse(c.URL); err == nil {
			s.visited = append(s.visited, portal.Visit{URL: u, Header: http.Header{"Set-Cookie": {c.Line}}})
		}
	}
	return s
}

func (h hopRecord) hop() probe.Hop {
	hop := probe.Hop{URL: h.URL, Status: h.Status}
	if h.Location != "" {
		hop.Header = http.Header{"Location": {h.Location}}
	}
	return hop
}

// keepSession remembers a session that is online, outside the loop: masking takes time. Until all
// stored secrets are known it is not written.
func (a *Agent) keepSession(loop context.Context, as *association) {
	if as.session.helper == nil || as.session.helper.Name() != as.state.helper || as.isHeld() {
		return
	}
	r := as.session.record(as.identity)
	if r == nil {
		return
	}
	portal, known := as.session.portal, as.secrets
	a.keeping++
	a.tasks.Go(func() {
		r.leaveOut(known.contain)
		err := r.check(wallClock())
		a.post(loop, func(context.Context) {
			a.keeping--
			switch {
			case as.session.portal != portal || as.identity != r.Network || as.state.phase != Authenticated && as.state.phase != Maintaining:
			case err != nil:
				a.logger.Info("session cannot be remembered: it does not outlive the agent", "interface", as.link.Interface, "helper", r.Helper, "reason", err)
			case a.store.setSession(r) && len(r.LeftOut) > 0:
				a.logger.Info("session is remembered without the values that contain a secret", "interface", as.link.Interface, "helper", r.Helper, "left_out", r.LeftOut)
			}
		})
	})
}

// restoreSession takes up the session that was remembered of the network, if the helper of that
// name is of the same maker.
func (a *Agent) restoreSession(as *association) {
	if as.session.helper != nil || as.session.portal != nil || as.dataOf != as.identity || !as.identity.Complete() {
		return
	}
	r := a.store.sessionOf(as.identity)
	if r == nil {
		return
	}
	now := wallClock()
	helper, err := a.settings.Registry.Helper(r.Helper)
	switch {
	case r.isOver(now):
		a.store.dropSession(as.identity)
		return
	case err == nil && plugins.Identity(helper) != maker.ID{Helper: r.Helper, Maker: r.Maker}:
		err = errors.New("the helper of that name is of another maker now")
	case err == nil:
		err = r.check(now)
	}
	if err != nil {
		a.logger.Warn("remembered session is ignored", "interface", as.link.Interface, "helper", r.Helper, "reason", err)
		a.store.dropSession(as.identity)
		return
	}
	as.session = r.session(helper, as.link)
	as.session.length = a.store.lengthOf(as.identity).Learned
	a.logger.Info("session of before is known", "interface", as.link.Interface, "helper", r.Helper, "left_out", r.LeftOut)
}

// sessionOf returns the session that is remembered of the network; nil: none.
func (s *Store) sessionOf(n wifi.Identity) *sessionRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.sessions {
		if r.Network == n {
			return &r
		}
	}
	return nil
}

// setSession replaces the session of the network, and reports whether it was another one.
func (s *Store) setSession(r *sessionRecord) bool {
	if r.isSame(s.sessionOf(r.Network)) {
		return false
	}
	s.alter(func(c *contents) {
		c.dropSession(r.Network)
		c.sessions = append(c.sessions, *r)
		c.forgetSessions()
	})
	return true
}

// dropSession forgets the session of the network.
func (s *Store) dropSession(n wifi.Identity) {
	if s.sessionOf(n) != nil {
		s.alter(func(c *contents) { c.dropSession(n) })
	}
}

func (c *contents) dropSession(n wifi.Identity) {
	c.sessions = slices.DeleteFunc(slices.Clone(c.sessions), func(r sessionRecord) bool { return r.Network == n })
}

// forgetSessions forgets those that are over or too many.
func (c *contents) forgetSessions() {
	now := wallClock()
	c.sessions = slices.DeleteFunc(slices.Clone(c.sessions), func(r sessionRecord) bool { return r.isOver(now) })
	c.sessions = c.sessions[max(0, len(c.sessions)-maxSessions):]
}
