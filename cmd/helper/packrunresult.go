package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/replay"
)

// conclude writes the case, and returns how the trial ended.
func (t *packTrial) conclude(last agent.Association, recorder *replay.Recorder) error {
	if t.options.record != "" {
		if err := t.writeCase(recorder); err != nil {
			return err
		}
	}
	switch {
	case t.brokeOff(last):
		return hinted(fmt.Errorf("run pack: %s", printable(causeOf(last))), "docs/pack-format.md explains each message")
	case last.Phase == agent.Failed:
		return &failure{exitDenied, fmt.Errorf("run pack: %s", printable(causeOf(last))), "try other inputs, or check what was sent"}
	case t.options.flow == plugins.FlowLogoff:
		return t.exitOfLogoff(last)
	}
	if t.options.against != "" {
		t.printConsents()
	}
	return t.exitOfLogin(last, time.Time{})
}

// printConsents prints which consents the pack needs on a real network.
func (t *packTrial) printConsents() {
	flows, err := t.pack.Flows()
	if err != nil {
		return
	}
	name, demands := t.pack.Name(), flows.Demands()
	if len(demands.Terms) > 0 {
		t.line("on a real network it asks to accept %q: helper consent terms %s always", demands.Terms, name)
	}
	chosen := func(host string) bool { return strings.HasPrefix(host, "@") }
	switch {
	case len(demands.Secret) == 0:
	case flows.Authenticate.SecretInAddress():
		t.line("on a real network it asks to send a secret in a URL: helper consent cleartext %s --network SSID", name)
	case len(demands.Shared) > 0 || slices.ContainsFunc(demands.Hosts, chosen):
		t.line("on a real network it asks to send a secret to a host that the network chooses or shares: "+
			"over http helper consent cleartext %s --network SSID, over https helper consent shared-host %s --network SSID", name, name)
	}
}

// causeOf is the outcome of the last flow of an association. The journal also has the
// probe's verdict after it.
func causeOf(as agent.Association) string {
	for _, t := range slices.Backward(as.Journal) {
		if t.To == agent.Verifying || t.To == agent.Failed {
			return t.Cause
		}
	}
	return as.Reason
}

// explainIdle returns why the flow was not run.
func (t *packTrial) explainIdle(last agent.Association, made []claims.Claim) error {
	if last.Phase == agent.Authenticated {
		return hinted(fmt.Errorf("run pack: %s was not run: %s", t.options.flow, printable(last.Reason)), "there is no portal here, or you are already logged in")
	}
	if len(made) == 1 && made[0].Reason != "" {
		return &failure{exitNobody, fmt.Errorf("run pack: it does not claim the network: %s", printable(made[0].Reason)), "'helper probe --evidence' saves what claims are based on"}
	}
	return t.exitOfLogin(last, time.Time{})
}

// writeCase writes the case with its trace.
func (t *packTrial) writeCase(recorder *replay.Recorder) error {
	dir, name := filepath.Dir(t.options.record), strings.TrimSuffix(filepath.Base(t.options.record), ".toml")
	c, err := recorder.Case(context.Background(), name, t.options.flow, fmt.Sprintf("recorded on %s", time.Now().Format(time.DateOnly)))
	if err != nil {
		return err
	}
	outcome := c.Run(context.Background(), t.pack)
	c.Trace = outcome.Trace
	if err := c.Write(dir); err != nil {
		return err
	}
	fmt.Fprintf(t.stdout, "%s is written: check it before you share it\n", printable(filepath.Join(dir, name+".toml")))
	if outcome.Mismatch != nil {
		return hinted(fmt.Errorf("replay the recording: %w", outcome.Mismatch), "the flow may compute with a value that was replaced: correct the case by hand")
	}
	return nil
}
