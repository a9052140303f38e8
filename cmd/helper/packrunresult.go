package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/claims"
	"hotspot-helper/internal/file"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal"
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
		return hinted(fmt.Errorf("run pack: %s", printable(causeOf(last))), "%s", explain(t.pack, "docs/pack-format.md explains each message"))
	case last.Phase == agent.Failed:
		return &failure{exitDenied, fmt.Errorf("run pack: %s", printable(causeOf(last))), "try other inputs, or check what was sent"}
	}
	if t.options.against != "" {
		if err := t.printConsents(); err != nil {
			return err
		}
	}
	if t.options.flow == plugins.FlowLogoff {
		return t.exitOfLogoff(last)
	}
	return t.exitOfLogin(last, time.Time{})
}

// printConsents prints which consents a real network needs for what the flows sent.
func (t *packTrial) printConsents() error {
	t.mu.Lock()
	flows := slices.Clone(t.recorded)
	t.mu.Unlock()
	var all replay.Needs
	for _, f := range flows {
		needs, err := f.recorder.Needs(context.Background(), t.pack, f.name)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		all.Add(needs)
	}
	name := t.argument(t.pack.Name())
	wants := func(what string, command ...string) {
		t.line("on a real network it needs your consent to %s: %s", what, t.commandLine(append([]string{"consent"}, command...)...))
	}
	if len(all.Terms) > 0 {
		texts := make([]string, len(all.Terms))
		for i, text := range all.Terms {
			texts[i] = strconv.Quote(text)
		}
		wants("accept "+strings.Join(texts, " and "), "terms", name, "always")
	}
	if all.Cleartext != "" {
		wants("send a secret where others can read it, to "+all.Cleartext, "cleartext", name, "--network", "SSID")
	}
	if all.SharedHost != "" {
		wants("send a secret to "+all.SharedHost+", which does not identify the network", "shared-host", name, "--network", "SSID")
	}
	return nil
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
		hint := "'helper probe --evidence' saves what claims are based on"
		if t.options.against != "" {
			hint = "what the simulated portal shows does not match a claim: 'helper demo' prints how to look at it"
		}
		return &failure{exitNobody, fmt.Errorf("run pack: it does not claim the network: %s", printable(made[0].Reason)), explain(t.pack, hint)}
	}
	return t.exitOfLogin(last, time.Time{})
}

// writeCase writes the case, and its trace if a replay of the case ends as the live run did.
func (t *packTrial) writeCase(recorder *replay.Recorder) error {
	t.mu.Lock()
	live := t.live
	t.mu.Unlock()
	if live == nil {
		return fmt.Errorf("record case: %s was ended before its end", t.options.flow)
	}
	if live.wantsConsent() {
		fmt.Fprintln(t.stdout, "no case is written: the flow waits for a consent, and a case has them all")
		return nil
	}
	ctx := context.Background()
	dir, name := filepath.Dir(t.options.record), strings.TrimSuffix(filepath.Base(t.options.record), ".toml")
	c, err := recorder.Case(ctx, name, t.options.flow, fmt.Sprintf("recorded on %s", time.Now().Format(time.DateOnly)))
	if err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, name+".trace")), c.Write(dir)); err != nil { // the trace of another recording
		return err
	}
	if c, err = replay.Load(file.Dir{Path: dir}, name, dir); err != nil {
		return err
	}
	written := printable(filepath.Join(dir, name+".toml"))
	outcome, err := recorder.Check(ctx, c, t.pack, live.result, live.err)
	if err != nil {
		fmt.Fprintf(t.stdout, "%s is written, and is no test yet: it does not replay as the flow ran\n", written)
		return hinted(err, "the flow computes or compares with a value that was replaced: correct it in the case, and 'helper pack test --update' writes the trace")
	}
	c.Trace = outcome.Trace
	if err := c.WriteTrace(dir); err != nil {
		return err
	}
	fmt.Fprintf(t.stdout, "%s is written: check it before you share it\n", written)
	return nil
}

// wantsConsent reports whether the flow ended because the user did not agree to something.
func (l *liveEnd) wantsConsent() bool {
	refused, ok := errors.AsType[*portal.SecretError](l.err)
	return l.result.Terms != "" || ok && refused.Cause == nil
}
