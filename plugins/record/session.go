package record

import (
	"cmp"
	"errors"
	"maps"
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
	early   []*exchange // of attempts before that failed
	after   *exchange   // the first page of the Internet; may be nil
	typed   *Typed      // nil: not known
	work    *web.Search
}

// landing returns the portal's page.
func (s *session) landing() *exchange { return s.hops[len(s.hops)-1] }

// action is a request of the user or of a script, with its redirects.
type action struct {
	page      *exchange // the page that it was done on
	exchanges []*exchange
	refused   *exchange // the response to an earlier attempt that failed; may be nil
	work      *web.Search
}

func (a *action) first() *exchange { return a.exchanges[0] }

func (a *action) last() *exchange { return a.exchanges[len(a.exchanges)-1] }

var errNoPortal = errors.New("find portal: the capture leads to no page that asks for input; " +
	"start recording before the portal's page opens, and save the bodies, too")

// findSession finds the login in a capture.
func findSession(work *web.Search, c *Capture) (*session, error) {
	c.boundTrees(work)
	from, until := c.span(work)
	if from < 0 {
		return nil, errNoPortal
	}
	f := &sessionFinder{session: session{work: work}, hosts: map[string]bool{}}
	for _, x := range c.exchanges[from:until] {
		if !work.Spend(costParse * len(x.page.Body)) {
			return nil, failure(work)
		}
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
	f.actions = dropRepeated(work, f.actions)
	if err := failure(work); err != nil {
		return nil, err
	}
	if len(f.hops) == 0 || len(f.actions) == 0 {
		return nil, errNoPortal
	}
	if f.landing().bodyMissing {
		return nil, errors.New("read portal's page: its body is not in the capture; save it \"with content\"")
	}
	f.typed = c.typed
	return &f.session, nil
}

// span returns the range of exchanges from a page that was intercepted to where it was
// opened again and was not. A capture may contain pages of other tabs before and after.
func (c *Capture) span(work *web.Search) (from, until int) {
	if from, until = c.recovered(work); from >= 0 {
		return from, until
	}
	until = len(c.exchanges)
	isPage := func(x *exchange) bool { return x.kind == document && work.Spend(costParse*len(x.page.Body)) }
	if from = slices.IndexFunc(c.exchanges, func(x *exchange) bool { return isPage(x) && redirectsAway(x) }); from >= 0 {
		return from, until
	}
	from = slices.IndexFunc(c.exchanges, func(x *exchange) bool { return isPage(x) && hasControls(x) })
	return from, until
}

// recovered returns the first page that led to another host and was opened again later without
// that, and where that was; -1 if there is none. It looks at each page once.
func (c *Capture) recovered(work *web.Search) (from, until int) {
	away, again := map[string]int{}, map[int]int{} // the first page away of each URL; where that was not
	for i, x := range c.exchanges {
		if x.kind != document || x.method != http.MethodGet || !work.Spend(costParse*len(x.page.Body)) {
			continue
		}
		address := x.url.String()
		first, known := away[address]
		switch isAway := redirectsAway(x); {
		case isAway && !known:
			away[address] = i
		case known && !isAway && again[first] == 0:
			again[first] = i
		}
	}
	if len(again) == 0 {
		return -1, -1
	}
	from = slices.Min(slices.Collect(maps.Keys(again)))
	return from, again[from]
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
		f.actions = append(f.actions, &action{page: f.page, exchanges: []*exchange{x}, work: f.work})
		f.setCurrent(x)
	case x.kind != document:
		// Requests of other pages do not belong to the login.
	case x.next() != nil && f.hosts[x.next().Host]: // intercepted again: the login failed
		if len(f.actions) > 0 {
			f.failed = f.session
		}
		early := slices.Concat(f.early, f.hops)
		for _, a := range f.actions {
			early = append(early, a.exchanges...)
		}
		f.session, f.page = session{early: early, work: f.work}, nil
		f.addHop(x)
	default:
		return false
	}
	return true
}

