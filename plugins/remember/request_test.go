package remember_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/record"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// later is a portal at a later visit: pages by path, and what was posted.
type later struct {
	pages     map[string]string
	redirects map[string]string
	got       []string
}

func (l *later) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	recorder.Header().Set("Content-Type", "text/html")
	if to := l.redirects[r.URL.Path]; to != "" {
		recorder.Header().Set("Location", to)
		recorder.WriteHeader(http.StatusPermanentRedirect)
	}
	_, _ = io.WriteString(recorder, l.pages[r.URL.Path])
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		l.got = append(l.got, r.URL.String()+" "+string(body))
	}
	response := recorder.Result()
	response.Request = r
	return response, nil
}

// repeat remembers a login, and does it again at a portal as it is later.
func repeat(t *testing.T, c *record.Capture, start, page string, l *later) (flow.Result, error) {
	t.Helper()
	s := store(t)
	offer, p := remembered(t, s, c)
	p.BeforeUse = func(ctx context.Context, use portal.Use) error { return s.BeforeUse(ctx, offer.Name, use) }
	e := probe.Evidence{
		Verdict: probe.VerdictPortal, PortalURL: start, Link: probe.Link{Interface: "wlan0", Index: 1, Carrier: true},
		Hops: []probe.Hop{{URL: start, Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: page}},
	}
	given := consent.Given{Cleartext: true, SharedHosts: true, Terms: consent.Always}
	for _, terms := range offer.Terms {
		given.Texts = append(given.Texts, consent.Digest(terms))
	}
	return p.Authenticate(t.Context(), plugins.Job{
		Network: wifi.Network{SSID: guest.SSID}, Evidence: e, Consent: func() consent.Given { return given },
		Open: func(hosts, shared []string) (*portal.Session, error) {
			config := plugins.SessionConfig(e)
			config.Transport, config.Hosts, config.Shared = l, hosts, shared
			config.Permission = func() portal.Permission { return plugins.Permission(given) }
			return portal.New(config)
		},
		Inputs: func(name string) (portal.Value, bool, error) {
			return portal.Secret(offer.Values[name].Reveal()), true, nil
		},
	})
}

// A person pressed a button once. The same login never presses another one, sends nothing else, and nothing where it costs something.
func TestNothingElseIsSent(t *testing.T) {
	const (
		start = "http://portal.test/login"
		form  = `<form method=post action=/go><input name=room><button>Connect</button></form>`
		named = `<form method=post action=/go><input name=room><button name=do value=connect>Connect</button></form>`
		plan  = `<form method=post action=/go><input name=room><input type=hidden name=plan value=free><button>Connect</button></form>`
		box   = `<form method=post action=/go><input name=room><input type=checkbox name=news value=yes><button>Connect</button></form>`
	)
	for name, test := range map[string]struct {
		before, sent, after string
		want                []string // nil: a person has to look
	}{
		"as it was":                       {form, "", form, []string{"http://portal.test/go room=1402"}},
		"with other words":                {form, "", "<p>Welcome back" + form, []string{"http://portal.test/go room=1402"}},
		"the same button":                 {named, "&do=connect", named, []string{"http://portal.test/go room=1402&do=connect"}},
		"the same plan":                   {plan, "&plan=free", plan, []string{"http://portal.test/go room=1402&plan=free"}},
		"a box that is left":              {box, "", box, []string{"http://portal.test/go room=1402"}},
		"a price":                         {form, "", "<h1>Internet 24 h: 19.90 EUR, charged to your room</h1>" + form, nil},
		"another button first":            {form, "", strings.Replace(form, "<button>", "<button name=buy value=premium formaction=/buy>Premium</button><button>", 1), nil},
		"another target":                  {form, "", strings.Replace(form, "<button>", "<button formaction=/premium>", 1), nil},
		"another action":                  {form, "", strings.Replace(form, "/go", "/premium", 1), nil},
		"another parameter":               {form, "", strings.Replace(form, "/go", "/go?plan=premium", 1), nil},
		"another host":                    {form, "", strings.Replace(form, "/go", "//portal.test:8080/go", 1), nil},
		"the button goes away":            {named, "&do=connect", strings.Replace(named, "<button", "<button formaction=/premium", 1), nil},
		"another plan":                    {plan, "&plan=free", strings.Replace(plan, "free", "premium", 1), nil},
		"one more field":                  {form, "", strings.Replace(form, "<button>", "<input type=hidden name=plan value=premium><button>", 1), nil},
		"one more field with a digit":     {form, "", strings.Replace(form, "<button>", "<input type=hidden name=tarif24h value=gold><button>", 1), nil},
		"one more parameter with a digit": {form, "", strings.Replace(form, "/go", "/go?p1an=gold", 1), nil},
		"a button with a digit":           {form, "", strings.Replace(form, "<button>", "<button name=p1an value=gold>", 1), nil},
		"a parameter beside a field":      {plan, "&plan=free", strings.Replace(plan, "/go", "/go?plan=gold", 1), nil},
		"a field twice":                   {plan, "&plan=free", strings.Replace(plan, "<button>", "<input type=hidden name=plan value=gold><button>", 1), nil},
		"another encoding":                {form, "", strings.Replace(form, "method=post", "method=post enctype=multipart/form-data", 1), nil},
		"in the address":                  {form, "", strings.Replace(form, "method=post", "method=get", 1), nil},
		"a box that is ticked":            {box, "", strings.Replace(box, "value=yes", "value=premium checked", 1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			known := &record.Typed{Controls: []record.Control{typedInto("room", "text", "1402")}}
			c := live(t, known, start, opened(start, test.before), posted("http://portal.test/go", "room=1402"+test.sent, "Welcome"))
			l := &later{pages: map[string]string{"/login": test.after, "/go": "Welcome"}}
			result, err := repeat(t, c, start, test.after, l)
			if needsUser := result.Outcome == flow.NeedsUser; err != nil || needsUser == (test.want != nil) || !slices.Equal(l.got, test.want) {
				t.Errorf("sent %q, want %q: %v %q, %v", l.got, test.want, result.Outcome, result.Reason, err)
			}
		})
	}
}

