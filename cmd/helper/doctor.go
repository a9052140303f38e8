package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
)

// health is what a check of `helper doctor` comes to.
type health string

// The results of checks.
const (
	healthOK      health = "ok"
	healthWarn    health = "warn"    // it works with less than it could
	healthFail    health = "fail"    // something needs doing
	healthUnknown health = "unknown" // it does not apply, or cannot be known here
)

// finding is the result of one check: what `helper doctor --json` prints.
type finding struct {
	ID     string `json:"id"` // of the check; it stays the same
	Health health `json:"health"`
	Text   string `json:"text"`             // in one sentence
	Advice string `json:"advice,omitempty"` // what to do
}

// examination is one check. It sends nothing to the network.
type examination struct {
	id   string
	look func(ctx context.Context) finding // it does not set the ID
	time time.Duration                     // what it may take; 0: doctorTime
}

// doctorTime bounds each check, and doctorProbeTime one that asks the network.
const (
	doctorTime      = 2 * time.Second
	doctorProbeTime = 30 * time.Second
)

func (a *app) doctorCommand() *cobra.Command {
	var probes bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what works here, and say what to do about the rest",
		Long: `doctor checks what the agent needs and what it can use: the buses, the agent and its
unit, the configuration, packs, radios, links and their name servers, filters of this
computer that are in the way, the keyring, notifications, the clock, and the last failed
logins. Each check says in a sentence what it found, and what to do. It starts nothing,
changes nothing and sends nothing to the network.

With --probe it also asks the connectivity checks over each link, as 'helper probe' does.

A check is ok, or a warning (it works with less than it could), or a failure (something
needs doing), or unknown (it does not apply, or cannot be known here).

Exit codes: 0 nothing needs doing, 1 something does, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings := examineAll(cmd.Context(), a.examinations(probes))
			if err := a.printFindings(findings); err != nil {
				return err
			}
			if slices.ContainsFunc(findings, func(f finding) bool { return f.Health == healthFail }) {
				return &failure{code: exitError}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&probes, "probe", false, "also ask the connectivity checks over each link")
	a.jsonFlag(cmd)
	return cmd
}

// examinations are all checks, in the order in which they are printed.
func (a *app) examinations(probes bool) []examination {
	list := []examination{
		{id: "configuration", look: a.examineConfiguration},
		{id: "packs", look: a.examinePacks},
		{id: "live-helpers", look: a.examineLive},
		{id: "state", look: a.examineState},
		{id: "bus", look: a.examineBus},
		{id: "system-bus", look: a.examineSystemBus},
		{id: "agent", look: a.examineAgent},
		{id: "unit", look: a.examineUnit},
		{id: "radio", look: examineRadio},
		{id: "binding", look: examineBinding},
		{id: "name-servers", look: a.examineNameServers},
		{id: "reverse-path", look: a.examineReversePath},
		{id: "vpn", look: a.examineVPN},
		{id: "firewall", look: a.examineFirewall},
		{id: "keyring", look: a.examineKeyring},
		{id: "notifications", look: a.examineNotifications},
		{id: "browser", look: a.examineBrowser},
		{id: "clock", look: examineClock},
		{id: "reports", look: a.examineReports},
	}
	if probes {
		list = append(list, examination{id: "connectivity", look: a.examineConnectivity, time: doctorProbeTime})
	}
	return list
}

// examineAll runs the checks at once.
func examineAll(ctx context.Context, list []examination) []finding {
	findings := make([]finding, len(list))
	var running sync.WaitGroup
	for i, e := range list {
		running.Go(func() { findings[i] = e.examine(ctx) })
	}
	running.Wait()
	return findings
}

// examine runs a check. One that does not return in time is left behind.
func (e examination) examine(ctx context.Context) finding {
	limit := max(e.time, doctorTime)
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	result := make(chan finding, 1)
	go func() { result <- e.look(ctx) }()
	f := isUnknown("there was no answer within %v", limit)
	select {
	case f = <-result:
	case <-ctx.Done():
		select {
		case f = <-result:
		case <-time.After(lateTime):
		}
	}
	f.ID = e.id
	return f
}

// lateTime is how long a check may take to say that its time is over.
const lateTime = 500 * time.Millisecond

// printFindings prints the checks with their advice, or JSON.
func (a *app) printFindings(findings []finding) error {
	if a.asJSON {
		return a.printJSON(findings)
	}
	colours := map[health]text.Color{healthOK: text.FgGreen, healthWarn: text.FgYellow, healthFail: text.FgRed, healthUnknown: text.Faint}
	var rows [][]any
	for _, f := range findings {
		rows = append(rows, []any{a.paint(string(f.Health), colours[f.Health]), f.ID, f.Text})
		if f.Advice != "" {
			rows = append(rows, []any{"", "", "→ " + f.Advice})
		}
	}
	a.printTable(columns("result", "check", "finding"), rows)
	return nil
}

// Findings of each kind.
func isOK(format string, args ...any) finding {
	return finding{Health: healthOK, Text: fmt.Sprintf(format, args...)}
}

func isUnknown(format string, args ...any) finding {
	return finding{Health: healthUnknown, Text: fmt.Sprintf(format, args...)}
}

func warns(advice, format string, args ...any) finding {
	return finding{Health: healthWarn, Text: fmt.Sprintf(format, args...), Advice: advice}
}

func fails(advice, format string, args ...any) finding {
	return finding{Health: healthFail, Text: fmt.Sprintf(format, args...), Advice: advice}
}
