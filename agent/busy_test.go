package agent_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
)

// busy is a hotspot that answers some requests with an error status until a time.
type busy struct {
	*portaltest.Hotspot

	status int
	retry  string                   // Retry-After; empty: it does not say
	asDate bool                     // it is said as a date
	is     func(*http.Request) bool // those requests

	mu     sync.Mutex
	until  time.Time
	turned int // away
}

// isUntil makes it busy until a time.
func (b *busy) isUntil(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = until
}

func (b *busy) isOver() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().After(b.until)
}

func (b *busy) RoundTrip(r *http.Request) (*http.Response, error) {
	if !b.is(r) || b.isOver() {
		if r.URL.Host == "api.test" {
			response := page(r, `{"captive": true, "user-portal-url": "`+b.PortalURL()+`"}`)
			response.Header.Set("Content-Type", "application/captive+json")
			return response, nil
		}
		return b.Transport().RoundTrip(r)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turned++
	response := page(r, "<title>Sorry</title><p>Too many guests.")
	response.StatusCode = b.status
	if b.retry != "" {
		response.Header.Set("Retry-After", b.retry)
	}
	if seconds, err := strconv.Atoi(b.retry); err == nil && b.asDate {
		response.Header.Set("Retry-After", time.Now().Add(time.Duration(seconds)*time.Second).UTC().Format(http.TimeFormat))
	}
	return response, nil
}

func (b *busy) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.turned
}

// A portal that is busy is left alone for as long as it wants, or for longer and longer, whichever
// request it turns away. No helper is ruled out, nothing counts as submitted or refused, and the
// login goes on by itself.
func TestABusyPortalIsWaitedFor(t *testing.T) {
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	isPage := func(r *http.Request) bool { return r.URL.Host != "one.test" && r.URL.Host != "two.test" }
	isPost := func(r *http.Request) bool { return r.Method == http.MethodPost }
	for place, test := range map[string]struct {
		kind   portaltest.Kind
		helper func(*testing.T, *portaltest.Hotspot) plugins.Helper // nil: a shipped pack
		is     func(*http.Request) bool
	}{
		"page":                      {portaltest.KindOpenNDS, nil, isPage},
		"page, claimed by the name": {portaltest.KindCredentials, vendorHelper, isPage},
		"login":                     {portaltest.KindCredentials, vendorHelper, isPost},
		"click":                     {portaltest.KindClick, always(builtin.ClickThrough{}), isPost},
		"JSON":                      {portaltest.KindOmada, always(builtin.Omada{}), isPost},
	} {
		for name, says := range map[string]struct {
			status int
			retry  string
			asDate bool
			most   int // requests that are turned away
		}{
			"503, for 90 s":     {503, "90", false, 4},
			"429, until a time": {429, "90", true, 4},
			"429, no time":      {429, "", false, 24},
			"503, a day":        {503, "86400", false, 4},
		} {
			t.Run(place+", "+name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					hotspot := portaltest.New(portaltest.Options{Kind: test.kind, Seed: 1, Internet: internet(), Authority: authority})
					wire := &busy{Hotspot: hotspot, status: says.status, retry: says.retry, asDate: says.asDate, until: time.Now().Add(80 * time.Second)}
					wire.is = test.is
					s := newStage(t)
					if test.helper != nil {
						s = newStage(t, plugins.Entry{Helper: test.helper(t, hotspot)})
					}
					s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
						value, ok := map[string]string{"user": "ada", "pin": "2718"}[input]
						return portal.Plain(value), ok, nil
					}
					s.wires["wlan0"] = wire
					s.start()
					defer s.stop()
					s.join("wlan0", "Cafe", hotspot)
					as := s.want("wlan0", 10*time.Second, agent.Deferred)
					last := as.Journal[len(as.Journal)-1]
					if as.Need == nil || as.Need.Kind != agent.NeedBusy || !strings.Contains(last.Cause, "busy") || !strings.Contains(last.Cause, fmt.Sprintf(" answers %d", says.status)) || !strings.Contains(s.log.String(), fmt.Sprintf(" answers %d", says.status)) {
						t.Errorf("needs %+v: %s", as.Need, last.Cause)
					}
					if wait := time.Until(as.Need.Until); says.retry == "90" && wait < 85*time.Second || wait > 10*time.Minute {
						t.Errorf("waits for %v", wait)
					}
					as = s.want("wlan0", 11*time.Minute, agent.Authenticated)
					if as.Helper == "" || hotspot.Captive() || strings.Contains(as.Why, "not asked again") {
						t.Errorf("helper %q, captive %t: %s", as.Helper, hotspot.Captive(), as.Why)
					}
					if n := wire.count(); n == 0 || n > says.most {
						t.Errorf("%d requests were turned away", n)
					}
				})
			})
		}
	}
}