// A redirect that keeps method and body goes where it went, and nowhere else.
func TestNothingIsSentElsewhereByARedirect(t *testing.T) {
	const start, form = "http://portal.test/login", `<form method=post action=/go><input name=room><button>Connect</button></form>`
	for _, to := range []string{"http://portal.test/other", "/buy?plan=premium", "//portal.test:8080/go"} {
		known := &record.Typed{Controls: []record.Control{typedInto("room", "text", "1402")}}
		c := live(t, known, start, opened(start, form), posted("http://portal.test/go", "room=1402", "Welcome"))
		l := &later{pages: map[string]string{"/login": form}, redirects: map[string]string{"/go": to}}
		result, err := repeat(t, c, start, form, l)
		if want := []string{"http://portal.test/go room=1402"}; err != nil || result.Outcome != flow.NeedsUser || !slices.Equal(l.got, want) {
			t.Errorf("to %s: sent %q, want %q: %v %q, %v", to, l.got, want, result.Outcome, result.Reason, err)
		}
	}
}

// What a person typed may be a word that buys: it is his own.
func TestTypedWordsBuyNothing(t *testing.T) {
	const start, form = "http://portal.test/login", `<form method=post action=/go><input name=code><button>Connect</button></form>`
	known := &record.Typed{Controls: []record.Control{typedInto("code", "text", "buy premium")}}
	c := live(t, known, start, opened(start, form), posted("http://portal.test/go", "code=buy+premium", "Welcome"))
	l := &later{pages: map[string]string{"/login": form, "/go": "Welcome"}}
	result, err := repeat(t, c, start, form, l)
	if want := []string{"http://portal.test/go code=buy+premium"}; err != nil || !slices.Equal(l.got, want) {
		t.Errorf("sent %q, want %q: %v %q, %v", l.got, want, result.Outcome, result.Reason, err)
	}
}

// A person sent the room over http, and then the password over TLS. A portal that asks for the password over http gets none.
func TestNothingIsSentInClearThatWasNot(t *testing.T) {
	const (
		start  = "http://portal.test/login"
		first  = `<form method=post action=/name><input name=room></form>`
		second = `<form method=post action="https://login.cafe.test/go"><input type=password name=password></form>`
	)
	known := &record.Typed{Controls: []record.Control{typedInto("room", "text", "1234-sea"), typedInto("password", "password", "seahorse9")}}
	record := func() *record.Capture {
		return live(t, known, start, opened(start, first), posted("http://portal.test/name", "room=1234-sea", second),
			posted("https://login.cafe.test/go", "password=seahorse9", "Welcome"))
	}
	for name, test := range map[string]struct {
		second string
		want   []string
	}{
		"over TLS":                     {second, []string{"http://portal.test/name room=1234-sea", "https://login.cafe.test/go password=seahorse9"}},
		"over http":                    {strings.Replace(second, "https:", "http:", 1), []string{"http://portal.test/name room=1234-sea"}},
		"to a twin":                    {strings.Replace(second, "https://login.cafe.test", "http://portal.test", 1), []string{"http://portal.test/name room=1234-sea"}},
		"to another host of the login": {strings.Replace(second, "login.cafe", "portal", 1), []string{"http://portal.test/name room=1234-sea"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := &later{pages: map[string]string{"/login": first, "/name": test.second, "/go": "Welcome"}}
			result, err := repeat(t, record(), start, first, l)
			if needsUser := result.Outcome == flow.NeedsUser; err != nil || needsUser == (len(test.want) == 2) || !slices.Equal(l.got, test.want) {
				t.Errorf("sent %q, want %q: %v %q, %v", l.got, test.want, result.Outcome, result.Reason, err)
			}
		})
	}
}
