package daemon

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

// journal is a log that is read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// followed is an agent at a hotspot, and its reloader.
type followed struct {
	*agent.Agent
	t       *testing.T
	hotspot *portaltest.Hotspot
	packs   string // the user's directory of them, which is not there yet
	log     *journal
	wire    *watched
}

func newFollowed(t *testing.T, prepare func(*Reloader)) *followed {
	t.Helper()
	hotspot := newHotspot(t, portaltest.Options{Seed: 1, Kind: portaltest.KindClick})
	e := newEnv(t)
	if err := e.Consents().Give(consent.Record{ // the vendor's pack presses a button
		Helper: "cafe-lumen", Maker: maker.User, Kind: consent.KindTerms, Answer: consent.Always, Texts: []string{consent.Digest(portaltest.PackTerms)},
	}); err != nil {
		t.Fatal(err)
	}
	return newFollowedIn(t, e, hotspot, prepare)
}

// newHotspot makes a hotspot whose Internet answers all default checks, with https too.
func newHotspot(t *testing.T, o portaltest.Options) *portaltest.Hotspot {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	o.Authority, o.Internet = authority, probetest.Internet()
	return portaltest.New(o)
}

// newEnv is the environment of a user who has nothing yet.
func newEnv(t *testing.T) Env {
	t.Helper()
	home := t.TempDir()
	return Env{Getenv: func(name string) string { return map[string]string{"HOME": home}[name] }, SystemData: t.TempDir()}
}

func newFollowedIn(t *testing.T, e Env, hotspot *portaltest.Hotspot, prepare func(*Reloader)) *followed {
	t.Helper()
	f := &followed{t: t, packs: filepath.Join(e.DataDir(), "packs"), log: &journal{}, hotspot: hotspot}
	f.wire = &watched{RoundTripper: hotspot.Transport()}
	logger := f.log.logger()
	reloader, err := newReloader(t.Context(), e, Overrides{}, logger, &notifier{})
	if err != nil {
		t.Fatal(err)
	}
	prepare(reloader)
	links := &agenttest.Links{}
	links.Set(agenttest.Up("wlan0", netip.MustParseAddr("127.0.0.1")))
	f.Agent, err = agent.New(agent.Config{
		Links: links, Settings: reloader.runtime.Settings, Logger: logger,
		Dial: func(agent.Link, probe.Family) agent.Path { return agenttest.Path(f.wire) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := f.Run(ctx); err != nil {
			t.Errorf("run agent: %v", err)
		}
	})
	running.Go(func() { _ = reloader.run(ctx, nil, f.Agent) })
	t.Cleanup(func() { stop(); running.Wait() })
	return f
}

// await waits until a condition holds for the association or the log.
func (f *followed) await(what string, holds func(as agent.Association, log string) bool) agent.Association {
	f.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, as := range f.Status().Associations {
			if holds(as, f.log.String()) {
				return as
			}
		}
	}
	f.t.Fatalf("not %s: %+v\n%s", what, f.Status().Associations, f.log)
	return agent.Association{}
}

func (f *followed) awaitPhase(phase agent.Phase) agent.Association {
	f.t.Helper()
	return f.await(phase.String(), func(as agent.Association, _ string) bool { return as.Phase == phase })
}

func TestAPackThatComesAndGoes(t *testing.T) {
	t.Parallel()
	f := newFollowed(t, func(*Reloader) {})
	f.awaitPhase(agent.PresentingUI)

	files, err := f.hotspot.Pack("cafe-lumen", "Cafe Lumen")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(f.packs, files); err != nil {
		t.Fatal(err)
	}
	if as := f.awaitPhase(agent.Authenticated); as.Helper != "cafe-lumen" {
		t.Errorf("logged in by %q", as.Helper)
	}

	if err := os.RemoveAll(filepath.Join(f.packs, "cafe-lumen")); err != nil {
		t.Fatal(err)
	}
	as := f.await("removed", func(_ agent.Association, log string) bool {
		return strings.Contains(log, `msg="pack removed" pack=cafe-lumen`)
	})
	if as.Phase != agent.Authenticated || as.Helper != "cafe-lumen" {
		t.Errorf("the pack is gone, and the session is %v of %q", as.Phase, as.Helper)
	}
	if err := f.Logoff(t.Context(), "wlan0"); err != nil {
		t.Fatal(err)
	}
	if f.awaitPhase(agent.LoggedOff); !f.hotspot.Captive() {
		t.Error("the portal got no logoff")
	}
}

// A pack watcher that breaks is made again, and no change is missed.
func TestPackWatcherBreaks(t *testing.T) {
	t.Parallel()
	f := newFollowed(t, func(r *Reloader) {
		if err := r.watcher.Close(); err != nil {
			t.Fatal(err)
		}
	})
	f.await("reported", func(_ agent.Association, log string) bool {
		return strings.Contains(log, `msg="packs are not watched: SIGHUP reads them again"`)
	})
	files, err := f.hotspot.Pack("cafe-lumen", "Cafe Lumen")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(f.packs, files); err != nil {
		t.Fatal(err)
	}
	f.awaitPhase(agent.Authenticated)
	if log := f.log.String(); strings.Count(log, "packs are not watched") != 1 || !strings.Contains(log, `msg="packs are watched again"`) {
		t.Error(log)
	}
}
