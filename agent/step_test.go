package agent_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
)

// indiscreet names its steps after an input.
type indiscreet struct{ plugins.Helper }

func (h indiscreet) Authenticate(_ context.Context, job plugins.Job) (flow.Result, error) {
	session, err := job.Open([]string{"@start"}, nil)
	if err != nil {
		return flow.Result{}, err
	}
	pin, _, _ := job.Inputs("pin")
	session.Declare(pin)
	job.Progress("send-" + pin.Reveal())
	time.Sleep(10 * time.Second)
	return flow.Result{Outcome: flow.Denied, Step: "sent-" + pin.Reveal()}, nil
}

// The name of a step is the helper's word: it is shown and logged without secrets.
func TestStepsAreMasked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindCredentials, Internet: internet()})
		s := newStage(t, plugins.Entry{Helper: indiscreet{vendor(t, hotspot)}})
		s.settings.Inputs = func(plugins.Helper, string) (portal.Value, bool, error) {
			return portal.Secret("swordfish-2718"), true, nil
		}
		s.start()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", time.Minute, agent.Authenticating)
		time.Sleep(time.Second)
		status, err := json.Marshal(s.agent.Status())
		if err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", time.Minute, agent.Failed)
		s.stop()
		for name, text := range map[string]string{"status": string(status), "log": s.log.String()} {
			if strings.Contains(text, "swordfish") || !strings.Contains(text, "[redacted]") {
				t.Errorf("%s: %s", name, text)
			}
		}
	})
}
