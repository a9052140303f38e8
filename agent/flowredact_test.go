package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// newUnrun returns an agent that does not run, and its log.
func newUnrun(t *testing.T) (*Agent, *strings.Builder) {
	t.Helper()
	var log strings.Builder
	a, err := New(Config{
		Links: noLinks{}, Dial: func(Link, probe.Family) Path { return nil },
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, &log
}

type noLinks struct{}

func (noLinks) Run(context.Context, func([]Link)) error { return nil }

// noRecording keeps nothing.
type noRecording struct{ Recording }

func (*noRecording) Failed(context.Context, FailedLogin) (string, error) { return "", nil }

// A portal may repeat to one helper what another one sent before. That is masked in the need,
// the cause, the journal, the recorded login and the log.
func TestFlowOfAnotherHelperIsMasked(t *testing.T) {
	const leak = "pin=swordfish"
	for name, test := range map[string]struct {
		result flow.Result
		err    error
	}{
		"needs user":    {result: flow.Result{Outcome: flow.NeedsUser, Reason: leak}},
		"needs consent": {err: &inputError{"pin", errors.New(leak)}},
		"denied":        {result: flow.Result{Outcome: flow.Denied, Reason: leak}},
		"changed":       {err: &portal.SecretError{Cause: &changedError{old: Destination{Form: leak}, new: Destination{Host: "swordfish.test", Form: leak}}}},
	} {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, known late %t", name, late), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					endMasked(t, &flowRun{kind: plugins.FlowAuthenticate, result: test.result}, test.err, late)
				})
			})
		}
	}
}

// looping runs the loop of an agent. What is given to the function runs on it; the function
// returns when all is quiet.
func looping(t *testing.T, a *Agent) (onLoop func(func(loop context.Context))) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); a.loop(ctx, make(chan struct{})) }()
	t.Cleanup(func() { stop(); <-ended; a.tasks.Wait() })
	return func(act func(loop context.Context)) {
		a.post(ctx, act)
		synctest.Wait()
	}
}

// endMasked ends a flow. The secret of the other helper is known before or, late, after it.
func endMasked(t *testing.T, run *flowRun, broke error, late bool) {
	const leaked = "Hello swordfish"
	a, log := newUnrun(t)
	run.conclude(broke)
	run.said = said{portal: leaked, ended: leaked, redirectNeed: &Need{URL: leaked}, redirectWhy: leaked}
	onLoop := looping(t, a)
	as := &association{state: state{phase: Authenticating, helper: "new"}}
	defer as.halt()
	recorded := &attempt{recording: &noRecording{}, login: FailedLogin{Helper: builtin.ClickThrough{}}}
	as.login.attempt = recorded
	masks := redactors{}.with("old authenticate", newSession(t, portal.Secret("swordfish")))
	onLoop(func(loop context.Context) {
		if !late {
			as.secrets = masks
		}
		a.endFlow(loop, as, nil, run)
	})
	onLoop(func(loop context.Context) { a.learn(loop, as, masks) })
	journal, err := json.Marshal(as.journal)
	if err != nil {
		t.Fatal(err)
	}
	status, err := json.Marshal(as.snapshot())
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(journal), string(status), as.login.said.portal, as.login.said.redirectNeed.URL, as.login.said.redirectWhy}
	if !late {
		texts = append(texts, log.String(), fmt.Sprint(recorded.login.Result, recorded.login.Cause))
	}
	for _, text := range texts {
		if strings.Contains(text, "swordfish") {
			t.Errorf("leak: %s", text)
		}
	}
	if !strings.Contains(string(journal), "[redacted]") {
		t.Errorf("nothing is masked: %s", journal)
	}
}

// An old consent is logged once, also if the first one that was read was not old.
func TestOldConsentIsLoggedOnce(t *testing.T) {
	a, log := newUnrun(t)
	network := wifi.Identity{SSID: "Cafe"}
	for _, old := range []bool{false, true, true} {
		a.consent(func(plugins.Helper, wifi.Identity) (consent.Given, error) { return consent.Given{ByName: old}, nil }, builtin.ClickThrough{}, network)
	}
	if n := strings.Count(log.String(), "consent of an earlier version"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}
