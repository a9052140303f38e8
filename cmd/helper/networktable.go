package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/jedib0t/go-pretty/v6/text"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/wifi"
)

// networkTable is the live table of networks.
type networkTable struct {
	ctx           context.Context // of the command
	app           *app
	rows          []tableRow
	at            string // key of the selected row
	width, height int
	began         bool  // an agent has answered
	absent        error // why none answers; nil: one does
	message       string
	help          bool
}

// tableRow is one network: one that an interface has joined, or one in range.
type tableRow struct {
	iface   string // empty: no interface has joined it
	network string // printable
	label   string
	claims  string // helper, with how sure it is
	phase   agent.Phase
	state   string
	expires *time.Time
	detail  string // more about it
}

// key tells rows apart.
func (r tableRow) key() string { return r.iface + "\x00" + r.network }

func newNetworkTable(ctx context.Context, a *app) *networkTable {
	return &networkTable{ctx: ctx, app: a, width: tableWidth, height: 24}
}

// tableRows are the joined networks, and then those in range.
func (a *app) tableRows(status agent.Status, networks []annotate.Network) []tableRow {
	var rows []tableRow
	joined := map[wifi.SSID]bool{}
	for _, as := range status.Associations {
		if as.Phase != agent.Inactive {
			rows = append(rows, a.joinedRow(as, networks))
			joined[as.SSID] = true
		}
	}
	for _, n := range networks {
		if joined[n.SSID] {
			continue
		}
		row := tableRow{network: n.SSID.String(), label: n.Label, claims: claimOf(n), state: "-", detail: n.Why}
		if n.Last != nil {
			row.state = "was " + n.Last.Outcome
		}
		rows = append(rows, row)
	}
	return rows
}

// joinedRow is the row of a joined network, with what is known of it from the last scan.
func (a *app) joinedRow(as agent.Association, networks []annotate.Network) tableRow {
	row := tableRow{
		iface: as.Interface, network: cmp.Or(as.SSID.String(), as.Interface), claims: as.Helper,
		phase: as.Phase, state: as.Phase.String(), expires: as.Expires, detail: as.Reason,
	}
	for _, n := range networks {
		if as.SSID != "" && n.SSID == as.SSID {
			row.label, row.claims = n.Label, cmp.Or(as.Helper, claimOf(n))
		}
	}
	if as.Need != nil {
		row.detail = "waits for " + string(as.Need.Kind) + a.remedy(as.Need)
	}
	return row
}

// claimOf is the helper that claims a network, with its confidence.
func claimOf(n annotate.Network) string {
	if n.Helper == "" {
		return ""
	}
	return fmt.Sprintf("%s (%v)", n.Helper, n.Confidence)
}

// show takes new rows. The selection stays with its network.
func (t *networkTable) show(rows []tableRow) {
	t.rows = rows
	if len(rows) > 0 && t.index() < 0 {
		t.at = rows[0].key()
	}
}

// index is that of the selected row; -1: there is none.
func (t *networkTable) index() int {
	return slices.IndexFunc(t.rows, func(r tableRow) bool { return r.key() == t.at })
}

func (t *networkTable) selected() tableRow {
	if i := t.index(); i >= 0 {
		return t.rows[i]
	}
	return tableRow{}
}

// move selects another row.
func (t *networkTable) move(by int) {
	if i := t.index() + by; i >= 0 && i < len(t.rows) {
		t.at = t.rows[i].key()
	}
}

// The lines around the rows: the head; a blank one, detail, message and keys.
const tableFrame = 5

// keysLine is the last line.
const keysLine = "l log in  o open window  p look again  f log off  ? help  q quit"

// helpText explains the table.
const helpText = `The networks that an interface has joined come first, then those in range. LABEL and CLAIMED BY are
what the best claim says. LEFT is how long the session lasts, if that is known.

  up, down, k, j   choose a network
  l                log in now, or probe again where it is online
  o                open a window in which the portal always works (helper open)
  p                look again now what the network reaches
  f                log off, until the next login or another network
  ?                this help; any key ends it
  q, Ctrl+C        quit`

// View draws the table, never wider nor higher than the terminal.
func (t *networkTable) View() tea.View {
	view := tea.NewView(t.draw(time.Now()))
	view.AltScreen = true
	return view
}

func (t *networkTable) draw(now time.Time) string {
	var lines []string
	switch {
	case t.help:
		lines = append(strings.Split(helpText, "\n"), "")
	case t.absent != nil:
		lines = []string{printable(firstLine(t.absent)) + ": waiting for an agent", ""}
	case !t.began:
		lines = []string{"asking the agent", ""}
	case len(t.rows) == 0:
		lines = []string{"no interface has joined a network, and none is in range", ""}
	default:
		lines = t.drawRows(now)
	}
	if !t.help {
		lines = append(lines, t.line(t.selected().detail), t.line(t.message), keysLine)
	}
	for i, line := range lines {
		lines[i] = text.Snip(line, max(t.width, 1), "…")
	}
	return strings.Join(lines[:min(len(lines), max(t.height, 1))], "\n")
}

// line is foreign text in one line.
func (t *networkTable) line(foreign string) string { return printable(foreign) }

// drawRows draws the head and as many rows as fit, with the selected one among them.
func (t *networkTable) drawRows(now time.Time) []string {
	room := max(t.height-tableFrame, 1)
	first := min(max(t.index()-room/2, 0), max(len(t.rows)-room, 0))
	widths := tableColumns(t.width)
	lines := []string{"  " + cells(widths, "NETWORK", "LABEL", "CLAIMED BY", "STATE", "LEFT")}
	for i, row := range t.rows[first:min(first+room, len(t.rows))] {
		mark := "  "
		if first+i == t.index() {
			mark = "> "
		}
		left := timeLeft(agent.Association{Expires: row.expires}, now)
		line := cells(widths, row.network, orDash(row.label), orDash(row.claims), row.state, orDash(strings.TrimSuffix(left, " left")))
		if row.iface != "" && t.app.colour() {
			line = string(t.app.paint(line, rowColour(row.phase)))
		}
		lines = append(lines, mark+line)
	}
	return append(lines, "")
}

// rowColour is the colour of a joined network.
func rowColour(p agent.Phase) text.Color {
	switch barClass(p) {
	case barOnline:
		return text.FgGreen
	case barNeedsUser:
		return text.FgYellow
	default:
		return text.Bold
	}
}

// tableColumns are the widths of the columns. What a terminal has beyond 80 columns, or less, is that of names and labels.
func tableColumns(width int) []int {
	more := (width - tableWidth) / 3
	const least = 4
	return []int{max(20+more, least), max(15+more, least), max(16+more, least), 14, 8}
}

// cells are texts, which may be foreign, in columns.
func cells(widths []int, texts ...string) string {
	var line strings.Builder
	for i, content := range texts {
		if i > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(text.Pad(text.Snip(printable(content), widths[i], "…"), widths[i], ' '))
	}
	return strings.TrimRight(line.String(), " ")
}
