package agent_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/agent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// recordings counts the logins that were recorded, and keeps those that failed.
type recordings struct {
	mu     sync.Mutex
	begun  int
	failed []agent.FailedLogin
}

func (r *recordings) begin(flow string, over http.RoundTripper) agent.Recording {
	if flow != "authenticate" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun++
	return &recording{RoundTripper: over, all: r}
}

type recording struct {
	http.RoundTripper

	all      *recordings
	watched  bool
	requests int
}

func (r *recording) RoundTrip(request *http.Request) (*http.Response, error) {
	r.requests++
	return r.RoundTripper.RoundTrip(request)
}

func (r *recording) Record(job plugins.Job) plugins.Job {
	r.watched = true
	return job
}

// Failed takes its time, as masking does.
func (r *recording) Failed(ctx context.Context, login agent.FailedLogin) (string, error) {
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(500 * time.Millisecond):
	}
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	if !r.watched || r.requests == 0 {
		return "", errors.New("nothing was recorded")
	}
	r.all.failed = append(r.all.failed, login)
	return "", errors.New("the disk is full")
}

// idle is a pack that says it logged in and did nothing.
func idle(t *testing.T) *pack.Pack {
	t.Helper()
	p, err := pack.Load(fstest.MapFS{
		"idle/pack.toml":         {Data: []byte("format = 1\nname = 'idle'\nversion = '1.0.0'\nlabel = 'Idle'\n[[claim]]\nconfidence = 'high'\nstatus = [200, 302, 303, 307]\n")},
		"idle/authenticate.toml": {Data: []byte("format = 1\nhosts = ['@start']\n[[step]]\nid = 'open'\nopen = '{{.probe.url}}'\n")},
	}, "idle", "test")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFailedLoginsAreKept(t *testing.T) {
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		kind portaltest.Kind
		pin  string // that the user gave; empty: none
		idle bool   // the helper does nothing
		end  agent.Phase
		want []string // outcome and cause of each failed login, the beginning of it
	}{
		{name: "right", kind: portaltest.KindCredentials, pin: "2718", end: agent.Authenticated},
		{name: "no PIN", kind: portaltest.KindCredentials, end: agent.PresentingUI},
		{name: "wrong", kind: portaltest.KindCredentials, pin: "1828", end: agent.Failed, want: []string{"denied: authenticate of vendor: denied, "}},
		{name: "in vain", kind: portaltest.KindClick, idle: true, end: agent.Deferred, want: []string{"submitted: "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				hotspot := portaltest.New(portaltest.Options{Seed: 3, Kind: test.kind, Internet: internet(), Authority: authority})
				helper := vendor(t, hotspot)
				if test.idle {
					helper = idle(t)
				}
				kept := &recordings{}
				s := newStage(t, plugins.Entry{Helper: helper})
				s.record = kept.begin
				s.settings.Policy = func(wifi.Identity) agent.Policy { return agent.Policy{Helper: helper.Name()} }
				s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
					if input == "pin" {
						return portal.Secret(test.pin), test.pin != "", nil
					}
					return portal.Plain("ada"), true, nil
				}
				s.start()
				s.join("wlan0", "Cafe", hotspot)
				if test.idle {
					s.want("wlan0", 10*time.Second, agent.Verifying)
				}
				s.want("wlan0", time.Minute, test.end)
				s.stop()
				var got []string
				for i, login := range kept.failed {
					text := login.Result.Outcome.String() + ": " + login.Cause
					if i < len(test.want) {
						text = text[:min(len(text), len(test.want[i]))]
					}
					got = append(got, text)
				}
				if diff := cmp.Diff(test.want, got); diff != "" || kept.begun == 0 {
					t.Errorf("%d begun\n%s", kept.begun, diff)
				}
				if said := strings.Contains(s.log.String(), "failed login not kept"); said != (len(test.want) > 0) {
					t.Errorf("the log says that a login is not kept: %v", said)
				}
			})
		})
	}
}
