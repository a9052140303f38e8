package agent_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

func TestStoppedAgentSaysSo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		s.start()
		s.stop()
		for name, ask := range map[string]func(context.Context) error{
			"login":   func(ctx context.Context) error { return s.agent.Login(ctx, "") },
			"logoff":  func(ctx context.Context) error { return s.agent.Logoff(ctx, "") },
			"suspect": func(ctx context.Context) error { return s.agent.Suspect(ctx, "", agent.Cause{}) },
			"reload":  func(ctx context.Context) error { return s.agent.Reload(ctx, s.settings) },
			"helpers": func(ctx context.Context) error { return s.agent.ReloadHelpers(ctx, s.settings) },
		} {
			if err := ask(t.Context()); !errors.Is(err, agent.ErrStopped) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// The user's logoff outlasts the agent: it holds until the next login, or until the
// interface joins another network.
func TestLogoffSurvivesARestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		cafe := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		hall := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		restart := func() { s.stop(); s.start() }
		s.start()
		defer func() { s.stop() }()
		s.join("wlan0", "Cafe", cafe)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.LoggedOff)
		requests := len(cafe.Log())
		restart()
		s.join("eth0", "", hall) // of another interface
		s.want("eth0", 10*time.Second, agent.Authenticated)
		restart()
		time.Sleep(time.Hour)
		if s.want("wlan0", 0, agent.LoggedOff); len(cafe.Log()) != requests {
			t.Errorf("%d requests after the logoff", len(cafe.Log())-requests)
		}

		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		restart()
		s.want("wlan0", 10*time.Second, agent.Authenticated)

		if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.LoggedOff)
		restart()
		s.want("wlan0", 10*time.Second, agent.LoggedOff)
		s.join("wlan0", "Hall", hall)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		restart()
		s.join("wlan0", "Cafe", cafe)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
	})
}

// flaky is a watcher of links that breaks some times.
type flaky struct {
	agent.LinkWatcher

	errs []error
	runs int
}

func (f *flaky) Run(ctx context.Context, report func([]agent.Link)) error {
	f.runs++
	if len(f.errs) > 0 {
		err := f.errs[0]
		f.errs = f.errs[1:]
		return err
	}
	return f.LinkWatcher.Run(ctx, report)
}

func TestLinkWatcherIsRunAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		interrupted := errors.New("dump was interrupted")
		watcher := &flaky{LinkWatcher: &s.links, errs: []error{interrupted, interrupted, interrupted}}
		s.watcher = watcher
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("eth0", "", hotspot)
		s.want("eth0", 20*time.Second, agent.Authenticated)
		if n := strings.Count(s.log.String(), "dump was interrupted"); watcher.runs != 4 || n != 3 {
			t.Errorf("%d runs, %d errors in the log:\n%s", watcher.runs, n, &s.log)
		}
	})
}

func TestLinkWatcherThatCannotHealEndsTheAgent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		s.watcher = &flaky{errs: []error{errors.ErrUnsupported}}
		s.start()
		if err := s.end(); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("run agent: %v", err)
		}
	})
}

// brokenRadio breaks with one error each time it runs.
type brokenRadio struct {
	err  error
	runs int
}

func (r *brokenRadio) Run(context.Context, func(wifi.Event)) error {
	r.runs++
	return r.err
}

// A radio that breaks is run again, one that does not exist is not, and the agent works.
func TestRadioIsRunAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		broken, missing, refused := &brokenRadio{err: errors.New("torn")}, &brokenRadio{err: fs.ErrNotExist}, &brokenRadio{err: fs.ErrPermission}
		s.radios = []agent.Radio{broken, missing, refused}
		s.start()
		defer s.stop()
		time.Sleep(10 * time.Second) // 1 s, 2 s and 4 s after the first run
		synctest.Wait()
		if broken.runs != 4 || missing.runs != 1 || refused.runs != 1 {
			t.Errorf("runs: %d, %d, %d", broken.runs, missing.runs, refused.runs)
		}
		if log := s.log.String(); !strings.Contains(log, "no radio") || !strings.Contains(log, "radio cannot be watched") {
			t.Error(log)
		}
	})
}
