package agent_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// detained answers some requests in place of a hotspot, until it is released.
type detained struct {
	*portaltest.Hotspot

	answer   func(*http.Request) (*http.Response, error) // nil without an error: the hotspot answers
	released atomic.Bool
}

func (d *detained) RoundTrip(r *http.Request) (*http.Response, error) {
	if !d.released.Load() {
		if response, err := d.answer(r); response != nil || err != nil {
			return response, err
		}
	}
	return d.Transport().RoundTrip(r)
}

// givesAll gives the stage a user who stored the account and agrees to everything.
func (s *stage) givesAll() {
	s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
		return consent.Given{Terms: consent.Always, Cleartext: true, SharedHosts: true}, nil
	}
	s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
		value, ok := map[string]string{"user": "ada", "pass": "2718", "password": "2718"}[input]
		return portal.Plain(value), ok, nil
	}
}

// sophos answers a login with a status and a message.
func sophos(status, message string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		if r.URL.Path != "/login.xml" {
			return nil, nil
		}
		response := page(r, fmt.Sprintf("<?xml version='1.0' ?><requestresponse><status>%s</status><message>%s</message></requestresponse>", status, message))
		response.Header.Set("Content-Type", "text/xml")
		return response, nil
	}
}

// chilliDown lets CoovaChilli wait for its authentication server in vain, and close the connection.
func chilliDown(r *http.Request) (*http.Response, error) {
	if r.URL.Path != "/json/logon" {
		return nil, nil
	}
	time.Sleep(50 * time.Second)
	return nil, io.EOF
}

// wisprDown says that the authentication server does not answer.
func wisprDown(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return nil, nil
	}
	return page(r, "<!--<WISPAccessGatewayParam><AuthenticationReply><MessageType>120</MessageType><ResponseCode>102</ResponseCode></AuthenticationReply></WISPAccessGatewayParam>-->"), nil
}

// What passes is not a refusal: the login is tried again by itself, less and less often, also the
// next day, and works when the portal lets it.
func TestALoginIsTriedAgainWhenWhatKeptItHasPassed(t *testing.T) {
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		helper plugins.Helper // nil: a shipped pack
		opts   portaltest.Options
		answer func(*http.Request) (*http.Response, error)
		kind   agent.NeedKind
		first  time.Duration // until the second login
		within time.Duration // of the release
		most   int           // logins in a day
	}{
		{"a limit on devices", nil, portaltest.Options{Kind: portaltest.KindSophos}, sophos("LOGIN", "You have reached the maximum login limit."), agent.NeedLimit, 5 * time.Minute, 61 * time.Minute, 28},
		{"no authentication server", builtin.CoovaChilli{}, portaltest.Options{Kind: portaltest.KindCoovaChilliJSON, Seed: 1}, chilliDown, agent.NeedUnreachable, 30 * time.Second, 18 * time.Minute, 105},
		{"none, as WISPr says it", builtin.NewWISPr("wispr-op", []string{"login.roaming.test"}), portaltest.Options{Kind: portaltest.KindWISPr, Seed: 4, Authority: authority}, wisprDown, agent.NeedUnreachable, 30 * time.Second, 18 * time.Minute, 105},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				test.opts.Internet = internet()
				hotspot := portaltest.New(test.opts)
				s := newStage(t)
				if test.helper != nil {
					s = newStage(t, plugins.Entry{Helper: test.helper})
				}
				s.givesAll()
				wire := &detained{Hotspot: hotspot, answer: test.answer}
				s.wires["wlan0"] = wire
				begun := 0
				s.start()
				defer func() { s.stop() }()
				s.agent.Listen(func(tr agent.Transition) {
					if tr.To == agent.Authenticating {
						begun++
					}
				})
				s.join("wlan0", "Campus", hotspot)
				as := s.want("wlan0", 65*time.Second, agent.Deferred)
				if left := time.Until(as.Need.Until); as.Need.Kind != test.kind || left > test.first || left < test.first/2 {
					t.Errorf("needs %+v, in %v", as.Need, left)
				}
				time.Sleep(23 * time.Hour)
				synctest.Wait()
				if begun < test.most/2 || begun > test.most {
					t.Errorf("%d logins in a day, want at most %d", begun, test.most)
				}
				s.stop() // it is no refusal that a restart remembers
				s.start()
				wire.released.Store(true)
				if as := s.want("wlan0", test.within, agent.Authenticated); as.Helper == "" || as.Need != nil {
					t.Errorf("by %q, needs %+v", as.Helper, as.Need)
				}
			})
		})
	}
}

