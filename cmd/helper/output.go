package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"hotspot-helper/agent"
	"hotspot-helper/claims"
	"hotspot-helper/probe"
)

// printJSON writes one value as indented JSON.
func (a *app) printJSON(value any) error { return a.writeJSON(value, "  ") }

// printJSONLine writes one value as JSON in one line.
func (a *app) printJSONLine(value any) error { return a.writeJSON(value, "") }

func (a *app) writeJSON(value any, indent string) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", indent)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("encode JSON: %w", err)
	}
	if _, err := io.WriteString(a.stdout, escaped(text.String())); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	return nil
}

// printList writes values as JSON, or as a table with a row for each. Without values it
// prints the text empty, or a table without rows if that is "".
func printList[T any](a *app, values []T, empty string, columns []column, row func(T) []any) error {
	if a.asJSON {
		return a.printJSON(append([]T{}, values...)) // never null
	}
	if len(values) == 0 && empty != "" {
		fmt.Fprintln(a.stdout, empty)
		return nil
	}
	rows := make([][]any, len(values))
	for i, value := range values {
		rows[i] = row(value)
	}
	a.printTable(columns, rows)
	return nil
}

// column is one column of a table. Cells that are too wide for a terminal are wrapped, or cut.
type column struct {
	title string
	cut   bool
}

// columns makes columns of their titles. Those whose title ends in "…" are cut.
func columns(titles ...string) []column {
	list := make([]column, len(titles))
	for i, title := range titles {
		list[i].title, list[i].cut = strings.CutSuffix(title, "…")
	}
	return list
}

// Tables fit the narrowest usual terminal.
const (
	tableWidth = 80
	columnGap  = 2
)

// printTable writes rows under a header, without borders. Cells may hold foreign text, unless painted.
func (a *app) printTable(columns []column, rows [][]any) {
	t := table.NewWriter()
	t.SetStyle(a.tableStyle())
	header := make(table.Row, len(columns))
	for i, c := range columns {
		header[i] = c.title
	}
	t.AppendHeader(header)
	cells := []table.Row{header}
	for _, row := range rows {
		cells = append(cells, safeCells(row))
		t.AppendRow(cells[len(cells)-1])
	}
	if a.terminal { // a program or a file takes lines of any length
		t.SetColumnConfigs(fitColumns(columns, cells))
	}
	for line := range strings.Lines(t.Render()) {
		fmt.Fprintln(a.stdout, strings.TrimRight(line, " \n"))
	}
}

// fitColumns makes the columns as wide as a terminal has room.
func fitColumns(columns []column, cells []table.Row) (configs []table.ColumnConfig) {
	for i, width := range fit(cells) {
		config := table.ColumnConfig{Number: i + 1, WidthMax: width, WidthMaxEnforcer: wrap}
		if columns[i].cut {
			config.WidthMaxEnforcer = func(s string, width int) string { return text.Snip(s, width, "…") }
		}
		configs = append(configs, config)
	}
	return configs
}

func (a *app) tableStyle() table.Style {
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", strings.Repeat(" ", columnGap)
	style.Format.Header = text.FormatUpper
	if a.colour() {
		style.Color.Header = text.Colors{text.Bold}
	}
	return style
}

// wrap breaks a cell between words. With characters that are two columns wide, WrapSoft
// exceeds the width by one.
func wrap(cell string, width int) string {
	if text.StringWidthWithoutEscSequences(cell) > utf8.RuneCountInString(cell) {
		width--
	}
	return text.WrapSoft(cell, width)
}

func safeCells(row []any) table.Row {
	safe := make(table.Row, len(row))
	for i, cell := range row {
		if word, ok := cell.(painted); ok {
			safe[i] = string(word)
		} else {
			safe[i] = printable(fmt.Sprint(cell))
		}
	}
	return safe
}

// fit gives each column the width of its widest cell, and narrows the widest columns
// until the table fits a terminal.
func fit(rows []table.Row) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], text.StringWidthWithoutEscSequences(fmt.Sprint(cell)))
		}
	}
	total := columnGap * (len(widths) - 1)
	for _, width := range widths {
		total += width
	}
	for ; total > tableWidth; total-- {
		widths[slices.Index(widths, slices.Max(widths))]--
	}
	return widths
}

// painted is a word of this program, possibly with a colour.
type painted string

// paint colours a word if standard output may have colours.
func (a *app) paint(word string, colour text.Color) painted {
	if !a.colour() {
		return painted(word)
	}
	return painted(colour.Sprint(word))
}

func (a *app) paintVerdict(v probe.Verdict) painted {
	colours := map[probe.Verdict]text.Color{
		probe.VerdictFull: text.FgGreen, probe.VerdictPortal: text.FgYellow,
		probe.VerdictLimited: text.FgRed, probe.VerdictNone: text.FgRed,
	}
	return a.paint(v.String(), colours[v])
}

func (a *app) paintPhase(p agent.Phase) painted {
	colours := map[agent.Phase]text.Color{
		agent.Authenticated: text.FgGreen, agent.Failed: text.FgRed, agent.PresentingUI: text.FgYellow, agent.OnRequest: text.FgYellow, agent.Deferred: text.FgYellow,
	}
	return a.paint(p.String(), colours[p])
}

func (a *app) paintConfidence(c claims.Confidence) painted {
	if c == claims.None {
		return a.paint(c.String(), text.Faint)
	}
	return a.paint(c.String(), text.FgGreen)
}

// yesNo is a truth value in a table.
func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// orDash replaces an empty word by a dash.
func orDash(word string) string {
	if word == "" {
		return "-"
	}
	return word
}

// clock is a local time of day.
func clock(t time.Time) string { return t.Local().Format("15:04:05") }
