package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"hotspot-helper/agent"
	"hotspot-helper/claims"
	"hotspot-helper/probe"
)

// printJSON writes one value as indented JSON.
func (a *app) printJSON(value any) error {
	encoder := json.NewEncoder(a.stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	return nil
}

// column is one column of a table. Cells longer than the width are wrapped, or
// cut where cut is set: a table fits 80 columns.
type column struct {
	title string
	width int
	cut   bool
}

// printTable writes rows under a header, without borders.
func (a *app) printTable(columns []column, rows [][]any) {
	t := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatUpper
	if a.colour() {
		style.Color.Header = text.Colors{text.Bold}
	}
	t.SetStyle(style)
	var header table.Row
	var configs []table.ColumnConfig
	for i, c := range columns {
		header = append(header, c.title)
		config := table.ColumnConfig{Number: i + 1, WidthMax: c.width, WidthMaxEnforcer: text.WrapSoft}
		if c.cut {
			config.WidthMaxEnforcer = func(s string, width int) string { return text.Snip(s, width, "…") }
		}
		configs = append(configs, config)
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(configs)
	for _, row := range rows {
		t.AppendRow(row)
	}
	for line := range strings.Lines(t.Render()) {
		fmt.Fprintln(a.stdout, strings.TrimRight(line, " \n"))
	}
}

// paint colours a word where colours are shown.
func (a *app) paint(word string, colour text.Color) string {
	if !a.colour() {
		return word
	}
	return colour.Sprint(word)
}

func (a *app) paintVerdict(v probe.Verdict) string {
	colours := map[probe.Verdict]text.Color{
		probe.VerdictFull: text.FgGreen, probe.VerdictPortal: text.FgYellow,
		probe.VerdictLimited: text.FgRed, probe.VerdictNone: text.FgRed,
	}
	return a.paint(v.String(), colours[v])
}

func (a *app) paintPhase(p agent.Phase) string {
	colours := map[agent.Phase]text.Color{
		agent.Authenticated: text.FgGreen, agent.Failed: text.FgRed, agent.PresentingUI: text.FgYellow,
	}
	return a.paint(p.String(), colours[p])
}

func (a *app) paintConfidence(c claims.Confidence) string {
	if c == claims.None {
		return a.paint(c.String(), text.Faint)
	}
	return a.paint(c.String(), text.FgGreen)
}

// orDash stands in for what there is none of.
func orDash(word string) string {
	if word == "" {
		return "-"
	}
	return word
}

// clock is a time of day as people read it.
func clock(t time.Time) string { return t.Local().Format("15:04:05") }
