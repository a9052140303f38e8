package agent_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/portal/portaltest"
)

// Of two users' agents on one link, the one that yields sends nothing to the portal's login, unless its user
// asks. It logs in when the other one does not any more.
func TestTwoAgentsDoNotBothLogIn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		const why = "bob sits at this computer, whose agent logs in"
		yield := func(why string) {
			if err := s.agent.Yield(t.Context(), why); err != nil {
				t.Fatal(err)
			}
		}
		yield(why)
		yield(why)
		s.join("wlan0", "TestNet", hotspot)
		as := s.want("wlan0", 10*time.Second, agent.PresentingUI)
		time.Sleep(time.Hour)
		if _, logins := requests(hotspot); logins != 0 || as.Why != why {
			t.Errorf("%d logins, because %q", logins, as.Why)
		}
		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		hotspot.Expire()
		as = s.want("wlan0", 3*time.Minute, agent.PresentingUI)
		time.Sleep(time.Hour)
		if _, logins := requests(hotspot); logins != 1 {
			t.Errorf("%d logins, want the requested one", logins)
		}
		yield("")
		as = s.want("wlan0", 10*time.Second, agent.Authenticated)
		if !slices.ContainsFunc(as.Journal, func(tr agent.Transition) bool { return tr.CauseKind == agent.CauseSeat }) {
			t.Errorf("no transition says why: %+v", as.Journal)
		}
		if n := strings.Count(s.log.String(), "logins are left to another agent"); n != 1 {
			t.Errorf("logged %d times", n)
		}
	})
}
