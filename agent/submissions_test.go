package agent_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
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

// A gateway that opens late is not submitted to again: not after 20 s, not when the user asks
// meanwhile, and not when it disconnects the station or changes its address to let it in.
func TestALateGatewayIsSubmittedToOnce(t *testing.T) {
	for _, delay := range []time.Duration{time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second} {
		for name, meanwhile := range map[string]func(s *stage){
			"nothing happens": func(*stage) {},
			"the user asks": func(s *stage) {
				if err := s.agent.Login(s.t.Context(), "wlan0"); err != nil {
					s.t.Fatal(err)
				}
			},
			"the station is disconnected": func(s *stage) {
				s.radio.Kick("wlan0", 3)
				synctest.Wait()
				s.radio.Join("wlan0", openNetwork("Cafe"))
			},
			"the address changes": func(s *stage) {
				link := agenttest.Up("wlan0", s.hotspots["wlan0"].Gateway())
				link.Kind = agent.KindWifi
				link.Addresses[0] = netip.MustParsePrefix("192.0.2.77/24")
				s.links.Set(link)
			},
		} {
			t.Run(delay.String()+", "+name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
					s := newStage(t)
					s.wires["wlan0"] = lateGate{hotspot, delay, new(atomic.Pointer[time.Time])}
					s.start()
					defer s.stop()
					s.join("wlan0", "Cafe", hotspot)
					s.want("wlan0", 10*time.Second, agent.Verifying)
					meanwhile(s)
					as := s.want("wlan0", time.Minute, agent.Authenticated)
					if logins(as) != 1 || as.Helper != "opennds" {
						t.Errorf("%d logins, by %q", logins(as), as.Helper)
					}
				})
			})
		}
	}
}

// lateGate lets the client out some time after the login.
type lateGate struct {
	*portaltest.Hotspot

	delay time.Duration
	opens *atomic.Pointer[time.Time]
}

func (g lateGate) RoundTrip(r *http.Request) (*http.Response, error) {
	if slices.Contains([]string{"one.test", "two.test"}, r.URL.Host) && !g.Captive() {
		if at := g.opens.Load(); at == nil {
			at := time.Now().Add(g.delay)
			g.opens.Store(&at)
		}
		if time.Now().Before(*g.opens.Load()) {
			return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {g.PortalURL()}}, Body: http.NoBody, Request: r}, nil
		}
	}
	return g.Transport().RoundTrip(r)
}

// A login that changed nothing is not repeated before a minute, whatever the link does.
func TestALoginThatChangedNothingWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s := newStage(t)
		s.wires["wlan0"] = shut{hotspot, nil}
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		as := s.want("wlan0", 40*time.Second, agent.Deferred)
		if as.Need == nil || as.Need.Kind != agent.NeedUnchanged || time.Until(as.Need.Until) < 50*time.Second {
			t.Errorf("needs %+v", as.Need)
		}
		for range 5 {
			s.radio.Kick("wlan0", 3)
			synctest.Wait()
			s.radio.Join("wlan0", openNetwork("Cafe"))
			s.want("wlan0", 5*time.Second, agent.Deferred)
		}
		if as := s.association("wlan0"); logins(as) != 1 {
			t.Errorf("%d logins", logins(as))
		}
	})
}

// A network that comes and goes every two seconds, and knows nobody when it comes back, is
// logged in to a few times in a minute and no more. When it stays, the agent is online.
func TestAFlappingLinkIsNotLoggedInToEachTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s := newStage(t)
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		for range 20 {
			time.Sleep(2 * time.Second)
			s.radio.Kick("wlan0", 3)
			synctest.Wait()
			hotspot.Deauth()
			s.radio.Join("wlan0", openNetwork("Cafe"))
		}
		as := s.want("wlan0", 2*time.Second, agent.Deferred)
		if as.Need == nil || as.Need.Kind != agent.NeedPace {
			t.Errorf("needs %+v", as.Need)
		}
		granted := 0
		for _, r := range hotspot.Log() {
			if r.Decision == portaltest.DecisionGranted {
				granted++
			}
		}
		if granted > 4 {
			t.Errorf("%d logins in 40 s", granted)
		}
		s.want("wlan0", 2*time.Minute, agent.Authenticated)
	})
}

