package agent_test

import (
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
)

// keepingPath knows whether it may have idle connections.
type keepingPath struct {
	agent.Path
	meanwhile func(*http.Request)

	mu    sync.Mutex
	keeps string // the request since the last CloseIdleConnections
}

func (p *keepingPath) RoundTrip(r *http.Request) (*http.Response, error) {
	p.meanwhile(r)
	response, err := p.Path.RoundTrip(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keeps = r.Method + " " + r.URL.String()
	return response, err
}

func (p *keepingPath) CloseIdleConnections() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keeps = ""
}

// A login goes on over the path that it began with, if the link changes meanwhile. That path keeps no
// connection once the login is over.
func TestAReplacedPathKeepsNoConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot := clickable(t)
		var mu sync.Mutex
		var paths []*keepingPath
		link := agenttest.Up("eth0", hotspot.Gateway())
		var changed atomic.Bool
		change := func() {
			if !changed.CompareAndSwap(false, true) {
				return
			}
			link.Addresses = append(slices.Clone(link.Addresses), netip.MustParsePrefix("2001:db8::2/64"))
			s.links.Set(link)
			time.Sleep(time.Second) // until the agent knows
		}
		s.path = func(p agent.Path) agent.Path {
			mu.Lock()
			defer mu.Unlock()
			paths = append(paths, &keepingPath{Path: p, meanwhile: func(*http.Request) {
				if as := s.association("eth0"); as.Phase == agent.Authenticating {
					change()
				}
			}})
			return paths[len(paths)-1]
		}
		s.start()
		defer s.stop()
		s.attach("eth0", hotspot)
		s.links.Set(link)
		s.want("eth0", 10*time.Second, agent.Authenticated)
		if !changed.Load() {
			t.Fatal("the link did not change during the login")
		}
		mu.Lock()
		defer mu.Unlock()
		for i, p := range paths {
			if p.mu.Lock(); p.keeps != "" {
				t.Errorf("path %d of %d may keep a connection: %s", i, len(paths), p.keeps)
			}
			p.mu.Unlock()
		}
	})
}
