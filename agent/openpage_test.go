package agent_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
)

// plainPortal redirects everything to one page with a form. It lets in who sends the token of the last page.
type plainPortal struct {
	mu       sync.Mutex
	pages    int
	refuses  int // logins that are refused
	online   bool
	requests []string // from the first page on
}

func (p *plainPortal) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.online {
		return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	if r.URL.Host != "login.cafe.test" {
		if p.pages > 0 && r.Header.Get("Accept-Language") != "" { // a visit; the checks of a probe have no language
			p.requests = append(p.requests, "visit")
		}
		header := http.Header{"Location": {"http://login.cafe.test/?from=" + r.URL.Host}}
		return &http.Response{StatusCode: http.StatusFound, Header: header, Body: http.NoBody, Request: r}, nil
	}
	p.requests = append(p.requests, r.Method)
	if r.Method == http.MethodGet {
		p.pages++
		return page(r, fmt.Sprintf(`<form id=login method=post action=/grant><input name=user><input type=hidden name=t value=token-%08d></form>`, p.pages)), nil
	}
	body, _ := io.ReadAll(r.Body)
	if p.refuses > 0 {
		p.refuses--
		return page(r, "<p>busy</p>"), nil
	}
	p.online = strings.Contains(string(body), fmt.Sprintf("token-%08d", p.pages))
	return page(r, "<p id=welcome>Welcome</p>"), nil
}

// joinPlain joins a network with the portal, and waits for the login.
func joinPlain(t *testing.T, network *plainPortal, within time.Duration) {
	t.Helper()
	s := newStage(t, plugins.Entry{Helper: startPage(t, time.Minute)})
	s.settings.Inputs = func(plugins.Helper, string) (portal.Value, bool, error) {
		return portal.Plain("ada-lovelace"), true, nil
	}
	s.wires["wlan0"] = network
	s.start()
	defer s.stop()
	link := agenttest.Up("wlan0", portaltest.New(portaltest.Options{Kind: portaltest.KindClick}).Gateway())
	link.Kind = agent.KindWifi
	s.radio.Join("wlan0", openNetwork("Cafe"))
	s.links.Set(link)
	s.want("wlan0", within, agent.Authenticated)
}

// The flow begins at the page that the probe has open, if nothing spoiled it: neither the
// interception nor the page is requested again.
func TestTheFlowBeginsAtTheOpenPage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		network := &plainPortal{}
		joinPlain(t, network, 10*time.Second)
		if want := []string{"GET", "POST"}; !slices.Equal(network.requests, want) {
			t.Errorf("requests %q, want %q", network.requests, want)
		}
	})
}

// After a login that did not work, the next one begins with a visit.
func TestTheSecondLoginVisits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		network := &plainPortal{refuses: 1}
		joinPlain(t, network, 10*time.Minute)
		first := slices.Index(network.requests, "POST")
		if rest := network.requests[first+1:]; !slices.Contains(rest, "visit") || rest[len(rest)-1] != "POST" {
			t.Errorf("requests %q, want a visit before the second POST", network.requests)
		}
	})
}
