package main

import (
	"fmt"
	"strings"
	"time"

	"hotspot-helper/probe"
)

// verdictPrinter tells people each verdict with its reason as soon as there is one. JSON
// is one document, at the end.
func (a *app) verdictPrinter() func(probe.Evidence) {
	after := ""
	return func(e probe.Evidence) {
		if a.asJSON {
			return
		}
		fmt.Fprintf(a.stdout, "%s: %s%s: %s\n", e.Link.Interface, a.paintVerdict(e.Verdict), after, printable(e.Reason))
		after = fmt.Sprintf(" after all, not %v", e.Verdict)
	}
}

// printEvidence tells people how the verdict came about that they were told, or all as JSON.
func (a *app) printEvidence(e probe.Evidence) error {
	if a.asJSON {
		return a.printJSON(e)
	}
	if e.PortalURL != "" {
		fmt.Fprintf(a.stdout, "portal: %s\n", printable(e.PortalURL))
	}
	for _, note := range e.Notes {
		fmt.Fprintf(a.stdout, "note: %s\n", printable(note))
	}
	if e.CAPPORT != nil {
		fmt.Fprintf(a.stdout, "api: %s\n", printable(apiLine(e.CAPPORT)))
	}
	if len(e.Checks) > 0 {
		fmt.Fprintf(a.stdout, "verdict after %s\n\n", span(e.Elapsed))
		a.printTimeline(e)
	}
	return nil
}

// printTimeline shows how long each stage of each check took: the name, the
// connection, TLS, and the wait for the first octet of the answer.
func (a *app) printTimeline(e probe.Evidence) {
	columns := []column{
		{title: "check", cut: true},
		{title: "says"},
		{title: "dns"},
		{title: "connect"},
		{title: "tls"},
		{title: "byte"},
		{title: "after"},
		{title: "answer", cut: true},
	}
	families := len(e.Families) > 1
	if families {
		columns = append(columns[:1:1], append([]column{{title: "over"}}, columns[1:]...)...)
	}
	var rows [][]any
	for _, c := range e.Checks {
		row := []any{c.Endpoint}
		if families {
			row = append(row, c.Family)
		}
		t := c.Timeline
		after := "-"
		if c.Result != "" {
			after = span(c.Elapsed)
		}
		rows = append(rows, append(row, orDash(string(c.Result)), stageTime(t.DNS), stageTime(t.Connect), stageTime(t.TLS), stageTime(t.FirstByte), after, orDash(c.Detail)))
	}
	a.printTable(columns, rows)
}

// stageTime is how long a stage took, if it ended.
func stageTime(took *time.Duration) string {
	if took == nil {
		return "-"
	}
	return span(*took)
}

// span is a duration as people read it, to the millisecond.
func span(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%dms", d.Round(time.Millisecond).Milliseconds())
	}
	return fmt.Sprintf("%.2fs", d.Seconds())
}

// apiLine says in short what a captive portal API document says.
func apiLine(d *probe.CAPPORT) string {
	parts := []string{"not captive"}
	if d.Captive {
		parts[0] = "captive"
	}
	if !d.Trusted {
		parts = append(parts, "not trusted")
	}
	if d.SecondsRemaining != nil {
		parts = append(parts, fmt.Sprintf("%v left", time.Duration(min(*d.SecondsRemaining, 1e9))*time.Second))
	}
	if d.BytesRemaining != nil {
		parts = append(parts, fmt.Sprintf("%.0f bytes left", *d.BytesRemaining))
	}
	return strings.Join(parts, ", ") + ", by " + d.URL
}
