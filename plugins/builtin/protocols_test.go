package builtin_test

import (
	"errors"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
)

// The account that the stand-ins accept, and a wrong password.
var (
	account      = map[string]string{"user": "ada", "password": "2718281828"}
	wrongAccount = map[string]string{"user": "ada", "password": "3141592653"}
)

// protocol is a built-in helper and a hotspot.
type protocol struct {
	name    string
	helper  plugins.Helper
	opts    portaltest.Options
	claim   claims.Confidence
	clear   bool // secrets go out only with the user's consent
	expires bool // the gateway announces the end of a session
}

// protocols returns WISPr with each variant that seeds select, and CoovaChilli with and without
// a secret, with and without a reply to a refusal.
func protocols(t *testing.T) []protocol {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	operator := builtin.NewWISPr("wispr-op", []string{"login.roaming.test"})
	chilli := builtin.NewWISPr("wispr", []string{"login.chilli.test"})
	var rows []protocol
	for seed := range uint64(24) {
		opts := portaltest.Options{Kind: portaltest.KindWISPr, Seed: seed + 1, Authority: authority}
		row := protocol{name: "WISPr", helper: operator, opts: opts, claim: claims.High}
		traits := portaltest.New(opts).String()
		if row.expires = strings.Contains(traits, "2.0"); strings.Contains(traits, "proxy") {
			row.claim = claims.Low // the address of the login is not known yet
		}
		rows = append(rows, row)
	}
	for seed := range uint64(4) {
		opts := portaltest.Options{Kind: portaltest.KindCoovaChilli, Seed: seed + 1, Authority: authority}
		rows = append(rows, protocol{name: "WISPr over a page", helper: chilli, opts: opts, claim: claims.High})
		opts.Authority = nil
		rows = append(rows, protocol{name: "WISPr in clear", helper: chilli, opts: opts, claim: claims.Medium, clear: true})
		opts.Kind = portaltest.KindCoovaChilliJSON
		rows = append(rows, protocol{name: "JSON", helper: builtin.CoovaChilli{}, opts: opts, claim: claims.High, clear: true, expires: true})
	}
	return rows
}

// tap is a transport that records what is sent.
type tap struct {
	http.RoundTripper

	mu   sync.Mutex // a probe asks several checks at once
	sent strings.Builder
}

func (w *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	text, err := httputil.DumpRequestOut(r, true)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.sent.Write(text)
	w.mu.Unlock()
	return w.RoundTripper.RoundTrip(r)
}

// visit calls play with a client on a new hotspot, with the consents that it needs.
func (row protocol) visit(t *testing.T, play func(*caller)) {
	t.Helper()
	row.opts.User, row.opts.PIN, row.opts.Session = account["user"], account["password"], time.Hour-time.Minute
	row.opts.Internet = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	synctest.Test(t, func(t *testing.T) {
		hotspot := portaltest.New(row.opts)
		wire := &tap{RoundTripper: hotspot.Transport()}
		g := &caller{t: t, helper: row.helper, hotspot: hotspot, wire: wire, tap: wire, inputs: account}
		g.consent.Cleartext, g.consent.SharedHosts = row.clear, row.clear
		g.probe(probe.VerdictPortal)
		play(g)
	})
}

func TestProtocols(t *testing.T) {
	for _, row := range protocols(t) {
		t.Run(row.name, func(t *testing.T) {
			t.Run("session", row.testSession)
			t.Run("refusal", row.testRefusal)
			t.Run("already", row.testAlready)
			t.Run("consent", row.testConsent)
			t.Run("input", row.testInput)
		})
		if t.Failed() {
			t.Fatal(portaltest.New(row.opts))
		}
	}
}

// testSession claims, logs in, keeps, expires, logs in again and logs off.
func (row protocol) testSession(t *testing.T) {
	row.visit(t, func(g *caller) {
		if claim := g.claimed(); claim.Confidence != row.claim || claim.Rule == "" || claim.Label == "" {
			t.Errorf("claims %+v, want %v", claim, row.claim)
		}
		result := g.enter()
		if expires := result.Expires > 0; expires != row.expires {
			t.Errorf("expires after %v", result.Expires)
		}
		time.Sleep(time.Minute)
		kept := g.run(row.helper.Maintain, flow.Submitted)
		if row.expires && (result.Expires-kept.Expires).Round(time.Second) != time.Minute { // a connection may take a nanosecond
			t.Errorf("a minute later %v are left of %v", kept.Expires, result.Expires)
		}
		time.Sleep(time.Hour)
		g.probe(probe.VerdictPortal)
		g.enter()
		g.run(row.helper.Logoff, flow.Submitted)
		if !g.hotspot.Captive() {
			t.Error("still online after logoff")
		}
	})
}

