package replay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal/flow"
)

// Check replays a case of the recorder, and returns the replay and how it differs from the live
// run, which ended with a result or an error: in what it asks, in the steps and cases that it
// takes, in how it ends, or in what it captures. The error is nil if it does not differ.
func (r *Recorder) Check(ctx context.Context, c *Case, helper plugins.Helper, live flow.Result, liveErr error) (Outcome, error) {
	outcome := c.Run(ctx, helper)
	r.mu.Lock()
	taken := slices.Clone(r.reached)
	r.mu.Unlock()
	ended, want := newEnding(outcome.Result, outcome.err), newEnding(live, liveErr)
	missing := missingCaptures(live.Captures, outcome.Captures)
	differ := func(format string, args ...any) (Outcome, error) {
		return outcome, fmt.Errorf("replay case %s: %w", c.Name, fmt.Errorf(format, args...))
	}
	switch {
	case outcome.Mismatch != nil:
		return differ("%w", outcome.Mismatch)
	case ended != want:
		return differ("it ends as %s, the live run as %s", ended, want)
	case outcome.unused != "":
		return differ("it does not ask %s, as the live run did", outcome.unused)
	case !slices.EqualFunc(outcome.reached, taken, samePlace):
		return differ("it takes %s, the live run %s", placesText(outcome.reached), placesText(taken))
	case len(missing) > 0:
		return differ("it does not capture %s, as the live run did", strings.Join(missing, ", "))
	}
	return outcome, nil
}

// ending is how a flow ended, without texts of the portal.
type ending struct {
	brokeOff       bool
	outcome        flow.Outcome
	step           string
	cause          flow.Cause
	missing        string // input
	expires, after time.Duration
}

func newEnding(result flow.Result, err error) ending {
	if err != nil {
		e := ending{brokeOff: true}
		if broken, ok := errors.AsType[*flow.StepError](err); ok {
			e.step = broken.Step
		}
		return e
	}
	return ending{false, result.Outcome, result.Step, result.Cause, result.Missing, result.Expires, result.After}
}

// String describes the ending in words.
func (e ending) String() string {
	text := e.outcome.String()
	if e.brokeOff {
		text = "broken off"
	}
	if e.step != "" {
		text += " at " + e.step
	}
	if e.cause != "" {
		text += ", " + string(e.cause)
	}
	if e.missing != "" {
		text += ", without the input " + e.missing
	}
	if e.expires > 0 {
		text += ", for " + e.expires.String()
	}
	if e.after > 0 {
		text += ", again after " + e.after.String()
	}
	return text
}

// samePlace compares places of one flow.
func samePlace(a, b position) bool { return a.step == b.step && a.number == b.number }

// placesText describes steps and the cases that they took.
func placesText(places []position) string {
	var texts []string
	for _, p := range places {
		if p.number > 0 {
			texts = append(texts, fmt.Sprintf("case %d of %s", p.number, p.step))
		} else {
			texts = append(texts, "step "+p.step)
		}
	}
	if len(texts) == 0 {
		return "no step"
	}
	return strings.Join(texts, ", ")
}

// missingCaptures are the names of captures that have a value in the live run only.
func missingCaptures(live, replayed map[string]string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(live)), func(name string) bool { return live[name] == "" || replayed[name] != "" })
}
