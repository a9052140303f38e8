package record

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
	"hotspot-helper/probe"
)

// session is the login in a capture.
type session struct {
	hops    []*exchange // from the intercepted page to the portal's page, as a probe meets them
	actions []*action   // of the user and of scripts after that
	after   *exchange   // the first page of the Internet; may be nil
}

// landing returns the portal's page.
func (s *session) landing() *exchange { return s.hops[len(s.hops)-1] }

// action is a request of the user or of a script, with its redirects.
type action struct {
	page      *exchange // the page that it was done on
	exchanges []*exchange
	refused   *exchange // the response to an earlier attempt that failed; may be nil
}

func (a *action) first() *exchange { return a.exchanges[0] }

func (a *action) last() *exchange { return a.exchanges[len(a.exchanges)-1] }

var errNoPortal = errors.New("find portal: the capture leads to no page that asks for input; " +
	"start recording before the portal's page opens, and save the bodies, too")

// findSession finds the login in a capture.
func findSession(c *Capture) (*session, error) {
	from, until := c.span()
	if from < 0 {
		return nil, errNoPortal
	}
	f := &sessionFinder{hosts: map[string]bool{}}
	for _, x := range c.exchanges[from:until] {
		if !f.add(x) {
			f.after = x
			break
		}
	}
	if f.after == nil && until < len(c.exchanges) {
		f.after = c.exchanges[until]
	}
	if len(f.actions) == 0 { // a failed login is better than none
		f.session = f.failed
	}
	f.actions = dropRepeated(f.actions)
	if len(f.hops) == 0 || len(f.actions) == 0 {
		return nil, errNoPortal
	}
	if f.landing().bodyMissing {
		return nil, errors.New("read portal's page: its body is not in the capture; save it \"with content\"")
	}
	return &f.session, nil
}

// span returns the range of exchanges from a page that was intercepted to where it was
// opened again and was not. A capture may contain pages of other tabs before and after.
func (c *Capture) span() (from, until int) {
	for i, x := range c.exchanges {
		if x.kind != document || x.method != http.MethodGet {
			continue
		}
		for j := i + 1; j < len(c.exchanges); j++ {
			again := c.exchanges[j]
			if again.kind == document && again.isGetOf(x.url) && redirectsAway(x) && !redirectsAway(again) {
				return i, j
			}
		}
	}
	until = len(c.exchanges)
	if from = slices.IndexFunc(c.exchanges, func(x *exchange) bool { return x.kind == document && redirectsAway(x) }); from >= 0 {
		return from, until
	}
	from = slices.IndexFunc(c.exchanges, func(x *exchange) bool { return x.kind == document && hasControls(x) })
	return from, until
}

// redirectsAway reports whether a page leads to another host.
func redirectsAway(x *exchange) bool {
	to := x.next()
	return to != nil && to.Host != x.url.Host || x.page.Status == http.StatusNetworkAuthenticationRequired
}

// hasControls reports whether a page has an input or a button.
func hasControls(x *exchange) bool {
	return x.page.Document().FindMatcher(web.Tags(atom.Input, atom.Button)).Length() > 0
}

// sessionFinder assembles a session from exchanges.
type sessionFinder struct {
	session

	page     *exchange       // the current page
	hosts    map[string]bool // of the portal
	redirect *exchange       // whose target comes next; may be nil

	failed session // the last failed login
}

// add adds an exchange. It returns false if the exchange is with the Internet.
func (f *sessionFinder) add(x *exchange) bool {
	switch {
	case f.page == nil || len(f.actions) == 0 && f.isHop(x):
		f.addHop(x)
	case f.redirect != nil && x.isGetOf(f.redirect.location):
		last := f.actions[len(f.actions)-1]
		last.exchanges = append(last.exchanges, x)
		f.setCurrent(x)
	case f.hosts[x.url.Host], f.isOffered(x):
		f.actions = append(f.actions, &action{page: f.page, exchanges: []*exchange{x}})
		f.setCurrent(x)
	case x.kind != document:
		// Requests of other pages do not belong to the login.
	case x.next() != nil && f.hosts[x.next().Host]: // intercepted again: the login failed
		if len(f.actions) > 0 {
			f.failed = f.session
		}
		f.session, f.page = session{}, nil
		f.addHop(x)
	default:
		return false
	}
	return true
}

