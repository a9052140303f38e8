package daemon

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/internal/confine/confinetest"
	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/portal/portaltest"
)

// registerLive registers a live helper of the user that is a shell script, for a portal's host. Answers are its cases of the line
// of a call.
func registerLive(t *testing.T, e Env, name, host, answers string) {
	t.Helper()
	confinetest.Needs(t)
	dir := filepath.Join(e.DataDir(), "helpers.d")
	registration := "api = 1\nexec = \"" + name + ".sh\"\n[[network]]\nconfidence = \"high\"\nportal_host = [\"" + host + "\"]\n"
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, name+".toml"), []byte(registration), 0o600)); err != nil {
		t.Fatal(err)
	}
	filetest.WriteProgram(t, filepath.Join(dir, name+".sh"), []byte(`#!/bin/sh
while read -r line; do
	case $line in
	*Live1.Describe*) echo '{"parameters":{"name":"`+name+`","version":"1.0.0","label":"Live","hosts":["@start"],"inputs":[{"name":"user","prompt":"User"}]}}' ;;
	`+answers+`
	*) echo '{"error":"org.varlink.service.MethodNotFound","parameters":{}}' ;;
	esac
done
`))
}

// TestLiveHelpersThatHang lets ten live helpers hang in their claims: the pick waits for all of them at once, goes on
// without them, and another one is asked meanwhile.
func TestLiveHelpersThatHang(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	const helpers = 10
	hotspot := newHotspot(t, portaltest.Options{Seed: 1, Kind: portaltest.KindClick})
	page, err := url.Parse(hotspot.PortalURL())
	if err != nil {
		t.Fatal(err)
	}
	for i := range helpers {
		registerLive(t, e, fmt.Sprintf("hangs-%d", i), page.Hostname(), "*Live1.Claim*) ;;")
	}
	registerLive(t, e, "works", page.Hostname(), `*Live1.Claim*) echo '{"parameters":{"claims":[{"confidence":"high"}]}}' ;;
	*Live1.Authenticate*) echo '{"parameters":{"result":{"outcome":"needs-user","missing":"user"}}}' ;;`)
	log := &journal{}
	f := newFollowedIn(t, e, hotspot, func(r *Reloader) { r.runtime.logLive(log.logger()) })
	if as := f.awaitPhase(agent.PresentingUI); as.Helper != "works" {
		t.Errorf("picked: %s\n%s", as.Helper, log)
	}
	for i := range helpers {
		f.await("left alone", func(agent.Association, string) bool {
			return strings.Contains(log.String(), fmt.Sprintf(`msg="helper failed to claim" helper=hangs-%d error="no answer within 2s" again=5s`, i))
		})
	}
}

// TestLiveRetry tries helpers again that are left out, and stops.
func TestLiveRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Reloader{runtime: &Runtime{}}
		if r.liveRetry() != nil {
			t.Error("tries again without a reason")
		}
		r.runtime.noLive = errors.New("slow")
		began := time.Now()
		tries := 0
		for again := r.liveRetry(); again != nil; again = r.liveRetry() {
			<-again
			tries++
		}
		if took := time.Since(began); tries != maxLiveTries || took != 155*time.Second {
			t.Errorf("%d tries in %v", tries, took)
		}
		r.runtime.noLive = nil
		r.liveRetry()
		if r.runtime.noLive = errors.New("slow"); r.liveRetry() == nil {
			t.Error("does not begin anew")
		}
	})
}
