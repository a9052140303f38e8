package daemon

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/claims"
	"hotspot-helper/configs"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/remember"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
	"hotspot-helper/wifi/wifitest"
)

// cafe is the network where the person signs in.
var cafe = wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen}

// user is the environment of a user without a configuration and without a keyring.
func user(t *testing.T) Env {
	t.Helper()
	dir := t.TempDir()
	return Env{Getenv: func(name string) string {
		if name == "HOME" {
			return dir
		}
		return ""
	}}
}

// remembered drafts a login and keeps it. The error is that of the draft.
func remembered(t *testing.T, e Env, c *record.Capture, n wifi.Identity) (*remember.Login, error) {
	t.Helper()
	offer, err := e.Remembered().Draft(t.Context(), c, remember.Visit{Network: n})
	if err != nil {
		return nil, err
	}
	if _, err := e.Remember(t.Context(), offer, true); err != nil {
		t.Fatal(err)
	}
	return &offer.Login, nil
}

// packOf returns the pack of a remembered login as the agent loads it.
func packOf(t *testing.T, e Env, name string) *pack.Pack {
	t.Helper()
	library, err := pack.NewLibrary(e.trustedPlaces(configs.Default(e.Getenv)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range library.Packs() {
		if p.Name() == name {
			return p
		}
	}
	t.Fatalf("%s is not loaded", name)
	return nil
}

// sentTo records which hosts typed values were sent to.
type sentTo struct {
	wire http.RoundTripper

	mu    sync.Mutex
	hosts map[string]bool
}

// RoundTrip looks for typed values in all that leaves. The body is looked at as it is read: a secret waits
// for its connection.
func (s *sentTo) RoundTrip(request *http.Request) (*http.Response, error) {
	var head strings.Builder
	head.WriteString(request.URL.String())
	_ = request.Header.Write(&head) // a strings.Builder never fails
	s.look(request, head.String())
	if request.Body != nil {
		request.Body = &lookedAt{ReadCloser: request.Body, look: func(text string) { s.look(request, text) }}
	}
	return s.wire.RoundTrip(request)
}

func (s *sentTo) look(request *http.Request, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, value := range typedValues() {
		if strings.Contains(text, value) {
			s.hosts[request.URL.Hostname()] = true
		}
	}
}

// lookedAt is a body that is shown as it is read.
type lookedAt struct {
	io.ReadCloser

	text strings.Builder
	look func(text string)
}

func (l *lookedAt) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	l.text.Write(p[:n])
	l.look(l.text.String())
	return n, err
}

// meeting is a computer that meets a hotspot with nothing but one remembered login.
type meeting struct {
	agent *agent.Agent
	radio *wifitest.Radio
	links agenttest.Links
	sent  *sentTo
	log   lockedBuffer
	shown withRemembered // the agent as others see it
}

// meet runs an agent with the remembered login on the network until the function returns. It is called in a bubble.
func meet(t *testing.T, e Env, p *pack.Pack, h *portaltest.Hotspot, n wifi.Identity, do func(m *meeting)) {
	t.Helper()
	m := &meeting{radio: wifitest.New("wlan0"), sent: &sentTo{wire: h.Transport(), hosts: map[string]bool{}}}
	ag, err := agent.New(agent.Config{
		Links: &m.links, Radios: []agent.Radio{m.radio}, Logger: slog.New(slog.NewTextHandler(&m.log, nil)),
		Dial: func(agent.Link, probe.Family) agent.Path { return agenttest.Path(m.sent) },
		Settings: agent.Settings{
			Registry: plugins.NewRegistry([]plugins.Entry{{Helper: p}}), Inputs: e.Inputs(configs.Default(e.Getenv)), Consent: e.consentOf,
			Endpoints: []probe.Endpoint{{Name: "one", Operator: "one", URL: "http://one.test/204", Status: http.StatusNoContent}, {Name: "two", Operator: "two", URL: "http://two.test/204", Status: http.StatusNoContent}},
			Keepalive: time.Hour,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	m.agent = ag
	logger := slog.New(slog.NewTextHandler(&m.log, nil))
	m.shown = withRemembered{withTunnels{ag, newTunnels(e, nil, logger, nil)}, &rememberedLogins{store: e.Remembered(), logger: logger}}
	ended := make(chan error, 2)
	ctx, stop := contextOf(t)
	go func() { ended <- m.shown.logins.run(ctx, ag) }()
	synctest.Wait()
	go func() { ended <- ag.Run(ctx) }()
	link := agenttest.Up("wlan0", h.Gateway())
	link.Kind = agent.KindWifi
	m.radio.Join("wlan0", wifi.Network{SSID: n.SSID, BSSs: []wifi.BSS{{Security: n.Security}}})
	m.links.Set(link)
	do(m)
	stop()
	if err := errors.Join(<-ended, <-ended); err != nil {
		t.Error(err)
	}
}

// settled waits until the association has a phase that lasts, and returns it.
func (m *meeting) settled(within time.Duration) agent.Association {
	for end := time.Now().Add(within); ; time.Sleep(100 * time.Millisecond) {
		synctest.Wait()
		for _, as := range m.shown.Status().Associations {
			switch as.Phase {
			case agent.Authenticated, agent.Failed, agent.PresentingUI:
				return as
			default:
			}
			if time.Now().After(end) {
				return as
			}
		}
	}
}

// otherVisits are kinds whose next visit differs in more than random values, so that a login does not go well
// or is not tried there: an answer that comes later, an address that belongs to the venue.
func otherVisits() []portaltest.Kind {
	return []portaltest.Kind{portaltest.KindTelekomPending, portaltest.KindTheCloudLinks}
}

// kept is a kind whose login was remembered.
type kept struct {
	kind  portaltest.Kind
	env   Env
	login *remember.Login
	pack  *pack.Pack
	page  string // see [pageOf]
}

// controlName matches the name of a control.
var controlName = regexp.MustCompile(`(?i)<(?:input|select|textarea)\b[^>]*\bname=["']?([^"'\s>]+)`)

// pageOf tells the pages of portals apart: by the host, and the names of what can be filled in, or else the path.
func pageOf(e *probe.Evidence) string {
	u, err := url.Parse(e.PortalURL)
	if err != nil || len(e.Hops) == 0 {
		return ""
	}
	names := map[string]bool{}
	for _, found := range controlName.FindAllStringSubmatch(e.Hops[len(e.Hops)-1].Body, -1) {
		names[found[1]] = true
	}
	if len(names) == 0 {
		return u.Host + u.Path
	}
	return fmt.Sprint(u.Host, slices.Sorted(maps.Keys(names)))
}

// rememberAll has a person sign in once at each kind of portal, and returns what could be remembered, and why
// the rest could not.
func rememberAll(t *testing.T) (all []kept, refused map[remember.Reason][]portaltest.Kind) {
	t.Helper()
	refused = map[remember.Reason][]portaltest.Kind{}
	for i, kind := range portaltest.Kinds() {
		if testing.Short() && i%5 != 0 {
			continue
		}
		e := user(t)
		c := signIn(t, hotspotOf(t, kind, 1))
		if c == nil {
			continue
		}
		login, err := remembered(t, e, c, cafe)
		if refusal, ok := errors.AsType[*remember.Refusal](err); ok {
			refused[refusal.Reason] = append(refused[refusal.Reason], kind)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		evidence := evidenceOf(t, hotspotOf(t, kind, 1))
		all = append(all, kept{kind, e, login, packOf(t, e, login.Name), pageOf(&evidence)})
	}
	return all, refused
}

// TestRememberedAtTheNextVisit has a person sign in once at each kind of portal. What can be remembered
// logs in by itself at another portal of the kind, with other random values, and sends what was typed
// nowhere but where the person sent it. No login claims a portal that has another form.
func TestRememberedAtTheNextVisit(t *testing.T) {
	all, refused := rememberAll(t)
	const least = 62 // kinds that are remembered: of some, the constants that a script sends are in no page here, as the scripts are not
	t.Logf("%d kinds are remembered; refused: %v", len(all), refused)
	if len(all) < least && !testing.Short() {
		t.Errorf("%d kinds are remembered, want %d", len(all), least)
	}
	for _, k := range all {
		t.Run(string(k.kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := hotspotOf(t, k.kind, 2)
				meet(t, k.env, k.pack, h, cafe, func(m *meeting) {
					as := m.settled(time.Minute)
					loggedIn := as.Phase == agent.Authenticated && as.Helper == k.login.Name && !h.Captive()
					if loggedIn == slices.Contains(otherVisits(), k.kind) {
						t.Errorf("%v by %s: %s: %s", as.Phase, as.Helper, as.Why, as.Journal[len(as.Journal)-1].Cause)
					}
					for host := range m.sent.hosts {
						if !slices.Contains(k.login.Hosts, host) {
							t.Errorf("a typed value went to %s, want one of %v", host, k.login.Hosts)
						}
					}
				})
			})
		})
	}
	claimNothingElse(t, all)
}

// claimNothingElse requires that no login claims the portal of another kind, unless its page has the same form.
func claimNothingElse(t *testing.T, all []kept) {
	t.Helper()
	network := wifi.Network{SSID: cafe.SSID, BSSs: []wifi.BSS{{Security: cafe.Security}}}
	for _, kind := range portaltest.Kinds() {
		evidence := evidenceOf(t, hotspotOf(t, kind, 2))
		if evidence.Verdict != probe.VerdictPortal {
			continue
		}
		for _, k := range all {
			claim := k.pack.Claim(t.Context(), claims.NewFacts(network, &evidence))
			if claim.Confidence != claims.None && k.kind != kind && pageOf(&evidence) != k.page {
				t.Errorf("%s claims %s: %v", k.kind, kind, claim)
			}
			if claim.Confidence != claims.None && claim.Confidence != claims.High {
				t.Errorf("%s claims %s with %v", k.kind, kind, claim.Confidence)
			}
		}
	}
}
