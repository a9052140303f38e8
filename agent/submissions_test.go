package agent_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// shut is a hotspot that answers every submission as usual, or as it says, and never opens.
type shut struct {
	*portaltest.Hotspot

	answer func(*http.Request) (*http.Response, error) // nil, or returning nil: as usual
}

func (s shut) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.answer != nil {
		if response, err := s.answer(r); response != nil || err != nil {
			return response, err
		}
	}
	response, err := s.Transport().RoundTrip(r)
	s.Expire()
	return response, err
}

// page is a response with an HTML page.
func page(r *http.Request, body string) *http.Response {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Request: r,
		Body: io.NopCloser(bytes.NewReader([]byte(body))),
	}
}

// logins counts the logins that an association began.
func logins(as agent.Association) (n int) {
	for _, t := range as.Journal {
		if t.To == agent.Authenticating {
			n++
		}
	}
	return n
}

// A login that changes nothing is repeated once, by any helper and regardless of
// the answer; then it waits for the user. Neither a day, nor the network's coming and going
// for a moment, makes it submit again.
func TestAnUnrecognisedAnswerIsSubmittedToOnceMore(t *testing.T) {
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	// A CoovaChilli that closes the connection of the logon, and of the question what came of it.
	asked := false
	closes := func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/json/logon" || asked && r.URL.Path == "/json/status" {
			asked = r.URL.Path == "/json/logon"
			return nil, errors.New("the connection was closed")
		}
		return nil, nil
	}
	for _, test := range []struct {
		name   string
		helper func(*testing.T, *portaltest.Hotspot) plugins.Helper // nil: a shipped pack
		opts   portaltest.Options
		answer func(*http.Request) (*http.Response, error)
		said   string
	}{
		{"a vendor's pack", vendorHelper, portaltest.Options{Kind: portaltest.KindCredentials, Seed: 5}, nil, ""},
		{"a shipped pack", nil, portaltest.Options{Kind: portaltest.KindOpenNDS}, nil, ""},
		{"click-through", always(builtin.ClickThrough{}), portaltest.Options{Kind: portaltest.KindClick, Seed: 1}, func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost {
				return page(r, "<title>Lounge</title><p>No more seats today.</p>"), nil
			}
			return nil, nil
		}, "No more seats today."},
		{"WISPr", always(builtin.NewWISPr("wispr-op", []string{"login.roaming.test"})), portaltest.Options{Kind: portaltest.KindWISPr, Seed: 4}, nil, ""},
		{"JSON of CoovaChilli", always(builtin.CoovaChilli{}), portaltest.Options{Kind: portaltest.KindCoovaChilliJSON, Seed: 1}, closes, "the connection was closed"},
		{"Omada", always(builtin.Omada{}), portaltest.Options{Kind: portaltest.KindOmada, Seed: 1}, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				test.opts.Internet, test.opts.Authority = internet(), authority
				hotspot := portaltest.New(test.opts)
				s := newStage(t)
				if test.helper != nil {
					s = newStage(t, plugins.Entry{Helper: test.helper(t, hotspot)})
				}
				s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
					return consent.Given{Terms: consent.Always, Cleartext: true, SharedHosts: true}, nil
				}
				s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
					value, ok := map[string]string{"user": "ada", "password": "2718", "pin": "2718"}[input]
					return portal.Plain(value), ok, nil
				}
				s.wires["wlan0"] = shut{hotspot, test.answer}
				s.start()
				defer s.stop()
				s.join("wlan0", "Cafe", hotspot)
				s.want("wlan0", 10*time.Second, agent.Verifying)
				as := s.want("wlan0", 3*time.Minute, agent.PresentingUI)
				if got := logins(as); got != 2 {
					t.Errorf("%d logins, want 2", got)
				}
				if as.Need == nil || as.Need.Kind != agent.NeedPage || !strings.Contains(as.Need.Text, test.said) || !strings.Contains(as.Journal[len(as.Journal)-1].Cause, "submitted twice") {
					t.Errorf("needs %+v: %s", as.Need, as.Journal[len(as.Journal)-1].Cause)
				}
				for range 5 {
					s.radio.Kick("wlan0", 3)
					time.Sleep(time.Second)
					s.radio.Join("wlan0", openNetwork("Cafe"))
					s.want("wlan0", time.Minute, agent.PresentingUI)
				}
				time.Sleep(24 * time.Hour)
				if got := logins(s.want("wlan0", 0, agent.PresentingUI)); got != 2 {
					t.Errorf("after a day %d logins, want 2", got)
				}
				if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
					t.Fatal(err)
				}
				s.want("wlan0", 10*time.Second, agent.Verifying)
			})
		})
	}
}

