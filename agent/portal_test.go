package agent_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
)

// forgetful is a portal for which each interception ends what the one before began: only its last
// token and cookie count. While the provider is out, a page stands in for the Internet.
type forgetful struct {
	mu     sync.Mutex
	token  int
	online bool
	out    func(*http.Request) *http.Response // nil: the provider works
	kept   int
	others []string // requests to other hosts than the portal's, with all that they carry
}

func (f *forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	if r.URL.Host == "login.cafe.test" {
		return f.answer(r, string(body)), nil
	}
	f.others = append(f.others, fmt.Sprint(r.Method, " ", r.URL, " ", r.Header, " ", string(body)))
	switch {
	case f.out != nil:
		return f.out(r), nil
	case f.online:
		return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	f.token++
	header := http.Header{"Location": {fmt.Sprintf("http://login.cafe.test/hi/token-%08d", f.token)}}
	return &http.Response{StatusCode: http.StatusFound, Header: header, Body: http.NoBody, Request: r}, nil
}

// answer is that of the portal itself.
func (f *forgetful) answer(r *http.Request, body string) *http.Response {
	token := fmt.Sprintf("token-%08d", f.token)
	switch {
	case r.URL.Path == "/hi/"+token:
		shown := page(r, `<form id=login method=post action=/grant><input name=user><input type=hidden name=t value=`+token+`></form>`)
		shown.Header.Set("Set-Cookie", "sid=cookie-"+token+"; Path=/")
		return shown
	case r.URL.Path == "/grant" && strings.Contains(body, "t="+token) && strings.Contains(r.Header.Get("Cookie"), token):
		f.online = true
		return page(r, "<p id=welcome>Welcome</p>")
	case r.URL.Path == "/keep" && strings.Contains(body, "t=token-0") && strings.Contains(r.Header.Get("Cookie"), "cookie-token"):
		f.kept++
		return page(r, "<p>kept</p>")
	case r.URL.Path == "/bye" && strings.Contains(body, "t=token-0") && strings.Contains(r.Header.Get("Cookie"), "cookie-token"):
		f.online = false
		return page(r, "<p>bye</p>")
	}
	return page(r, "<p>your session is over</p>")
}

// strangers returns the requests to other hosts since then.
func (f *forgetful) strangers() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.others
}

// startPage is a pack that may talk to the portal's host alone and claims by the network's name. It keeps a session as
// often as it says.
func startPage(t *testing.T, every time.Duration) plugins.Helper {
	t.Helper()
	const inputs = "format = 1\nhosts = [\"@start\"]\n[inputs.user]\nprompt = \"User\"\n"
	loaded, err := pack.Load(fstest.MapFS{
		"cafe/pack.toml": {Data: []byte("format = 1\nname = \"cafe\"\nversion = \"1.0.0\"\nlabel = \"Cafe\"\n[[claim]]\nconfidence = \"low\"\nssid = [\"Cafe\"]\n")},
		"cafe/authenticate.toml": {Data: []byte(inputs + "[[step]]\nid = \"a\"\nopen = \"{{.probe.url}}\"\n[step.capture]\nt = { css = \"form input[name=t]\", attr = \"value\", optional = true }\n" +
			"[[step]]\nid = \"b\"\nsubmit = \"form\"\nfields = { user = \"{{.input.user}}\" }\n")},
		"cafe/maintain.toml": {Data: []byte(fmt.Sprintf("every = %.0f\n", every.Seconds()) + inputs + "[[step]]\nid = \"a\"\npost = \"{{resolve .probe.url \\\"/keep\\\"}}\"\nform = { user = \"{{.input.user}}\", t = \"{{.session.t}}\" }\n")},
		"cafe/logoff.toml":   {Data: []byte(inputs + "[[step]]\nid = \"a\"\npost = \"{{resolve .probe.url \\\"/bye\\\"}}\"\nform = { user = \"{{.input.user}}\", t = \"{{.session.t}}\" }\n")},
	}, "cafe", "test")
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// joinForgetful logs in on such a network.
func joinForgetful(t *testing.T) (*stage, *forgetful) {
	t.Helper()
	s, network := newStage(t, plugins.Entry{Helper: startPage(t, time.Minute)}), &forgetful{}
	s.joinCafe(network)
	return s, network
}

// joinCafe starts the agent on a network with that portal.
func (s *stage) joinCafe(network http.RoundTripper) {
	s.settings.Inputs = func(plugins.Helper, string) (portal.Value, bool, error) {
		return portal.Plain("ada-lovelace"), true, nil
	}
	s.wires["wlan0"] = network
	s.start()
	link := agenttest.Up("wlan0", portaltest.New(portaltest.Options{Kind: portaltest.KindClick}).Gateway())
	link.Kind = agent.KindWifi
	s.radio.Join("wlan0", openNetwork("Cafe"))
	s.links.Set(link)
}

// The checks of the probe do not spoil the portal's page: the flow begins at a fresh one.
func TestTheFlowBeginsAtAFreshPage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, _ := joinForgetful(t)
		defer s.stop()
		as := s.want("wlan0", 10*time.Second, agent.Authenticated)
		if logins(as) != 1 {
			t.Errorf("%d logins, want 1", logins(as))
		}
	})
}

// What belongs to a session goes to no other host than its portal's, by no flow, while a page
// stands in for the Internet; and the session is kept.
func TestASessionStaysWithItsPortal(t *testing.T) {
	outages := map[string]func(*http.Request) *http.Response{
		"in place": func(r *http.Request) *http.Response {
			return page(r, `<title>Outage</title><form method=post><input name=user><input type=hidden name=t value=x></form>`)
		},
		"elsewhere": func(r *http.Request) *http.Response {
			if r.URL.Host == "outage.test" {
				return page(r, `<form method=post><input name=user><input type=hidden name=t value=x></form>`)
			}
			return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"http://outage.test/"}}, Body: http.NoBody, Request: r}
		},
	}
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, network := joinForgetful(t)
				defer s.stop()
				s.want("wlan0", 10*time.Second, agent.Authenticated)
				network.mu.Lock()
				network.out = outage
				before := network.kept
				network.mu.Unlock()
				time.Sleep(30 * time.Minute)
				synctest.Wait()
				if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Minute)
				as := s.want("wlan0", 0, agent.Maintaining)
				network.mu.Lock()
				if network.kept < before+5 {
					t.Errorf("kept %d times in the outage: %s", network.kept-before, as.Why)
				}
				network.mu.Unlock()
				if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
					t.Error(err)
				}
				s.want("wlan0", 2*time.Minute, agent.LoggedOff)
				for _, request := range network.strangers() {
					for _, value := range []string{"ada-lovelace", "token-0", "cookie-"} {
						if strings.Contains(request, value) {
							t.Errorf("%s went out: %s", value, request)
						}
					}
				}
				if network.online {
					t.Error("not logged off at the portal")
				}
			})
		})
	}
}
