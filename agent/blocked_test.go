package agent_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// blockedHelper is a helper that does not answer whether it claims a network, and ignores
// the context.
type blockedHelper struct {
	builtin.ClickThrough

	until <-chan struct{}
}

func (blockedHelper) Name() string { return "blocked" }

func (h blockedHelper) Claim(context.Context, *claims.Facts) claims.Claim {
	<-h.until
	return claims.Claim{Helper: "blocked", Confidence: claims.High}
}

// slowRadio reports nothing for an hour.
type slowRadio struct{}

func (slowRadio) Run(ctx context.Context, report func(wifi.Event)) error {
	select {
	case <-ctx.Done():
	case <-time.After(time.Hour):
	}
	report(wifi.Event{Kind: wifi.EventDisconnected, Interface: "wlan9"})
	<-ctx.Done()
	return nil
}

// The loop waits for nothing: with a helper, a consent, a disk and a radio that do not
// answer, the agent shows its status and logs in on the other interface.
func TestNothingBlocksTheLoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		unblock := make(chan struct{})
		s := newStage(t, plugins.Entry{Helper: builtin.ClickThrough{}}, plugins.Entry{Helper: blockedHelper{until: unblock}})
		s.blockWrites, s.radios = unblock, []agent.Radio{slowRadio{}}
		s.settings.Consent = func(_ plugins.Helper, n wifi.Identity) (consent.Given, error) {
			if n.SSID == "Cafe" {
				<-unblock
			}
			return consent.Given{Terms: consent.Always}, nil
		}
		s.start()
		released := false
		defer func() {
			if !released {
				close(unblock)
			}
			s.stop()
		}()
		answers := func() {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if err := s.agent.Ping(ctx); err != nil {
				t.Errorf("the loop does not answer: %v", err)
			}
		}
		s.radio.Scan("wlan0", openNetwork("Cafe"), openNetwork("Hall"))
		s.join("wlan0", "Cafe", portaltest.New(portaltest.Options{Kind: portaltest.KindClick, Internet: internet()}))
		synctest.Wait()
		answers()
		if n := len(s.agent.Networks()); n != 2 {
			t.Errorf("%d networks are shown", n)
		}
		s.want("wlan0", 10*time.Second, agent.Authenticating)
		answers()
		s.join("eth0", "", portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()}))
		as := s.want("eth0", 10*time.Second, agent.Authenticated)
		for _, c := range as.Claims {
			if c.Helper == "blocked" && (c.Confidence != claims.None || c.Reason != claims.ReasonLate) {
				t.Errorf("a helper that does not answer claims %+v", c)
			}
		}
		if took := as.Journal[len(as.Journal)-1].Time.Sub(as.Journal[0].Time); took > 3*time.Second {
			t.Errorf("the login took %v", took)
		}
		answers()
		time.Sleep(time.Hour)
		s.want("wlan0", 0, agent.Authenticating)
		if _, err := os.Stat(s.memory); err == nil {
			t.Error("the blocked disk was written to")
		}

		close(unblock)
		released = true
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		synctest.Wait()
		if data, err := os.ReadFile(s.memory); err != nil || !strings.Contains(string(data), "wifi/open/Cafe") {
			t.Errorf("the store is not written: %v\n%s", err, data)
		}
	})
}