// testRefusal expects a wrong password to be denied with the gateway's message.
func (row protocol) testRefusal(t *testing.T) {
	row.visit(t, func(g *caller) {
		g.inputs = wrongAccount
		result, err := row.helper.Authenticate(g.t.Context(), g.job())
		silent := row.helper.Name() == "wispr" && strings.Contains(g.hotspot.String(), "no reply")
		switch {
		case silent && (err == nil || !strings.Contains(err.Error(), "EOF")):
			t.Errorf("no reply became %+v, %v", result, err)
		case !silent && (err != nil || result.Outcome != flow.Denied || !strings.Contains(result.Reason, ": \"")):
			t.Errorf("a refusal became %+v, %v", result, err)
		}
	})
}

// testAlready logs in twice, as after a restart of the agent.
func (row protocol) testAlready(t *testing.T) {
	row.visit(t, func(g *caller) {
		before := g.evidence
		g.enter()
		g.evidence = before
		g.run(row.helper.Authenticate, flow.Submitted)
		g.probe(probe.VerdictFull)
	})
}

// testConsent expects that no secret, and nothing derived from it, is sent without consent.
func (row protocol) testConsent(t *testing.T) {
	row.visit(t, func(g *caller) {
		g.consent = consent.Given{}
		result, err := row.helper.Authenticate(g.t.Context(), g.job())
		if !row.clear {
			if err != nil || result.Outcome != flow.Submitted {
				t.Errorf("%+v, %v", result, err)
			}
			return
		}
		if _, refused := errors.AsType[*portal.SecretError](err); !refused {
			t.Errorf("%+v, %v", result, err)
		}
		if sent := g.tap.sent.String(); strings.Contains(sent, account["password"]) || strings.Contains(sent, "response=") {
			t.Errorf("sent\n%s", sent)
		}
	})
}

// testInput expects a missing input to be named.
func (row protocol) testInput(t *testing.T) {
	row.visit(t, func(g *caller) {
		g.inputs = map[string]string{"user": "ada"}
		if result := g.run(row.helper.Authenticate, flow.NeedsUser); result.Reason != "Password" || result.Missing != "password" {
			t.Errorf("asks for %q", result.Reason)
		}
	})
}

// The helper sends no account to other operators.
func TestWISPrForeignLogin(t *testing.T) {
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		hosts []string
		want  string // in the reason
		low   bool
	}{
		{"no account", nil, "[helper.wispr] hosts", false},
		{"another operator", []string{"login.other.test"}, "does not name", false},
		{"a name that only begins like it", []string{"login.roaming"}, "does not name", false},
		{"the network's word for it", []string{"@start"}, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := protocol{
				helper: builtin.NewWISPr("wispr", test.hosts),
				opts:   portaltest.Options{Kind: portaltest.KindWISPr, Seed: seedWithout(portaltest.KindWISPr, "proxy"), Authority: authority},
			}
			row.visit(t, func(g *caller) {
				claim := g.claimed()
				if low := claim.Confidence == claims.Low; low != test.low || !strings.Contains(claim.Reason, test.want) {
					t.Errorf("claims %+v", claim)
				}
				if test.hosts == nil {
					return
				}
				result, err := row.helper.Authenticate(g.t.Context(), g.job())
				if _, refused := errors.AsType[*portal.SecretError](err); refused != test.low || !test.low && result.Outcome != flow.Unsupported {
					t.Errorf("%+v, %v", result, err)
				}
				if strings.Contains(g.tap.sent.String(), account["password"]) {
					t.Error("the password was sent")
				}
			})
		})
	}
}

// seedWithout returns the first seed of a kind that has not drawn a trait.
func seedWithout(kind portaltest.Kind, trait string) uint64 {
	seed := uint64(1)
	for strings.Contains(portaltest.New(portaltest.Options{Kind: kind, Seed: seed}).String(), trait) {
		seed++
	}
	return seed
}
