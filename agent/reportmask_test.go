package agent_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe/probetest"
	"hotspot-helper/wifi"
)

// reports keeps the reports of failed logins.
type reports struct {
	mu   sync.Mutex
	made []string
}

func (r *reports) add(report string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.made = append(r.made, report)
}

func (r *reports) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.made)
}

func (r *reports) begin(_ string, over http.RoundTripper) agent.Recording {
	return &reported{replay.Recorder{Transport: over}, r}
}

type reported struct {
	replay.Recorder

	all *reports
}

func (r *reported) Failed(ctx context.Context, login agent.FailedLogin) (string, error) {
	r.Known = login.Mask
	data, err := r.Report(ctx, login.Helper, &replay.Metadata{Helper: login.Helper.Name(), Time: time.Now(), Outcome: replay.BrokenOff, Cause: login.Cause})
	if err != nil {
		return "", err
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, file := range archive.File {
		opened, err := file.Open()
		if err != nil {
			return "", err
		}
		if _, err := io.Copy(&text, opened); err != nil {
			return "", err
		}
	}
	r.all.add(text.String())
	return "", nil
}

// pinAtFirst is a pack that reads its PIN if the portal has a form, and breaks off before if not.
func pinAtFirst(t *testing.T) *pack.Pack {
	t.Helper()
	p, err := pack.Load(fstest.MapFS{
		"x/pack.toml": {Data: []byte("format = 1\nname = 'x'\nversion = '1.0.0'\nlabel = 'X'\n[[claim]]\nconfidence = 'high'\nportal_path = ['/p']\n")},
		"x/authenticate.toml": {Data: []byte("format = 1\nhosts = ['@start']\n[inputs.pin]\nprompt = 'PIN'\nsecret = true\n" +
			"[[step]]\nid = 'a'\nopen = '{{.probe.url}}'\nexpect = [{ css = 'form' }]\n" +
			"[[step]]\nid = 'b'\nsubmit = 'form'\nfields = { pin = '{{.input.pin}}' }\n[[step.case]]\nwhen = [{ css = '#wrong' }]\nresult = 'denied'\n")},
	}, "x", "test")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A portal that repeats what an earlier login sent gets it into no report, also after a restart, and
// also if it is a short one within a word. Where it cannot be read to be masked, there is no report.
func TestReportHasNoSecretOfEarlierLogins(t *testing.T) {
	for name, test := range map[string]struct{ restart, locked bool }{"same run": {}, "restarted": {restart: true}, "locked": {restart: true, locked: true}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				const pin = "2718x"
				s, kept := newStage(t, plugins.Entry{Helper: pinAtFirst(t)}), &reports{}
				var posts atomic.Int64
				var isHostile, isLocked atomic.Bool
				s.record = kept.begin
				s.settings.Inputs = func(plugins.Helper, string) (portal.Value, bool, error) {
					if isLocked.Load() {
						return portal.Value{}, false, errors.New("the keyring is locked")
					}
					return portal.Secret(pin), true, nil
				}
				s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
					return consent.Given{Terms: consent.Always, Cleartext: true}, nil
				}
				s.wires["wlan0"] = probetest.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/html")
					switch {
					case r.URL.Path == "/204":
						http.Redirect(w, r, "http://10.0.0.1/p", http.StatusFound)
					case isHostile.Load():
						fmt.Fprintf(w, "<p>Hello a%sb, once more</p>", pin)
					case r.Method == http.MethodPost:
						posts.Add(1)
						fmt.Fprint(w, "<p id=wrong>no</p>")
					default:
						fmt.Fprint(w, "<form method=post action=/p><input name=pin type=password></form>")
					}
				}))
				s.start()
				defer func() { s.stop() }()
				s.join("wlan0", "Cafe", portaltest.New(portaltest.Options{Kind: portaltest.KindCredentials, Internet: internet()}))
				time.Sleep(time.Minute)
				first := len(kept.all())
				if posts.Load() == 0 || first == 0 {
					t.Fatalf("sent %d times, %d reports", posts.Load(), first)
				}
				isHostile.Store(true)
				if test.restart {
					s.stop()
					isLocked.Store(test.locked)
					s.start()
					time.Sleep(time.Minute)
				}
				if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				if made := len(kept.all()) > first; made == test.locked {
					t.Errorf("a report is kept: %v\n%s", made, s.log.String())
				}
				for i, report := range kept.all() {
					if strings.Contains(report, pin) {
						t.Errorf("report %d: %s", i, report)
					}
					if i >= first && !strings.Contains(report, "once more") {
						t.Errorf("report %d has not the page: %s", i, report)
					}
				}
			})
		})
	}
}
