package agent_test

import (
	"io"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/portal"
	"hotspot-helper/wifi"
)

// keepsRefusing lets in by a login, leaves the Internet open, and refuses the credentials at each keepalive.
type keepsRefusing struct {
	mu     sync.Mutex
	online bool
	lives  int
}

func (k *keepsRefusing) RoundTrip(r *http.Request) (*http.Response, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.Body != nil {
		_, _ = io.ReadAll(r.Body)
	}
	switch {
	case r.URL.Host == "portal.test" && r.URL.Path == "/login" && r.Method == http.MethodPost:
		k.online = true
		return page(r, "<title>ok</title>welcome"), nil
	case r.URL.Host == "portal.test" && r.URL.Path == "/live":
		k.lives++
		return page(r, "<title>no</title>wrong password"), nil
	case r.URL.Host == "portal.test":
		return page(r, "<title>Sign in</title><form id=f method=post action=/login><input name=user><input type=password name=pass></form>"), nil
	case k.online:
		return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"http://portal.test/login"}}, Body: http.NoBody, Request: r}, nil
}

// What a keepalive was refused with is not sent by the next one, until the user gives another value or asks for
// a login.
func TestAKeepaliveSendsRefusedCredentialsOnce(t *testing.T) {
	files := fstest.MapFS{
		"live/pack.toml": {Data: []byte("format = 1\nname = \"live\"\nversion = \"1.0.0\"\nlabel = \"Live\"\n[[claim]]\nconfidence = \"high\"\nportal_host = [\"portal.test\"]\n")},
		"live/authenticate.toml": {Data: []byte(`format = 1
hosts = ["portal.test"]
[inputs.pass]
prompt = "Password"
secret = true
[[step]]
id = "page"
open = "{{.probe.url}}"
[[step]]
id = "login"
submit = "form#f"
fields = { user = "ada", pass = "{{.input.pass}}" }
expect = [{ css = "title", equals = "ok" }]
`)},
		"live/maintain.toml": {Data: []byte(`format = 1
hosts = ["portal.test"]
every = 180
[inputs.pass]
prompt = "Password"
secret = true
[[step]]
id = "live"
post = "http://portal.test/live"
form = { pass = "{{.input.pass}}" }
[[step.case]]
when = [{ css = "title", equals = "no" }]
result = "denied"
reason = "wrong password"
`)},
	}
	p, err := pack.Load(files, "live", "test")
	if err != nil {
		t.Fatal(err)
	}
	bubble(t, func(t *testing.T) {
		s := newStage(t, plugins.Entry{Helper: p})
		s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
			return consent.Given{Terms: consent.Always, Cleartext: true, SharedHosts: true}, nil
		}
		network := &keepsRefusing{}
		password := "a-refused-password"
		s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
			network.mu.Lock()
			defer network.mu.Unlock()
			return portal.Secret(password), input == "pass", nil
		}
		s.wires["wlan0"] = network
		s.start()
		link := agenttest.Up("wlan0", netip.MustParseAddr("192.0.2.1"))
		link.Kind = agent.KindWifi
		s.radio.Join("wlan0", openNetwork("Cafe"))
		s.links.Set(link)
		defer s.stop()
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		for _, c := range []struct {
			before func()
			want   int
		}{
			{func() {}, 1},
			{func() {
				network.mu.Lock()
				defer network.mu.Unlock()
				password = "another-password"
			}, 2},
			{func() {
				if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
					t.Error(err)
				}
			}, 3},
		} {
			c.before()
			time.Sleep(10 * time.Minute)
			network.mu.Lock()
			if network.lives != c.want {
				t.Errorf("%d keepalives sent a password, want %d", network.lives, c.want)
			}
			network.mu.Unlock()
		}
		s.want("wlan0", 0, agent.Authenticated)
	})
}