func vendorHelper(t *testing.T, h *portaltest.Hotspot) plugins.Helper {
	t.Helper()
	return vendor(t, h)
}

func always(h plugins.Helper) func(*testing.T, *portaltest.Hotspot) plugins.Helper {
	return func(*testing.T, *portaltest.Hotspot) plugins.Helper { return h }
}

// A gateway that opens ten seconds late is not submitted to again.
func TestALateGatewayIsSubmittedToOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s := newStage(t)
		var opens atomic.Pointer[time.Time]
		s.wires["wlan0"] = lateGate{hotspot, &opens}
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		as := s.want("wlan0", time.Minute, agent.Authenticated)
		if logins(as) != 1 || as.Helper != "opennds" {
			t.Errorf("%d logins, by %q", logins(as), as.Helper)
		}
	})
}

// lateGate lets the client out ten seconds after the login.
type lateGate struct {
	*portaltest.Hotspot

	opens *atomic.Pointer[time.Time]
}

func (g lateGate) RoundTrip(r *http.Request) (*http.Response, error) {
	if slices.Contains([]string{"one.test", "two.test"}, r.URL.Host) && !g.Captive() {
		if at := g.opens.Load(); at == nil {
			at := time.Now().Add(10 * time.Second)
			g.opens.Store(&at)
		}
		if time.Now().Before(*g.opens.Load()) {
			return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {g.PortalURL()}}, Body: http.NoBody, Request: r}, nil
		}
	}
	return g.Transport().RoundTrip(r)
}

// hasty is a network without a portal, whose captive portal API wants to be asked at once.
type hasty struct {
	document string
	requests atomic.Int64
}

func (h *hasty) RoundTrip(r *http.Request) (*http.Response, error) {
	h.requests.Add(1)
	response := &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{"Retry-After": {"0"}}, Body: http.NoBody, Request: r}
	if r.URL.Host == "api.test" {
		response = page(r, h.document)
		response.Header = http.Header{"Content-Type": {"application/captive+json"}, "Cache-Control": {"max-age=0"}, "Retry-After": {"0"}}
	}
	return response, nil
}

// What a network says about time is bounded by the back-off: in an hour there are no more
// probes than those at 1 s, 2 s, 4 s … and one for each keepalive.
func TestTheNetworkDoesNotHurryTheProbe(t *testing.T) {
	for name, document := range map[string]string{
		"over":         `{"captive": false, "seconds-remaining": 0}`,
		"nearly over":  `{"captive": false, "seconds-remaining": 0.001}`,
		"in a moment":  `{"captive": false, "seconds-remaining": 5, "can-extend-session": true}`,
		"long over":    `{"captive": false, "seconds-remaining": -1e300}`,
		"without data": `{"captive": false, "bytes-remaining": 0}`,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newStage(t)
				s.settings.Keepalive = 5 * time.Minute
				network := &hasty{document: document}
				s.wires["wlan0"] = network
				s.start()
				defer s.stop()
				link := agenttest.Up("wlan0", portaltest.New(portaltest.Options{Kind: portaltest.KindClick}).Gateway())
				link.Kind, link.API = agent.KindWifi, "https://api.test/"
				s.radio.Join("wlan0", openNetwork("Cafe"))
				s.links.Set(link)
				s.want("wlan0", 10*time.Second, agent.Authenticated)
				begun := network.requests.Load()
				time.Sleep(time.Hour)
				synctest.Wait()
				const looks = 10 + 14 // the back-off, and keepalives
				if got := network.requests.Load() - begun; got > looks*3 {
					t.Errorf("%d requests in an hour, want at most %d", got, looks*3)
				}
			})
		})
	}
}
