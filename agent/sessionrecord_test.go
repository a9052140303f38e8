package agent

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// helperNamed is a helper that does nothing.
type helperNamed string

func (h helperNamed) Name() string { return string(h) }

func (helperNamed) Maker() maker.Maker { return maker.User }

func (helperNamed) Claim(context.Context, *claims.Facts) claims.Claim { return claims.Claim{} }

func (helperNamed) Authenticate(context.Context, plugins.Job) (flow.Result, error) {
	return flow.Result{}, nil
}

func (helperNamed) Maintain(context.Context, plugins.Job) (flow.Result, error) {
	return flow.Result{}, nil
}

func (helperNamed) Logoff(context.Context, plugins.Job) (flow.Result, error) {
	return flow.Result{}, nil
}

// recordable is a session with all that is remembered.
func recordable(t *testing.T) session {
	t.Helper()
	at, err := url.Parse("http://login.test/")
	if err != nil {
		t.Fatal(err)
	}
	return session{
		helper: helperNamed("cafe"), seen: wallClock(), every: time.Minute, extends: true, expires: wallClock().Add(time.Hour),
		captures: map[string]string{"token": "abcdefgh", "pin": "swordfish", "sum": "x-swordfish-y"},
		visited: []portal.Visit{
			{URL: at, Header: http.Header{"Set-Cookie": {"sid=12345678"}}},
			{URL: at, Header: http.Header{"Set-Cookie": {"user=swordfish"}}},
		},
		portal: &probe.Evidence{
			PortalURL: "http://login.test/?pin=swordfish", WISPr: "<Proxy>swordfish", CAPPORT: &probe.CAPPORT{URL: "https://api.test/?swordfish"},
			Hops:   []probe.Hop{{URL: "http://check.test/", Status: 302, Header: http.Header{"Location": {"http://login.test/?pin=swordfish"}}, Body: "swordfish"}},
			Checks: []probe.Check{{URL: "http://check.test/"}, {URL: "http://check.test/"}},
		},
	}
}

// What contains a secret is not remembered; the rest comes back as it was.
func TestSessionRecordsKeepNoSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := recordable(t)
		r := before.record(network("Cafe"))
		r.leaveOut(portal.ContainsSecret(portal.Secret("swordfish")))
		if err := r.check(wallClock()); err != nil {
			t.Fatal(err)
		}
		c := contents{networks: map[string]record{}, sessions: []sessionRecord{*r}}
		data, err := c.encode()
		if err != nil || strings.Contains(string(data), "swordfish") || !strings.Contains(string(data), `"pin",`) {
			t.Errorf("%v: %s", err, data)
		}
		read, err := parseStore(data)
		if err != nil || len(read.sessions) != 1 {
			t.Fatalf("%d sessions, %v", len(read.sessions), err)
		}
		after := read.sessions[0].session(before.helper, Link{})
		if after.captures["token"] != "abcdefgh" || len(after.captures) != 1 || len(after.visited) != 1 || after.visited[0].Header.Get("Set-Cookie") != "sid=12345678" {
			t.Errorf("captures %v, cookies %v", after.captures, after.visited)
		}
		if !after.isAlive() || after.every != before.every || !after.extends || !after.expires.Equal(before.expires) {
			t.Errorf("got %+v", after)
		}
		if e := after.portal; e.CheckURL() != "http://check.test/" || e.Hops[0].Header.Get("Location") == "" || len(e.Checks) != 1 || e.CAPPORT.URL == "" || e.Verdict != probe.VerdictPortal {
			t.Errorf("got %+v", e)
		}
	})
}

