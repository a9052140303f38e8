package agent_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
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

// asked checks what a login waits for, that it says why, and that it sends nothing meanwhile.
func asked(t *testing.T, s *stage, hotspot *portaltest.Hotspot, why string, want agent.Need) {
	t.Helper()
	as := s.want("wlan0", 20*time.Second, agent.PresentingUI)
	last := as.Journal[len(as.Journal)-1]
	if !strings.Contains(last.Cause, why) {
		t.Errorf("it waits because %q, want %q", last.Cause, why)
	}
	if want.Network, want.URL = "Cafe", as.PortalURL; last.Need == nil || *last.Need != want || as.Need == nil || *as.Need != want {
		t.Errorf("it needs %+v, and in the status %+v, want %+v", last.Need, as.Need, want)
	}
	time.Sleep(time.Hour)
	for _, r := range hotspot.Log() {
		if r.Method == "POST" {
			t.Errorf("something was sent: %+v", r)
		}
	}
}

// A helper accepts terms only by consent, for this helper on this network.
func TestTermsNeedConsent(t *testing.T) {
	for name, test := range map[string]struct {
		given  consent.Given
		broken error
		want   string
	}{
		"not asked":    {want: "waits for your consent"},
		"refused":      {given: consent.Given{Terms: consent.Never}, want: "you said never"},
		"cleartext":    {given: consent.Given{Cleartext: true, SharedHosts: true}, want: "waits for your consent"},
		"not readable": {given: consent.Given{Terms: consent.Always, Cleartext: true}, broken: errors.New("torn"), want: "waits for your consent"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newStage(t, plugins.Entry{Helper: builtin.ClickThrough{}})
				hotspot := portaltest.New(portaltest.Options{Seed: 1, Kind: portaltest.KindClick, Internet: internet()})
				given, broken := test.given, test.broken
				s.settings.Consent = func(helper plugins.Helper, n wifi.Identity) (consent.Given, error) {
					if helper.Name() != builtin.ClickThroughName || n.SSID != "Cafe" {
						t.Errorf("consent of %s on %q is asked for", helper.Name(), n.SSID)
					}
					return given, broken
				}
				s.start()
				defer s.stop()
				s.join("wlan0", "Cafe", hotspot)
				asked(t, s, hotspot, test.want, agent.Need{
					Kind: agent.NeedTerms, Helper: "click-through", Terms: "the terms that the portal's button accepts", TermsDenied: given.Terms == consent.Never,
				})
				given, broken = consent.Given{Terms: consent.Always}, nil
				if err := s.agent.Resume(t.Context(), "wlan0", agent.CauseTimer); err == nil {
					t.Error("a login goes on for what it does not wait for")
				}
				if err := s.agent.Resume(t.Context(), "wlan0", agent.CauseConsent); err != nil {
					t.Fatal(err)
				}
				as := s.want("wlan0", 10*time.Second, agent.Authenticated)
				if !slices.ContainsFunc(as.Journal, func(t agent.Transition) bool {
					return t.From == agent.PresentingUI && t.CauseKind == agent.CauseConsent && t.Cause == "consent was given"
				}) {
					t.Errorf("the cause is not the consent: %+v", as.Journal)
				}
			})
		})
	}
}

// If a secret may not be sent or cannot be read, the login waits for the user, and is not
// tried again.
func TestSecretsWaitForTheUser(t *testing.T) {
	for name, test := range map[string]struct {
		locked error
		want   string
		need   agent.Need
	}{
		"cleartext":    {nil, "the connection is not encrypted", agent.Need{Kind: agent.NeedCleartext}},
		"locked":       {fmt.Errorf("the keyring: %w", agent.ErrLocked), "authenticate of vendor: needs-user, the keyring: the secret store is locked", agent.Need{Kind: agent.NeedSecretStore, Locked: true}},
		"not readable": {errors.New("torn"), "authenticate of vendor: needs-user, torn", agent.Need{Kind: agent.NeedSecretStore}},
		"gone":         {agent.ErrGone, "the value is not kept any more", agent.Need{Kind: agent.NeedInput}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				hotspot := portaltest.New(portaltest.Options{Seed: 2, Kind: portaltest.KindCredentials, Internet: internet()})
				s := newStage(t, plugins.Entry{Helper: vendor(t, hotspot)})
				locked := test.locked
				s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
					if input == "user" {
						return portal.Plain("ada"), true, nil
					}
					return portal.Secret("2718"), true, locked
				}
				cleartext := false
				s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
					return consent.Given{Cleartext: cleartext, SharedHosts: cleartext}, nil
				}
				s.start()
				defer s.stop()
				s.join("wlan0", "Cafe", hotspot)
				if test.need.Helper = "vendor"; test.locked != nil {
					test.need.Input = "pin"
				}
				asked(t, s, hotspot, test.want, test.need)
				locked, cleartext = nil, true
				if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
					t.Fatal(err)
				}
				s.want("wlan0", 10*time.Second, agent.Authenticated)
			})
		})
	}
}