// isHop reports whether an exchange leads to the portal's page.
func (f *sessionFinder) isHop(x *exchange) bool {
	return x.kind == document && (x.isGetOf(f.landing().next()) || x.isGetOf(f.landing().probed()))
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
	for _, form := range f.page.pageForms() {
		if form.Action != nil && form.Action.Host == x.url.Host && form.Action.Path == x.url.Path && form.Method == x.method {
			return true
		}
	}
	if len(f.actions) == 0 && linksTo(f.page, x) {
		return true
	}
	return x.isGetOf(f.page.next()) || x.method == http.MethodPost && sendsControls(f.page, x) || f.isParameter(x.url)
}

// linksTo reports whether a page has a link to what an exchange opened, or a frame of it.
func linksTo(page, x *exchange) bool {
	if x.method != http.MethodGet || !strings.Contains(page.page.Body, x.url.Host) {
		return false
	}
	for _, link := range page.page.Document().FindMatcher(web.Tags(atom.A, atom.Area, atom.Frame, atom.Iframe)).EachIter() {
		to, err := page.page.Resolve(cmp.Or(link.AttrOr("href", ""), link.AttrOr("src", "")))
		if err != nil {
			continue
		}
		if to.Fragment, to.RawFragment = "", ""; x.isGetOf(to) {
			return true
		}
	}
	return false
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
	for _, form := range page.pageForms() {
		for _, c := range form.controls {
			names[c.Name] = true
		}
	}
	return len(x.fields) > 0 && !slices.ContainsFunc(x.fields, func(f field) bool { return !names[f.name] })
}

// dropRepeated removes actions that were repeated later: refused attempts with all that
// followed, and all but the last poll of a script.
func dropRepeated(work *web.Search, actions []*action) []*action {
	for later := 1; later < len(actions); later++ {
		for before := range later {
			first, second := actions[before].first(), actions[later].first()
			polls := second.kind == call && slices.Equal(first.fields, second.fields)
			if !work.Spend(1+len(second.fields)) || !first.isSimilar(second) || polls && before+1 != later || second.kind == document && len(second.fields) == 0 {
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

// before returns the texts of responses that came before a value was first sent, where that was in an attempt that
// failed: pages after it may repeat what somebody typed.
func (s *session) before(value string) (texts []string, wasSent bool) {
	for i, x := range s.early {
		if !s.work.Spend(costControl*(1+len(x.fields)) + len(x.text)) {
			return nil, true
		}
		if x.sends(value) {
			for _, earlier := range s.early[:i] {
				texts = append(texts, textsOf(earlier)...)
			}
			return texts, true
		}
	}
	return nil, false
}

// until returns the responses that came before a value was first sent; before it was last sent, if it is so short that programs
// send it, too.
func (s *session) until(work *web.Search, value string) []*exchange {
	all := slices.Concat(s.early, s.hops)
	for _, a := range s.actions {
		all = append(all, a.exchanges...)
	}
	isSent := func(x *exchange) bool {
		return !work.Spend(costControl*(1+len(x.fields))+len(x.text)) || x.sends(value)
	}
	end := slices.IndexFunc(all, isSent)
	if len(value) < shortestPart {
		for i, x := range slices.Backward(all) {
			if isSent(x) {
				end = i
				break
			}
		}
	}
	if end < 0 {
		return all
	}
	return all[:end]
}

// requests returns what the requests of the login sent, as it is and without escapes.
func (s *session) requests() string {
	var all strings.Builder
	add := func(x *exchange) {
		for _, text := range []string{x.url.String(), unescape(x.url.String()), x.text} {
			all.WriteString(text + "\n")
		}
		for _, f := range x.fields {
			all.WriteString(f.name + "=" + f.value + "\n")
		}
	}
	for _, x := range s.hops {
		add(x)
	}
	for _, a := range s.actions {
		for _, x := range a.exchanges {
			add(x)
		}
	}
	return all.String()
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
		e.Hops = append(e.Hops, x.hop())
	}
	return e
}
