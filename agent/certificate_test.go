package agent_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// badCertificate is a hotspot that redirects to a page with an expired certificate.
func badCertificate(h *portaltest.Hotspot, isMended *atomic.Bool) answering {
	return answering{h, func(r *http.Request) (*http.Response, error) {
		switch {
		case r.URL.Host == "portal.cafe.test" && isMended.Load():
			return page(r, "<p>Ask at the bar."), nil
		case r.URL.Host == "portal.cafe.test":
			expired := x509.CertificateInvalidError{Cert: &x509.Certificate{NotAfter: time.Date(1999, 3, 1, 0, 0, 0, 0, time.UTC)}, Reason: x509.Expired}
			return nil, &tls.CertificateVerificationError{Err: expired}
		}
		return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"https://portal.cafe.test/"}}, Body: http.NoBody, Request: r}, nil
	}}
}

// A portal's page whose certificate is not trusted is not read. That, and not the helpers, is what the
// login waits for; until the page can be read.
func TestThePagesCertificateIsNeeded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, isMended := newStage(t), &atomic.Bool{}
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindClick, Internet: internet()})
		s.wires["wlan0"] = badCertificate(hotspot, isMended)
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		as := s.want("wlan0", 20*time.Second, agent.PresentingUI)
		last := as.Journal[len(as.Journal)-1]
		if as.Need == nil || as.Need.Kind != agent.NeedCertificate || as.Obstacle != "certificate-expired" {
			t.Errorf("need %+v, obstacle %q", as.Need, as.Obstacle)
		}
		if !strings.Contains(last.Cause, "its certificate expired on 1 March 1999") || strings.Contains(last.Cause, "no helper claims") {
			t.Errorf("cause: %s", last.Cause)
		}
		isMended.Store(true)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if as := s.want("wlan0", 0, agent.PresentingUI); as.Need == nil || as.Need.Kind != agent.NeedPage || !strings.Contains(as.Why, "no helper claims") {
			t.Errorf("with the page: need %+v: %s", as.Need, as.Why)
		}
	})
}

// If the configuration turns logins off, that is why nobody logs in.
func TestTheStatusSaysThatLoginsAreOff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		s.settings.Policy = func(n wifi.Identity) agent.Policy {
			return agent.Policy{NoLogin: true, Why: map[bool]string{true: "another reason"}[n.SSID == "Hall"]}
		}
		s.start()
		defer s.stop()
		for _, ssid := range []wifi.SSID{"Cafe", "Hall"} {
			s.join("wlan0", ssid, portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()}))
			synctest.Wait()
			if as := s.want("wlan0", 20*time.Second, agent.PresentingUI); as.LoginOff != (ssid == "Cafe") {
				t.Errorf("%s: off %t: %s", ssid, as.LoginOff, as.Why)
			}
		}
	})
}