// isHop reports whether an exchange leads to the portal's page.
func (f *sessionFinder) isHop(x *exchange) bool {
	return x.kind == document && x.isGetOf(f.landing().next())
}

func (f *sessionFinder) addHop(x *exchange) {
	f.hops, f.page = append(f.hops, x), x
	if x.next() == nil || len(f.hops) > 1 {
		f.hosts[x.url.Host] = true
	}
}

func (f *sessionFinder) setCurrent(x *exchange) {
	f.redirect = nil
	if x.location != nil {
		f.redirect = x
		return
	}
	f.hosts[x.url.Host] = true
	if x.kind == document {
		f.page = x
	}
}

// isOffered reports whether the current page leads to an exchange by a form, a refresh or a
// script.
func (f *sessionFinder) isOffered(x *exchange) bool {
	if x.kind != document {
		return x.method == http.MethodPost && strings.Contains(f.page.page.Body, x.url.Host) && slices.ContainsFunc(x.fieldNames(), mentionsPeople)
	}
	for _, form := range f.page.page.Forms() {
		if form.Action != nil && form.Action.Host == x.url.Host && form.Action.Path == x.url.Path && form.Method == x.method {
			return true
		}
	}
	return x.isGetOf(f.page.next()) || x.method == http.MethodPost && sendsControls(f.page, x) || f.isParameter(x.url)
}

// isParameter reports whether the query of the portal's URL contains a URL, which scripts
// open.
func (f *sessionFinder) isParameter(u *url.URL) bool {
	bare := *u
	bare.RawQuery = ""
	for _, values := range f.landing().url.Query() {
		if len(f.actions) == 0 && slices.Contains(values, bare.String()) && u.Host != f.hops[0].url.Host {
			return true
		}
	}
	return false
}

// sendsControls reports whether all fields are controls of the page: a script may send a form
// to another URL than its action.
func sendsControls(page, x *exchange) bool {
	names := map[string]bool{}
	for _, form := range page.page.Forms() {
		for _, c := range form.Controls() {
			names[c.Name] = true
		}
	}
	return len(x.fields) > 0 && !slices.ContainsFunc(x.fields, func(f field) bool { return !names[f.name] })
}

// dropRepeated removes actions that were repeated later: refused attempts with all that
// followed, and all but the last poll of a script.
func dropRepeated(actions []*action) []*action {
	for later := 1; later < len(actions); later++ {
		for before := range later {
			first, second := actions[before].first(), actions[later].first()
			polls := second.kind == call && slices.Equal(first.fields, second.fields)
			if !first.isSimilar(second) || polls && before+1 != later || second.kind == document && len(second.fields) == 0 {
				continue
			}
			if !polls {
				actions[later].refused = actions[before].last()
			}
			actions = slices.Delete(actions, before, later)
			later = before - 1 // so that it is compared with those before it
			break
		}
	}
	return actions
}

// evidence returns the evidence of a probe.
func (s *session) evidence() probe.Evidence {
	landing := s.landing()
	e := probe.Evidence{
		Verdict: probe.VerdictPortal, Reason: "recorded", PortalURL: landing.url.String(),
		Link: probe.Link{Interface: "wlan0", Index: 1, Carrier: true},
	}
	if gateway, err := netip.ParseAddr(landing.url.Hostname()); err == nil {
		e.Link.Gateways = []netip.Addr{gateway}
	}
	for _, x := range s.hops {
		e.Hops = append(e.Hops, probe.Hop{URL: x.url.String(), Status: x.page.Status, Header: x.page.Header.Clone(), Body: x.page.Body})
	}
	return e
}