// moved is a transport to a portal that redirects each login to http.
type moved struct{ http.RoundTripper }

func (m moved) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return m.RoundTripper.RoundTrip(r)
	}
	other := r.Clone(r.Context())
	if r.URL.Scheme == "http" {
		other.URL.Scheme = "https" // which the hotspot speaks
		return m.RoundTripper.RoundTrip(other)
	}
	other.URL.Scheme = "http"
	return &http.Response{
		StatusCode: http.StatusTemporaryRedirect, Header: http.Header{"Location": {other.URL.String()}}, Body: http.NoBody, Request: r,
	}, nil
}

// A redirect that would send the secret unencrypted is not followed. If the probe then
// still sees the portal, the login waits for consent.
func TestSecretRedirectedWaitsForTheUser(t *testing.T) {
	bubble(t, func(t *testing.T) {
		authority, err := portaltest.NewAuthority()
		if err != nil {
			t.Fatal(err)
		}
		hotspot := portaltest.New(portaltest.Options{Seed: 5, Kind: portaltest.KindCredentials, Internet: internet(), Authority: authority})
		s := newStage(t, plugins.Entry{Helper: vendor(t, hotspot)})
		s.wires["wlan0"] = moved{hotspot.Transport()}
		s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
			return portal.Plain(map[string]string{"user": "ada", "pin": "2718"}[input]), true, nil
		}
		cleartext := false
		s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
			return consent.Given{Cleartext: cleartext, SharedHosts: cleartext}, nil
		}
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		asked(t, s, hotspot, "the connection is not encrypted", agent.Need{Kind: agent.NeedCleartext, Helper: "vendor"})
		cleartext = true
		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.Authenticated)
	})
}

// An access point of the same name shows the same page, which asks for the same secret:
// without TLS, or with a certificate that is not trusted.
func TestEvilTwin(t *testing.T) {
	for name, twinAuthority := range map[string]bool{"over http": false, "with a certificate of its own": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				authority, err := portaltest.NewAuthority()
				if err != nil {
					t.Fatal(err)
				}
				opts := portaltest.Options{Seed: 5, Kind: portaltest.KindCredentials, Internet: internet(), Authority: authority}
				hotspot := portaltest.New(opts)
				s := newStage(t, plugins.Entry{Helper: vendor(t, hotspot)})
				s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
					return portal.Plain(map[string]string{"user": "ada", "pin": "2718"}[input]), true, nil
				}
				s.start()
				defer s.stop()
				s.join("wlan0", "Cafe", hotspot)
				s.want("wlan0", 10*time.Second, agent.Authenticated)

				if opts.Authority = nil; twinAuthority {
					if opts.Authority, err = portaltest.NewAuthority(); err != nil {
						t.Fatal(err)
					}
				}
				twin := portaltest.New(opts)
				s.radio.Kick("wlan0", 2)
				s.want("wlan0", time.Second, agent.Inactive)
				wire := twin.Transport().(*http.Transport)
				if twinAuthority {
					wire.TLSClientConfig = hotspot.Transport().(*http.Transport).TLSClientConfig.Clone()
				}
				s.wires["wlan0"] = wire
				s.join("wlan0", "Cafe", twin)
				time.Sleep(time.Hour)
				if as := s.association("wlan0"); as.Phase == agent.Authenticated || as.Phase == agent.Inactive {
					t.Errorf("the twin has it %v", as.Phase)
				}
				asked := false
				for _, r := range twin.Log() {
					asked = asked || r.Host != ""
					if r.Method == "POST" {
						t.Errorf("the twin got a secret: %+v", r)
					}
				}
				if !asked {
					t.Error("the twin was not even asked")
				}
			})
		})
	}
}
