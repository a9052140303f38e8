package main

import (
	"fmt"
	"time"

	"hotspot-helper/agent"
)

// followTime is how often the status is read if its steps are printed.
const followTime = 100 * time.Millisecond

// follower prints for a person who waits what the status shows and no transition says.
type follower struct {
	app       *app
	saidBusy  bool
	lastShown string // what of the steps was printed last
}

// every is how often the status is read.
func (f *follower) every() time.Duration {
	if f.app.showSteps {
		return followTime
	}
	return time.Second
}

// see prints what is new in an association: that a logoff waits, once, and if the app wants them the
// steps of flows and the verdicts.
func (f *follower) see(as agent.Association) {
	if f.app.asJSON {
		return
	}
	if as.Phase == agent.LoggingOff && as.Need != nil && !f.saidBusy {
		f.saidBusy = true
		f.print(as, "the portal is busy"+f.app.remedy(as.Need))
	}
	if line := stepLine(as); f.app.showSteps && line != "" && line != f.lastShown {
		f.lastShown = line
		f.print(as, line)
	}
}

func (f *follower) print(as agent.Association, text string) {
	fmt.Fprintf(f.app.stderr, "%s %s: %s\n", clock(time.Now()), as.Phase, printable(text))
}

// stepLine is the step of the flow under way, or what the last probe says.
func stepLine(as agent.Association) string {
	switch {
	case as.Step != "":
		return fmt.Sprintf("step %q of %s", as.Step, as.Helper)
	case as.Reason != "":
		return fmt.Sprintf("verdict %v: %s", as.Verdict, as.Reason)
	}
	return ""
}
