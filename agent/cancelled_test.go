package agent_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

// interrupted sends the portal a secret at its first login, which does not end by itself.
type interrupted struct {
	builtin.ClickThrough

	sent atomic.Bool
}

func (*interrupted) Name() string { return "interrupted" }

func (*interrupted) Claim(_ context.Context, facts *claims.Facts) claims.Claim {
	claim := claims.Claim{Helper: "interrupted"}
	if facts.Evidence != nil && facts.Evidence.Verdict == probe.VerdictPortal {
		claim.Confidence = claims.High
	}
	return claim
}

func (h *interrupted) Authenticate(ctx context.Context, job plugins.Job) (flow.Result, error) {
	session, err := job.Open([]string{"@start"}, nil)
	if err != nil || h.sent.Load() {
		return flow.Result{Outcome: flow.NeedsUser}, err
	}
	session.Declare(portal.Secret("swordfish"))
	h.sent.Store(true)
	<-ctx.Done()
	return flow.Result{}, context.Cause(ctx)
}

// cancelledLogin returns an agent whose login with the secret "swordfish" was cancelled, and that waits for a person at a portal
// which redirects to an address since then.
func cancelledLogin(t *testing.T, location string) (*stage, agent.Association) {
	t.Helper()
	helper := &interrupted{}
	s := newStage(t)
	s.settings.Registry = plugins.NewRegistry([]plugins.Entry{{Helper: helper}})
	s.wires["eth0"] = probetest.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Host == "portal.test":
			w.WriteHeader(http.StatusOK)
		case helper.sent.Load():
			http.Redirect(w, r, location, http.StatusFound)
		default:
			http.Redirect(w, r, "http://portal.test/", http.StatusFound)
		}
	}))
	s.start()
	up := agenttest.Up("eth0", netip.MustParseAddr("192.0.2.1"))
	s.links.Set(up)
	s.want("eth0", 10*time.Second, agent.Authenticating)
	down := up
	down.Carrier = false
	s.links.Set(down)
	synctest.Wait()
	s.links.Set(up)
	return s, s.want("eth0", 10*time.Second, agent.PresentingUI)
}

// A portal repeats a secret of a login that was cancelled. The next login sends no secret,
// and the one of before stays redacted.
func TestSecretOfCancelledLoginStaysRedacted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, as := cancelledLogin(t, "http://portal.test/?pin=swordfish")
		defer s.stop()
		text, err := json.Marshal(as)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(as.PortalURL, "pin=") || strings.Contains(string(text)+s.log.String(), "swordfish") {
			t.Errorf("the status: %s\nlog: %s", text, &s.log)
		}
	})
}
