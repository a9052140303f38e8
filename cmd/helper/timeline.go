package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hotspot-helper/probe"
)

// verdictPrinter prints each verdict with its reason as soon as it is known. With --json
// there is one document at the end.
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

// printEvidence prints what the verdict is based on, or all evidence as JSON.
func (a *app) printEvidence(e probe.Evidence) error {
	e = e.Shown()
	if a.asJSON {
		return a.printJSON(e)
	}
	if e.PortalURL != "" {
		fmt.Fprintf(a.stdout, "portal: %s\n", printable(e.PortalURL))
	}
	if why := e.Unread(); why != "" {
		fmt.Fprintf(a.stdout, "page: not read (%s): %s\n", e.Obstacle(), printable(why))
	}
	if busy := e.BusyText(); busy != "" {
		fmt.Fprintf(a.stdout, "page: %s\n", printable(busy))
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

// printTimeline shows how long each stage of each check took: name resolution,
// connection, TLS, and the wait for the first byte of the answer.
func (a *app) printTimeline(e probe.Evidence) {
	titles := columns("check…", "says", "dns", "connect", "tls", "byte", "after", "answer…")
	families := len(e.Families) > 1
	if families {
		titles = slices.Insert(titles, 1, column{title: "over"})
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
	a.printTable(titles, rows)
}

// stageTime is the duration of a stage, or a dash if it did not end.
func stageTime(took *time.Duration) string {
	if took == nil {
		return "-"
	}
	return span(*took)
}

// span is a duration, to the millisecond.
func span(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%dms", d.Round(time.Millisecond).Milliseconds())
	}
	return fmt.Sprintf("%.2fs", d.Seconds())
}

// apiLine is a captive portal API document in one line.
func apiLine(d *probe.CAPPORT) string {
	parts := []string{"not captive"}
	if d.Captive {
		parts[0] = "captive"
	}
	if !d.Trusted {
		parts = append(parts, "not trusted")
	}
	return strings.Join(append(parts, sessionParts(*d)...), ", ") + ", by " + d.URL
}
