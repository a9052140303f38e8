package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
)

// barText is the object that a custom module of waybar reads (waybar-custom(5), return-type json).
type barText struct {
	Text       string `json:"text"`    // markup of Pango; empty hides the module
	Alt        string `json:"alt"`     // phase, or no-agent: for format-icons
	Tooltip    string `json:"tooltip"` // markup of Pango, several lines
	Class      string `json:"class"`   // online, busy, needs-user, offline or no-agent: for style.css
	Percentage int    `json:"percentage"`
}

// The classes of a bar's text.
const (
	barOnline    = "online"
	barBusy      = "busy"
	barNeedsUser = "needs-user"
	barOffline   = "offline"
	barNoAgent   = "no-agent"
)

// barClass is the class of a phase.
func barClass(p agent.Phase) string {
	switch p {
	case agent.PresentingUI, agent.Failed, agent.OnRequest:
		return barNeedsUser
	case agent.Authenticated, agent.Maintaining:
		return barOnline
	case agent.Evaluating, agent.Authenticating, agent.Verifying, agent.LoggingOff, agent.Deferred:
		return barBusy
	default:
		return barOffline
	}
}

// barFor is the text for a status; nil: no agent answers. The association that a person has to look at comes first.
func (a *app) barFor(status *agent.Status, now time.Time) barText {
	if status == nil {
		return barText{Alt: barNoAgent, Class: barNoAgent, Tooltip: "no agent is running"}
	}
	if len(status.Associations) == 0 {
		return barText{Alt: agent.Inactive.String(), Class: barOffline, Tooltip: "no interface is watched"}
	}
	order := []string{barNeedsUser, barBusy, barOnline, barOffline}
	sorted := slices.SortedStableFunc(slices.Values(status.Associations), func(x, y agent.Association) int {
		return cmp.Compare(slices.Index(order, barClass(x.Phase)), slices.Index(order, barClass(y.Phase)))
	})
	var lines []string
	for _, as := range sorted {
		lines = append(lines, a.barLines(as, now)...)
	}
	first := sorted[0]
	text := barText{
		Alt: first.Phase.String(), Class: barClass(first.Phase), Percentage: sessionPercentage(first, now),
		Tooltip: html.EscapeString(strings.Join(lines, "\n")),
	}
	if first.Phase != agent.Inactive {
		text.Text = html.EscapeString(printable(cmp.Or(first.SSID.String(), first.Interface)))
	}
	return text
}

// barLines are the lines of the tooltip about one association.
func (a *app) barLines(as agent.Association, now time.Time) []string {
	head := as.Interface
	if as.SSID != "" {
		head += " " + as.SSID.String()
	}
	lines := []string{fmt.Sprintf("%s: %s", head, as.Phase)}
	add := func(name, value string) {
		if value != "" {
			lines = append(lines, "  "+name+value)
		}
	}
	add("", as.Reason)
	add("helper ", as.Helper)
	add("", timeLeft(as, now))
	if as.Need != nil {
		add("waits for ", string(as.Need.Kind)+a.remedy(as.Need))
	}
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	return lines
}

// timeLeft is how long the session lasts, in words; empty: not known.
func timeLeft(as agent.Association, now time.Time) string {
	if as.Expires == nil {
		return ""
	}
	left := max(as.Expires.Sub(now).Round(time.Minute), 0)
	if left < time.Hour {
		return fmt.Sprintf("%d min left", int(left.Minutes()))
	}
	return fmt.Sprintf("%d h %d min left", int(left.Hours()), int(left.Minutes())%60)
}

// sessionPercentage is 0 for a link that is not online, and else how much of an hour the session lasts at
// least, 100 if its end is not known.
func sessionPercentage(as agent.Association, now time.Time) int {
	switch {
	case barClass(as.Phase) != barOnline:
		return 0
	case as.Expires == nil:
		return 100
	}
	return int(100 * min(max(as.Expires.Sub(now), 0), time.Hour) / time.Hour)
}

// bar prints the text whenever it changes.
type bar struct {
	app   *app
	shown string
}

func (b *bar) show(status *agent.Status, _ error, now time.Time) (again time.Duration, err error) {
	text := b.app.barFor(status, now)
	data, err := json.Marshal(text)
	if err != nil {
		return 0, fmt.Errorf("encode JSON: %w", err)
	}
	if status != nil && slices.ContainsFunc(status.Associations, func(as agent.Association) bool { return as.Expires != nil }) {
		again = time.Minute // the time that is left
	}
	if string(data) == b.shown {
		return again, nil
	}
	b.shown = string(data)
	return again, b.app.printJSONLine(text)
}

// printBar prints the text once. Without an agent there is one, too, since a bar shows no error.
func (a *app) printBar(ctx context.Context) error {
	var shown *agent.Status
	err := a.withStartedAgent(ctx, func(ctx context.Context, c *bus.Client) error {
		status, err := c.Status(ctx)
		shown = &status
		return err
	})
	if err != nil && !errors.Is(err, bus.ErrNoAgent) && !errors.Is(err, bus.ErrNoBus) {
		return err
	}
	if err != nil {
		shown = nil
	}
	return a.printJSONLine(a.barFor(shown, time.Now()))
}
