package agent_test

import (
	"context"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
)

// newCredentialsStage is a machine at a portal that wants a PIN, which the user gave.
func newCredentialsStage(t *testing.T, pin string) (*stage, *portaltest.Hotspot) {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindCredentials, Internet: internet(), Authority: authority, PIN: pin})
	s := newStage(t, plugins.Entry{Helper: vendor(t, hotspot)})
	s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
		if input == "pin" {
			return portal.Secret("swordfish-2718"), true, nil
		}
		return portal.Plain("ada"), true, nil
	}
	return s, hotspot
}

// What a portal repeats costs time to mask. The loop masks nothing: not what a probe saw, not
// what a flow or a portal said.
func TestTheLoopMasksNothing(t *testing.T) {
	for name, pin := range map[string]string{"logged in": "swordfish-2718", "refused": "other-1234"} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, hotspot := newCredentialsStage(t, pin)
				s.start()
				defer func() { s.stop() }()
				s.join("wlan0", "Cafe", hotspot)
				time.Sleep(time.Minute)
				var masked, onLoop atomic.Int64
				if err := s.agent.AddMask(t.Context(), "wlan0", func(text string) string {
					masked.Add(1)
					if stack := string(debug.Stack()); strings.Contains(stack, ".(*Agent).loop(") && onLoop.Add(1) == 1 {
						t.Errorf("masked on the loop:\n%s", stack)
					}
					return text
				}); err != nil {
					t.Fatal(err)
				}
				hotspot.Expire()
				if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Minute)
				if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil && pin == "swordfish-2718" {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				if masked.Load() == 0 || onLoop.Load() > 0 {
					t.Errorf("%d texts are masked, %d of them on the loop", masked.Load(), onLoop.Load())
				}
			})
		})
	}
}

// While what a probe saw is being masked, the agent answers and takes requests.
func TestSlowMaskingBlocksNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot := newCredentialsStage(t, "swordfish-2718")
		s.start()
		defer func() { s.stop() }()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", time.Minute, agent.Authenticated)
		unblock := make(chan struct{})
		if err := s.agent.AddMask(t.Context(), "wlan0", func(text string) string { <-unblock; return text }); err != nil {
			t.Fatal(err)
		}
		hotspot.Expire()
		for range 5 {
			time.Sleep(time.Minute)
			ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
			if err := s.agent.Ping(ctx); err != nil {
				t.Errorf("ping: %v", err)
			}
			if err := s.agent.Login(ctx, "wlan0"); err != nil {
				t.Errorf("login: %v", err)
			}
			stop()
		}
		close(unblock)
		synctest.Wait()
		s.want("wlan0", time.Minute, agent.Authenticated)
	})
}
