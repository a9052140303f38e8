package remember_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/record"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

const accountPage = `<form method=post action=/go><input name=user><input type=password name=password></form>`

// accountAt returns the recording of a login with an account over TLS.
func accountAt(t *testing.T, host string) *record.Capture {
	known := &record.Typed{Controls: []record.Control{typedInto("user", "text", "grace.hopper"), typedInto("password", "password", "seahorse")}}
	start := "https://" + host + "/login"
	return live(t, known, start, opened(start, accountPage), posted("https://"+host+"/go", "user=grace.hopper&password=seahorse", "Welcome"))
}

// A host that many networks share is none of this network: the login asks for that consent, and the question says so. No
// other host does.
func TestSharedHostIsAskedFor(t *testing.T) {
	for host, isShared := range map[string]bool{
		"securelogin.arubanetworks.com": true, "n143.network-auth.com": true, "1.1.1.1": true, "login.cafe.test": false, "network-auth.com.cafe.test": false,
	} {
		t.Run(host, func(t *testing.T) {
			reason, offer := keptOrRefused(t, accountAt(t, host), "seahorse")
			if offer == nil {
				t.Fatal(reason)
			}
			want, text := "", offer.Text("keyring")
			if isShared {
				want = host
			}
			if offer.SharedHost != want || offer.Cleartext != "" || strings.Contains(text, "a host that many networks share") != isShared || !strings.Contains(text, "to "+host) {
				t.Errorf("shared host %q, cleartext %q: %s", offer.SharedHost, offer.Cleartext, text)
			}
		})
	}
}

// twin is an access point of another network with the same certificate.
type twin struct{ got string }

// RoundTrip answers as the portal that was recorded.
func (w *twin) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	rec.Header().Set("Content-Type", "text/html")
	if r.Method != http.MethodPost {
		rec.Body.WriteString(accountPage)
	} else {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		w.got = string(body)
	}
	response := rec.Result()
	response.Request, response.TLS = r, &tls.ConnectionState{HandshakeComplete: true}
	return response, nil
}

// Without the consent to a shared host, another network with its certificate gets nothing; the consent to cleartext is another one.
func TestSharedHostNeedsItsConsent(t *testing.T) {
	const start = "https://securelogin.arubanetworks.com/login"
	offer, p := remembered(t, store(t), accountAt(t, "securelogin.arubanetworks.com"))
	e := probe.Evidence{
		Verdict: probe.VerdictPortal, PortalURL: start, Link: probe.Link{Interface: "wlan0", Index: 1, Carrier: true},
		Hops: []probe.Hop{{URL: start, Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: accountPage}},
	}
	for _, given := range []consent.Given{{}, {Cleartext: true}, {SharedHosts: true}} {
		w, isSent := &twin{}, given.SharedHosts
		result, err := p.Authenticate(t.Context(), plugins.Job{
			Network: wifi.Network{SSID: guest.SSID}, Evidence: e, Consent: func() consent.Given { return given },
			Open: func(hosts, shared []string) (*portal.Session, error) {
				config := plugins.SessionConfig(e)
				config.Transport, config.Hosts, config.Shared = w, hosts, shared
				config.Permission = func() portal.Permission { return plugins.Permission(given) }
				return portal.New(config)
			},
			Inputs: func(name string) (portal.Value, bool, error) {
				return portal.Secret(offer.Values[name].Reveal()), true, nil
			},
		})
		if strings.Contains(w.got, "seahorse") != isSent || (err == nil && result.Outcome == flow.Submitted) != isSent {
			t.Errorf("with %+v: %q, %+v, %v", given, w.got, result, err)
		}
	}
}