// A login that a busy portal took nevertheless is the helper's.
func TestABusyPortalThatLetsIn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s := newStage(t)
		s.wires["wlan0"] = answering{hotspot, func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "one.test" || r.URL.Host == "two.test" || !hotspot.Captive() {
				return nil, nil
			}
			response, err := hotspot.Transport().RoundTrip(r)
			if err == nil && !hotspot.Captive() {
				response = page(r, "<p>Too many guests.")
				response.StatusCode = http.StatusServiceUnavailable
			}
			return response, err
		}}
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		as := s.want("wlan0", 20*time.Second, agent.Authenticated)
		if as.Helper != "opennds" || logins(as) != 1 {
			t.Errorf("%d logins, by %q", logins(as), as.Helper)
		}
	})
}

// The API of a link (RFC 8908) that is busy is not asked before its time. The probe goes on without
// it, and so does the login.
func TestABusyAPIIsWaitedFor(t *testing.T) {
	for name, says := range map[string]struct {
		status int
		retry  string
		most   int
	}{
		"503, for 90 s": {503, "90", 1},
		"429, no time":  {429, "", 6},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
				wire := &busy{Hotspot: hotspot, status: says.status, retry: says.retry, until: time.Now().Add(80 * time.Second)}
				wire.is = func(r *http.Request) bool { return r.URL.Host == "api.test" }
				s := newStage(t)
				s.wires["wlan0"] = wire
				s.start()
				defer s.stop()
				link := agenttest.Up("wlan0", hotspot.Gateway())
				link.Kind, link.API = agent.KindWifi, "https://api.test/capport"
				s.attach("wlan0", hotspot)
				s.radio.Join("wlan0", openNetwork("Cafe"))
				s.links.Set(link)
				s.want("wlan0", 10*time.Second, agent.Authenticated)
				for range 40 {
					time.Sleep(2 * time.Second)
					if err := s.agent.Suspect(t.Context(), "wlan0", agent.Cause{Kind: "test", Text: "test"}); err != nil {
						t.Fatal(err)
					}
				}
				synctest.Wait()
				if n := wire.count(); n == 0 || n > says.most {
					t.Errorf("%d requests were turned away", n)
				}
				time.Sleep(15 * time.Minute)
				if as := s.want("wlan0", time.Minute, agent.Authenticated); as.API == nil {
					t.Error("the API is not asked any more")
				}
			})
		})
	}
}

// A wrong password that is refused after a long time is posted once.
func TestASlowRefusalIsPostedOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot, _ := refusing(t)
		s.wires["wlan0"] = answering{hotspot, func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost {
				time.Sleep(25 * time.Second)
			}
			return nil, nil
		}}
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 40*time.Second, agent.Failed)
		time.Sleep(time.Hour)
		if got := posts(hotspot); got != 1 || logins(s.association("wlan0")) != 1 {
			t.Errorf("posted %d times, %d logins", got, logins(s.association("wlan0")))
		}
	})
}