// Short secrets are found too: within words, and in every spelling. A session that cannot be written
// without one is not remembered.
func TestSessionRecordsKeepNoShortSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, secret := range []string{"0", "Q9z", "k4!w", "s3same", "7é7"} {
			spellings := map[string]string{
				"itself": secret, "in a word": "a" + secret + "b", "twice": secret + secret, "escaped": url.QueryEscape(secret), "lower": strings.ToLower(secret),
				"escaped as a whole": "%" + hex.EncodeToString([]byte(secret[:1])) + secret[1:],
			}
			if len(secret) >= 4 {
				spellings["base64"] = base64.StdEncoding.EncodeToString([]byte("u:" + secret))
			}
			for how, spelled := range spellings {
				before := recordable(t)
				before.captures = map[string]string{"token": "abcdefgh", "pin": spelled, "x" + spelled: "y", "z" + spelled: spelled}
				before.leftOut = []string{"w" + spelled}
				before.visited[1].Header = http.Header{"Set-Cookie": {"user=" + spelled}}
				before.portal.PortalURL = "http://login.test/?res=no&pin=" + spelled + "&lang=de#" + spelled
				before.portal.WISPr, before.portal.CAPPORT.URL = "<Proxy>"+spelled, "https://api.test/"+spelled
				before.portal.Hops[0].Header.Set("Location", "/?pin="+spelled+"&a=b")
				before.portal.Checks = append(before.portal.Checks, probe.Check{URL: "http://other.test/" + spelled})
				contains := portal.ContainsSecret(portal.Secret(secret))
				r := before.record(network("Cafe"))
				r.leaveOut(contains)
				kept := slices.Concat(r.addresses(), []string{r.Hops[0].Location, r.API, r.WISPr, r.Captures["pin"]}, slices.Collect(maps.Keys(r.Captures)), r.LeftOut)
				for _, c := range r.Cookies {
					kept = append(kept, c.Line)
				}
				if i := slices.IndexFunc(kept, contains); i >= 0 {
					t.Errorf("%q %s: %q is kept", secret, how, kept[i])
				}
				if err := r.check(wallClock()); err != nil || r.PortalURL != "http://login.test/?res=no&lang=de" || r.Hops[0].Location != "/?a=b" || len(r.Cookies) != 1 || !slices.Equal(r.LeftOut, []string{"pin"}) {
					t.Errorf("%q %s: %v: %+v", secret, how, err, r)
				}
				again := r.session(before.helper, Link{})
				if later := again.record(network("Cafe")); !slices.Equal(later.LeftOut, []string{"pin"}) {
					t.Errorf("%q: after a restart %v is left out", secret, later.LeftOut)
				}
				before.portal.PortalURL = "http://login.test/" + spelled + "/"
				r = before.record(network("Cafe"))
				r.leaveOut(contains)
				if err := r.check(wallClock()); err == nil || !strings.Contains(err.Error(), "contains a secret") || contains(r.PortalURL) {
					t.Errorf("%q %s in the path of the portal: %v, %q", secret, how, err, r.PortalURL)
				}
			}
		}
	})
}

// A record that no agent writes is not used.
func TestSessionRecordsAreChecked(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, spoil := range map[string]func(*sessionRecord){
		"":                  func(*sessionRecord) {},
		"no helper":         func(r *sessionRecord) { r.Helper = "" },
		"no network":        func(r *sessionRecord) { r.Network = wifi.Identity{} },
		"never online":      func(r *sessionRecord) { r.Seen = time.Time{} },
		"online later":      func(r *sessionRecord) { r.Seen = now.Add(48 * time.Hour) },
		"kept all the time": func(r *sessionRecord) { r.Every = 1 },
		"no address":        func(r *sessionRecord) { r.PortalURL = "" },
		"a script":          func(r *sessionRecord) { r.PortalURL = "javascript:alert(1)" },
		"a file":            func(r *sessionRecord) { r.Hops = []hopRecord{{URL: "file:///etc/passwd"}} },
		"a cookie of none":  func(r *sessionRecord) { r.Cookies = []cookieRecord{{URL: "http://", Line: "a=b"}} },
		"too much":          func(r *sessionRecord) { r.Captures = map[string]string{"a": strings.Repeat("x", maxSessionRecord)} },
	} {
		r := sessionRecord{Helper: "cafe", Maker: maker.User, Network: network("Cafe"), Seen: now, PortalURL: "http://login.test/"}
		spoil(&r)
		if err := r.check(now); (err == nil) != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Sessions are forgotten when they end, a day after they were seen, and if there are too many.
func TestSessionRecordsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Store{dirty: make(chan struct{}, 1), contents: contents{networks: map[string]record{}}}
		add := func(name wifi.SSID, lasts time.Duration) {
			r := &sessionRecord{Helper: "cafe", Network: network(name), Seen: wallClock(), PortalURL: "http://login.test/"}
			if lasts > 0 {
				r.Expires = wallClock().Add(lasts)
			}
			s.setSession(r)
		}
		known := func(names ...wifi.SSID) {
			t.Helper()
			if _, err := s.encode(); err != nil {
				t.Fatal(err)
			}
			if len(s.sessions) != len(names) {
				t.Errorf("%d sessions are known, want %d", len(s.sessions), len(names))
			}
			for _, name := range names {
				if s.sessionOf(network(name)) == nil {
					t.Errorf("that of %s is forgotten", name)
				}
			}
		}
		add("Hour", time.Hour)
		add("Week", 7*24*time.Hour)
		add("Unknown", 0)
		known("Hour", "Week", "Unknown")
		time.Sleep(2 * time.Hour)
		known("Week", "Unknown")
		add("Unknown", 0) // seen again
		time.Sleep(23 * time.Hour)
		known("Unknown")
		s.dropSession(network("Unknown"))
		known()
		for name := 'a'; name < 'a'+maxSessions+1; name++ {
			add(wifi.SSID(name), 0)
		}
		known("b", "c", "d", "e", "f", "g", "h", "i")
	})
}
