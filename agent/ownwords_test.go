package agent_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// What a logoff or a login says is of its own flow: that of an earlier one is no news.
func TestALogoffThatSentNothingClaimsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s := newStage(t)
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 30*time.Second, agent.Authenticated)
		logoff := func() agent.Transition {
			if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
				t.Fatal(err)
			}
			return lastLogoff(t, s.want("wlan0", time.Minute, agent.LoggedOff))
		}
		if first := logoff(); first.Logoff != agent.LogoffDone {
			t.Fatalf("%q: %s", first.Logoff, first.Cause)
		}
		hotspot.SetUp(false)
		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 20*time.Second, agent.Evaluating)
		time.Sleep(10 * time.Second)
		last := logoff()
		if last.Logoff != agent.LogoffUnverified || strings.Contains(last.Cause, "logoff of") || strings.Contains(last.Cause, "authenticate of") {
			t.Errorf("%q: %s", last.Logoff, last.Cause)
		}
	})
}

// A login that is cancelled says nothing of the one before.
func TestACancelledLoginDoesNotSpeakForAnother(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot, _ := refusing(t)
		isSlow := false
		s.wires["wlan0"] = answering{hotspot, func(r *http.Request) (*http.Response, error) {
			switch {
			case r.Method != http.MethodPost || !isSlow:
				return nil, nil
			case r.Body != nil:
				_ = r.Body.Close()
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		}}
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.Failed)
		time.Sleep(time.Minute)
		synctest.Wait()
		isSlow = true
		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.Authenticating)
		began := len(s.association("wlan0").Journal)
		s.radio.Kick("wlan0", 2) // what was submitted may have worked
		synctest.Wait()
		s.radio.Join("wlan0", openNetwork("Cafe"))
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		verified := false
		for _, change := range s.association("wlan0").Journal[began:] {
			verified = verified || change.From == agent.Verifying
			if change.From == agent.Verifying && strings.Contains(change.Cause, "denied") {
				t.Errorf("%v → %v: %s", change.From, change.To, change.Cause)
			}
		}
		if !verified {
			t.Errorf("nothing was verified: %+v", s.association("wlan0").Journal[began:])
		}
	})
}

// otherPortal is where a forgetful portal redirects to when another one took its place.
func otherPortal(r *http.Request) *http.Response {
	if r.URL.Host == "portal.elsewhere.test" {
		return page(r, `<form method=post><p id=elsewhere>Elsewhere</p><input name=user></form>`)
	}
	return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"http://portal.elsewhere.test/"}}, Body: http.NoBody, Request: r}
}

// The reason of an outage does not outlive it.
func TestTheReasonOfASessionIsItsOwn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, network := joinForgetful(t)
		defer s.stop()
		before := s.want("wlan0", 10*time.Second, agent.Authenticated)
		set := func(out func(*http.Request) *http.Response) {
			network.mu.Lock()
			defer network.mu.Unlock()
			network.out = out
		}
		set(otherPortal)
		time.Sleep(10 * time.Minute)
		if as := s.want("wlan0", 0, agent.Maintaining); !strings.Contains(as.Why, "not that of the portal") {
			t.Errorf("in the outage: %s", as.Why)
		}
		set(nil)
		after := s.want("wlan0", 10*time.Minute, agent.Authenticated)
		if after.Why != before.Why {
			t.Errorf("the session's reason is %q, was %q", after.Why, before.Why)
		}
		if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", time.Minute, agent.LoggedOff)
		set(otherPortal)
		began := len(s.association("wlan0").Journal)
		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		as := s.association("wlan0")
		if strings.Contains(as.Why, "session belongs") {
			t.Errorf("after the session: %s", as.Why)
		}
		for _, change := range as.Journal[min(began, len(as.Journal)):] {
			if strings.Contains(change.Cause, "session belongs") {
				t.Errorf("after the session: %s", change.Cause)
			}
		}
	})
}

// When a session is over, so is the time of its end.
func TestNoExpiryOfASessionThatIsOver(t *testing.T) {
	for name, end := range map[string]func(*stage, *portaltest.Hotspot){
		"logoff": func(s *stage, _ *portaltest.Hotspot) {
			if err := s.agent.Logoff(s.t.Context(), "wlan0"); err != nil {
				s.t.Error(err)
			}
		},
		"the portal is back, and a person has to log in": func(s *stage, h *portaltest.Hotspot) {
			if err := s.agent.Reload(s.t.Context(), s.settings); err != nil {
				s.t.Error(err)
			}
			h.Expire()
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
				s := newStage(t)
				s.wires["wlan0"] = answering{hotspot, func(r *http.Request) (*http.Response, error) {
					if r.URL.Host != "api.test" {
						return nil, nil
					}
					if hotspot.Captive() {
						return capport(r, `{"captive":true,"user-portal-url":"http://status.client/"}`), nil
					}
					return capport(r, `{"captive":false,"seconds-remaining":7200}`), nil
				}}
				s.start()
				defer s.stop()
				s.joinWithAPI("wlan0", "Cafe", hotspot, "http://api.test/")
				if as := s.want("wlan0", 30*time.Second, agent.Authenticated); as.Expires == nil {
					t.Fatal("no expiry is known")
				}
				s.settings.Policy = func(wifi.Identity) agent.Policy { return agent.Policy{NoLogin: true} }
				end(s, hotspot)
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				if as := s.association("wlan0"); as.Phase == agent.Authenticated || as.Expires != nil {
					t.Errorf("%v: expires %v", as.Phase, as.Expires)
				}
			})
		})
	}
}

// capport answers as a captive portal API does.
func capport(r *http.Request, document string) *http.Response {
	response := page(r, document)
	response.Header.Set("Content-Type", "application/captive+json")
	return response
}