// rival is a second device with the same account: it logs in some seconds after the agent,
// which ends the agent's session.
func TestTwoDevicesThatThrowEachOtherOut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s := newStage(t)
		s.start()
		defer func() { s.stop() }()
		s.join("wlan0", "Cafe", hotspot)
		suspicion := agent.Cause{Kind: "test", Text: "the desktop says that it is offline"}
		for range 3 {
			s.want("wlan0", 20*time.Second, agent.Authenticated)
			time.Sleep(10 * time.Second)
			hotspot.Deauth()
			if err := s.agent.Suspect(t.Context(), "wlan0", suspicion); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			time.Sleep(100 * time.Millisecond)
		}
		as := s.want("wlan0", time.Second, agent.Deferred)
		last := as.Journal[len(as.Journal)-1]
		if as.Need == nil || as.Need.Kind != agent.NeedOtherDevice || time.Until(as.Need.Until) < 4*time.Minute || !strings.Contains(last.Cause, "another device") {
			t.Errorf("needs %+v: %s", as.Need, last.Cause)
		}
		// A restart does not forget it.
		s.stop()
		s.start()
		s.want("wlan0", 5*time.Second, agent.Deferred)
		// The user may have switched the other device off.
		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.Authenticated)
	})
}

// A flow ends at once when its address is gone, and begins again if it had sent nothing.
func TestAFlowEndsWithItsAddress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		helper := &waits{began: make(chan struct{}, 2), ended: make(chan struct{}, 2)}
		s := newStage(t)
		s.settings.Registry = plugins.NewRegistry([]plugins.Entry{{Helper: helper}})
		s.start()
		defer s.stop()
		s.join("eth0", "", hotspot)
		<-helper.began
		link := agenttest.Up("eth0", hotspot.Gateway())
		link.DNS = []netip.Addr{hotspot.Gateway()}
		s.links.Set(link) // the way stays
		synctest.Wait()
		if len(helper.ended) != 0 {
			t.Fatal("a flow ended although its address stayed")
		}
		link.Addresses = []netip.Prefix{netip.MustParsePrefix("192.0.2.77/24")}
		s.links.Set(link)
		<-helper.ended
		<-helper.began
		s.want("eth0", time.Second, agent.Authenticating)
	})
}

// waits is a helper whose login never ends by itself.
type waits struct {
	builtin.ClickThrough

	began, ended chan struct{}
}

func (*waits) Name() string { return "waits" }

func (*waits) Claim(_ context.Context, facts *claims.Facts) claims.Claim {
	claim := claims.Claim{Helper: "waits"}
	if facts.Evidence != nil && facts.Evidence.Verdict == probe.VerdictPortal {
		claim.Confidence = claims.High
	}
	return claim
}

func (h *waits) Authenticate(ctx context.Context, _ plugins.Job) (flow.Result, error) {
	h.began <- struct{}{}
	<-ctx.Done()
	h.ended <- struct{}{}
	return flow.Result{}, context.Cause(ctx)
}

// A request for a login right after a refusal of the same values does not send them again.
func TestARequestJoinsARefusal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		authority, err := portaltest.NewAuthority()
		if err != nil {
			t.Fatal(err)
		}
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindCredentials, Internet: internet(), Authority: authority})
		s := newStage(t, plugins.Entry{Helper: vendor(t, hotspot)})
		s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
			return map[string]portal.Value{"user": portal.Plain("ada"), "pin": portal.Secret("1828")}[input], true, nil
		}
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.Failed)
		for i, after := range []time.Duration{48 * time.Millisecond, 20 * time.Second} {
			time.Sleep(after)
			if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
				t.Fatal(err)
			}
			if as := s.want("wlan0", 10*time.Second, agent.Failed); logins(as) != i+1 || !strings.Contains(as.Journal[len(as.Journal)-1].Cause, "denied") {
				t.Errorf("%d logins %v after a refusal", logins(as), after)
			}
		}
	})
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
