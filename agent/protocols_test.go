package agent_test

import (
	"strings"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// A built-in protocol wins over every shipped pack if it is sure, keeps its session by
// what the gateway reports, heals it, and ends it. The log has no password.
func TestProtocolFromJoinToLogoff(t *testing.T) {
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	const secret = "0n-c3-upon"
	for _, test := range []struct {
		name   string
		helper plugins.Helper
		opts   portaltest.Options
		given  consent.Given
	}{
		{"WISPr", builtin.NewWISPr("wispr-op", []string{"login.roaming.test"}), portaltest.Options{Kind: portaltest.KindWISPr, Seed: 4, Authority: authority}, consent.Given{}},
		{"WISPr of CoovaChilli", builtin.NewWISPr("wispr", []string{"login.chilli.test"}), portaltest.Options{Kind: portaltest.KindCoovaChilli, Seed: 1, Authority: authority}, consent.Given{}},
		{"JSON of CoovaChilli", builtin.CoovaChilli{}, portaltest.Options{Kind: portaltest.KindCoovaChilliJSON, Seed: 1}, consent.Given{Cleartext: true, SharedHosts: true}},
		{"Omada", builtin.Omada{}, portaltest.Options{Kind: portaltest.KindOmada, Seed: 1}, consent.Given{Terms: consent.Always}},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				test.opts.PIN, test.opts.Session, test.opts.Internet = secret, 10*time.Minute, internet()
				hotspot := portaltest.New(test.opts)
				s := newStage(t, plugins.Entry{Helper: test.helper})
				s.settings.Keepalive = time.Hour
				s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) { return test.given, nil }
				s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
					return portal.Plain(map[string]string{"user": "ada", "password": secret}[input]), true, nil
				}
				s.start()
				defer s.stop()
				s.join("wlan0", "Hall", hotspot)
				if as := s.want("wlan0", time.Minute, agent.Authenticated); as.Helper != test.helper.Name() {
					t.Errorf("%s logged in: %s", as.Helper, as.Why)
				}
				hotspot.Expire()
				if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
					t.Fatal(err)
				}
				s.healed("wlan0", time.Minute)
				if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
					t.Fatal(err)
				}
				s.want("wlan0", time.Minute, agent.LoggedOff)
				if test.name != "Omada" && !hotspot.Captive() {
					t.Error("still online after logoff")
				}
				if log := s.log.String(); strings.Contains(log, secret) {
					t.Errorf("the log has the password:\n%s", log)
				}
			})
		})
	}
}

// The agent looks again when the session ends by what the gateway reports.
func TestProtocolExpiryIsMetOnTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindCoovaChilliJSON, Seed: 1, Session: 10 * time.Minute, Internet: internet()})
		s := newStage(t, plugins.Entry{Helper: builtin.CoovaChilli{}})
		s.settings.Keepalive = time.Hour
		s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
			return consent.Given{Cleartext: true, SharedHosts: true}, nil
		}
		s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
			return portal.Plain(map[string]string{"user": "ada", "password": "2718"}[input]), true, nil
		}
		s.start()
		defer s.stop()
		s.join("wlan0", "Hall", hotspot)
		s.want("wlan0", time.Minute, agent.Authenticated)
		time.Sleep(10*time.Minute + 5*time.Second)
		s.want("wlan0", 0, agent.Authenticated)
		if hotspot.Captive() {
			t.Error("the session ended, and the agent did not notice")
		}
	})
}