// A portal that says when another login may work is believed, within bounds.
func TestALoginWaitsAsLongAsThePortalSays(t *testing.T) {
	for retry, want := range map[string]time.Duration{"7200": 2 * time.Hour, "1": 10 * time.Second, "86400": 24 * time.Hour, "999999": 48 * time.Hour} {
		t.Run(retry, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindClick, Seed: 1, Internet: internet()})
				s := newStage(t, plugins.Entry{Helper: quotaPack(t, hotspot)})
				s.givesAll()
				wire := &detained{Hotspot: hotspot, answer: func(r *http.Request) (*http.Response, error) {
					if r.Method != http.MethodPost {
						return nil, nil
					}
					response := page(r, "<p class=limit>Your quota of today is used up.")
					response.Header.Set("Retry-After", retry)
					return response, nil
				}}
				s.wires["wlan0"] = wire
				s.start()
				defer s.stop()
				s.join("wlan0", "Cafe", hotspot)
				as := s.want("wlan0", 5*time.Second, agent.Deferred)
				if left := time.Until(as.Need.Until); as.Need.Kind != agent.NeedLimit || left > want || left < want-time.Second {
					t.Errorf("needs %+v, in %v", as.Need, left)
				}
				if last := as.Journal[len(as.Journal)-1]; !strings.Contains(last.Cause, "quota of today") {
					t.Errorf("says %s", last.Cause)
				}
				wire.released.Store(true)
				time.Sleep(want - 2*time.Second)
				synctest.Wait()
				if n := logins(s.association("wlan0")); n != 1 {
					t.Errorf("%d logins before its time", n)
				}
				s.want("wlan0", 6*time.Minute, agent.Authenticated)
			})
		})
	}
}

// quotaPack is a pack for a hotspot of one click, which may say that its quota is used up.
func quotaPack(t *testing.T, h *portaltest.Hotspot) *pack.Pack {
	t.Helper()
	fields := ""
	if terms := h.Login().Terms; terms != "" {
		fields = fmt.Sprintf("fields = { %q = 'on' }\n", terms)
	}
	p, err := pack.Load(fstest.MapFS{
		"quota/pack.toml": {Data: []byte("format = 1\nname = 'quota'\nversion = '1.0.0'\nlabel = 'Quota'\n[[claim]]\nconfidence = 'high'\ncss = ['form']\n")},
		"quota/authenticate.toml": {Data: []byte(`format = 1
hosts = ["@start"]
[[step]]
id = "page"
open = "{{.probe.url}}"
[[step]]
id = "login"
submit = '` + h.Login().Form + "'\n" + fields + `capture.wait = { header = "Retry-After", optional = true }
  [[step.case]]
  when = [{ css = ".limit" }]
  result = "later"
  after = "{{.capture.wait}}"
`)},
	}, "quota", "test")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A one-time code is a person's to enter: nothing is tried again, and the page is named.
func TestAOneTimeCodeNeedsAPerson(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindSophos, Internet: internet()})
		s := newStage(t)
		s.givesAll()
		wire := &detained{Hotspot: hotspot, answer: sophos("CHALLENGE", "Enter the code")}
		s.wires["wlan0"] = wire
		s.start()
		defer s.stop()
		s.join("wlan0", "Campus", hotspot)
		as := s.want("wlan0", 5*time.Second, agent.PresentingUI)
		if as.Need.Kind != agent.NeedCode || !strings.Contains(as.Need.URL, "login.campus.test") || !as.Need.Until.IsZero() || as.Helper != "sophos" {
			t.Errorf("needs %+v", as.Need)
		}
		time.Sleep(24 * time.Hour)
		if as := s.want("wlan0", 0, agent.PresentingUI); logins(as) != 1 {
			t.Errorf("%d logins", logins(as))
		}
		wire.released.Store(true)
		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.Authenticated)
	})
}
