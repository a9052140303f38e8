package daemon

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// pfSenseOf simulates the portal that most tests remember, with another password.
func pfSenseOf(t *testing.T, password string) *portaltest.Hotspot {
	t.Helper()
	h := hotspotOf(t, portaltest.KindPfSense, 3)
	if password == personPIN {
		return h
	}
	return portaltest.New(portaltest.Options{Seed: 3, Kind: portaltest.KindPfSense, User: personUser, PIN: password, Internet: everyCheck()})
}

// The first login by itself is announced once, in the log and in the status.
func TestTheFirstUseIsAnnouncedOnce(t *testing.T) {
	e := user(t)
	login, err := remembered(t, e, signIn(t, pfSenseOf(t, personPIN)), cafe)
	if err != nil {
		t.Fatal(err)
	}
	p := packOf(t, e, login.Name)
	synctest.Test(t, func(t *testing.T) {
		h := pfSenseOf(t, personPIN)
		meet(t, e, p, h, cafe, func(m *meeting) {
			as := m.settled(time.Minute)
			synctest.Wait()
			as = m.settled(time.Minute)
			if len(as.Remembered) != 1 || !as.Remembered[0].FirstUse || as.Remembered[0].Helper != login.Name {
				t.Fatalf("the status says %+v\n%s", as.Remembered, &m.log)
			}
			h.Expire()
			if err := m.agent.Login(t.Context(), "wlan0"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			if as = m.settled(time.Minute); as.Phase != agent.Authenticated || len(as.Remembered) != 1 || as.Remembered[0].FirstUse {
				t.Errorf("after the second login, %v, the status says %+v", as.Phase, as.Remembered)
			}
			if n := strings.Count(m.log.String(), "is used for the first time"); n != 1 {
				t.Errorf("it is announced %d times\n%s", n, &m.log)
			}
		})
	})
}

// Two failed logins in a row set a login aside. A new one takes its place, and nothing is left of the other.
func TestFailedLoginsSetARememberedOneAside(t *testing.T) {
	e := user(t)
	login, err := remembered(t, e, signIn(t, pfSenseOf(t, personPIN)), cafe)
	if err != nil {
		t.Fatal(err)
	}
	p := packOf(t, e, login.Name)
	synctest.Test(t, func(t *testing.T) {
		meet(t, e, p, pfSenseOf(t, "another"), cafe, func(m *meeting) {
			if as := m.settled(time.Minute); as.Phase != agent.Failed || as.Remembered[0].SetAside != nil {
				t.Fatalf("after one refusal: %v, %+v\n%s", as.Phase, as.Remembered, &m.log)
			}
			time.Sleep(20 * time.Second) // the agent does not send the same at once
			if err := m.agent.Login(t.Context(), "wlan0"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			if as := m.settled(time.Minute); as.Remembered[0].SetAside == nil || as.Remembered[0].Why == "" {
				t.Errorf("after two refusals the status says %+v\n%s", as.Remembered, &m.log)
			}
		})
	})
	evidence := evidenceOf(t, pfSenseOf(t, personPIN))
	facts := claims.NewFacts(wifi.Network{SSID: cafe.SSID, BSSs: []wifi.BSS{{Security: cafe.Security}}}, &evidence)
	if claim := packOf(t, e, login.Name).Claim(t.Context(), facts); claim.Confidence != claims.None {
		t.Errorf("it claims %v", claim)
	}
	next, err := remembered(t, e, signIn(t, hotspotOf(t, portaltest.KindCiscoWLC, 1)), cafe)
	if err != nil {
		t.Fatal(err)
	}
	all, err := e.Remembered().List()
	if err != nil || len(all) != 1 || all[0].Name != next.Name {
		t.Errorf("remembered now: %v, %v", all, err)
	}
	if changes := next.Changes(login); len(changes) == 0 || !strings.Contains(changes[0], "it also talks to welcome.venue.test") {
		t.Errorf("the difference is %q", changes)
	}
	isOfOther(t, e, next.Name)
}

// isOfOther requires that nothing is given to any helper but one.
func isOfOther(t *testing.T, e Env, name string) {
	t.Helper()
	kept, err := e.Secrets().List()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range kept {
		if s.Helper != name {
			t.Errorf("a secret is left: %+v", s)
		}
	}
	records, err := e.Consents().Records()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if r.Helper != name {
			t.Errorf("a consent is left: %+v", r)
		}
	}
}

// What is remembered counts on its network alone, is recorded with its source, and is forgotten as a whole.
func TestARememberedLoginIsOfOneNetwork(t *testing.T) {
	wire := wifi.Identity{Wire: "ether", Gateway: "02:00:00:00:00:01"}
	for _, n := range []wifi.Identity{cafe, wire} {
		e := user(t)
		login, err := remembered(t, e, signIn(t, hotspotOf(t, portaltest.KindOpenNDS, 1)), n)
		if err != nil {
			t.Fatal(err)
		}
		p := packOf(t, e, login.Name)
		evidence := evidenceOf(t, hotspotOf(t, portaltest.KindOpenNDS, 2))
		for text, want := range map[string]claims.Confidence{
			n.String(): claims.High, "": claims.None, "wifi/personal/Cafe": claims.None, "wifi/open/Cafe 2": claims.None,
			"wire/ether/02:00:00:00:00:02": claims.None, "wire/cellular/02:00:00:00:00:01": claims.None, "wire/ether/unknown": claims.None, "nonsense": claims.None,
		} {
			evidence.Network = text
			if claim := p.Claim(t.Context(), claims.NewFacts(wifi.Network{}, &evidence)); claim.Confidence != want {
				t.Errorf("that of %s claims %q: %v", n, text, claim)
			}
		}
		given, err := e.consentOf(p, n)
		if err != nil || given.Accepts(login.Terms[0]) == 0 {
			t.Errorf("on its network: %+v, %v", given, err)
		}
		elsewhere, err := e.consentOf(p, wifi.Identity{SSID: "Elsewhere", Security: wifi.SecurityOpen})
		if err != nil || elsewhere.Accepts(login.Terms[0]) != 0 {
			t.Errorf("elsewhere: %+v, %v", elsewhere, err)
		}
		records, err := e.Consents().Records()
		if err != nil || len(records) == 0 || records[0].Source != consent.SourceWindow {
			t.Errorf("recorded: %+v, %v", records, err)
		}
		if _, err := e.Forget(t.Context(), login.Name); err != nil {
			t.Fatal(err)
		}
		isOfOther(t, e, "")
		if all, err := e.Remembered().List(); len(all) > 0 || err != nil {
			t.Errorf("left: %v, %v", all, err)
		}
	}
}

// What ends a login is counted; what a person has to do first, and what the portal puts off, is not.
func TestEndsOfLogins(t *testing.T) {
	need := func(kind agent.NeedKind) *agent.Need { return &agent.Need{Kind: kind} }
	for _, test := range []struct {
		t      agent.Transition
		worked bool
		isEnd  bool
	}{
		{agent.Transition{From: agent.Verifying, To: agent.Authenticated}, true, true},
		{agent.Transition{From: agent.Evaluating, To: agent.Authenticated}, false, false},
		{agent.Transition{From: agent.Maintaining, To: agent.Authenticated}, false, false},
		{agent.Transition{From: agent.Authenticating, To: agent.Failed}, false, true},
		{agent.Transition{From: agent.Authenticating, To: agent.PresentingUI, Need: need(agent.NeedPage)}, false, true},
		{agent.Transition{From: agent.Authenticating, To: agent.PresentingUI, Need: need(agent.NeedSecretStore)}, false, false},
		{agent.Transition{From: agent.Authenticating, To: agent.PresentingUI, Need: need(agent.NeedTerms)}, false, false},
		{agent.Transition{From: agent.Verifying, To: agent.Deferred, Need: need(agent.NeedUnchanged)}, false, true},
		{agent.Transition{From: agent.Authenticating, To: agent.Deferred, Need: need(agent.NeedBusy)}, false, false},
		{agent.Transition{From: agent.Verifying, To: agent.Evaluating, Verdict: probe.VerdictPortal}, false, true},
		{agent.Transition{From: agent.Verifying, To: agent.Evaluating, Verdict: probe.VerdictLimited}, false, false},
		{agent.Transition{From: agent.Authenticating, To: agent.Inactive}, false, false},
	} {
		if worked, isEnd := endOfLogin(test.t); worked != test.worked || isEnd != test.isEnd {
			t.Errorf("%v to %v, %v: worked %v, end %v", test.t.From, test.t.To, test.t.Need, worked, isEnd)
		}
	}
}

// Another pack of the name cannot take the place of a remembered login, no matter who made it.
func TestARememberedLoginIsTheUsers(t *testing.T) {
	e := user(t)
	login, err := remembered(t, e, signIn(t, hotspotOf(t, portaltest.KindOpenNDS, 1)), cafe)
	if err != nil {
		t.Fatal(err)
	}
	writePack(t, filepath.Join(e.DataDir(), "packs"), login.Name)
	config, err := e.LoadConfig()
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.load(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	helper, err := r.Settings.Registry.Helper(login.Name)
	if err != nil {
		t.Fatal(err)
	}
	asks, ok := helper.(interface{ Terms() []string })
	if !ok || !slices.Equal(asks.Terms(), login.Terms) {
		t.Errorf("the helper in use is %v", helper)
	}
}
