package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/claims"
	"hotspot-helper/wifi"
)

// seen is what an agent says of a joined network, a wire, and networks in range, some of them hostile.
func seen(now time.Time) agentSeen {
	expires := now.Add(90 * time.Minute)
	named := func(ssid wifi.SSID, label string) annotate.Network {
		return annotate.Network{Network: wifi.Network{SSID: ssid}, Label: label, Helper: "cafe", Confidence: claims.High, Why: "by its name", Last: &annotate.History{Outcome: "needs-user"}}
	}
	return agentSeen{
		status: agent.Status{Associations: []agent.Association{
			{Interface: "eth1", Phase: agent.Inactive},
			{Interface: "eth0", Phase: agent.Authenticated, Reason: evil},
			{Interface: "wlan0", SSID: "Cafe", Phase: agent.PresentingUI, Expires: &expires, Need: &agent.Need{Kind: agent.NeedInput, Helper: "cafe", Input: "pin"}},
		}},
		networks: []annotate.Network{named("Cafe", "Café Lumen"), named(evilSSID, evil), named(wideSSID, wide), named(longSSID, long)},
	}
}

// The joined networks come first; a network is there once; nothing controls the terminal or is wider than it.
func TestNetworkTable(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	a, _ := newPrinter(true, map[string]string{"NO_COLOR": "1"})
	table := newNetworkTable(t.Context(), a)
	if got := table.draw(now); !strings.Contains(got, "asking the agent") {
		t.Error(got)
	}
	table.Update(seen(now))
	got := table.draw(now)
	for _, want := range []string{
		"> eth0                 -               -                authenticated  -\n",
		"  Cafe                 Café Lumen      cafe (high)      presenting-ui  1 h 30 …\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Count(got, "Café Lumen") != 1 || strings.Contains(got, "eth1") {
		t.Errorf("rows:\n%s", got)
	}
	table.press("down")
	table.press("j")
	if table.press("k"); !strings.Contains(table.draw(now), "waits for input: helper secret set cafe pin") {
		t.Errorf("detail:\n%s", table.draw(now))
	}
	for _, size := range []tea.WindowSizeMsg{{Width: 80, Height: 24}, {Width: 200, Height: 50}, {Width: 40, Height: 8}, {Width: 1, Height: 1}, {}} {
		table.Update(size)
		for range 6 {
			table.press("down")
			drawn := table.draw(now)
			if err := errors.Join(unfit(drawn), tooWide(drawn)); err != nil && size.Width <= 80 {
				t.Errorf("%+v: %v", size, err)
			}
			if lines := strings.Count(drawn, "\n") + 1; lines > max(size.Height, 1) {
				t.Errorf("%+v: %d lines", size, lines)
			}
			if size.Height >= 8 && size.Width >= 40 && !strings.Contains("\n"+drawn, "\n> ") {
				t.Errorf("%+v: the selected row is not shown:\n%s", size, drawn)
			}
		}
	}
}

// Keys do what the last line says, and ask of nobody that has no network.
func TestNetworkTableKeys(t *testing.T) {
	t.Parallel()
	a, _ := newPrinter(true, nil)
	table := newNetworkTable(t.Context(), a)
	for _, key := range []string{"l", "o", "p", "f", "up", "down", "x"} {
		if command := table.press(key); command != nil {
			t.Errorf("%s without a row does something", key)
		}
	}
	table.Update(seen(time.Now()))
	for _, key := range []string{"l", "o", "p", "f"} {
		if table.press(key) == nil {
			t.Errorf("%s does nothing", key)
		}
	}
	if asked, ok := table.press("l")().(requestDone); !ok || asked.text == "" || strings.Contains(asked.text, "requested") {
		t.Errorf("without an agent: %+v", asked)
	}
	quiet := seen(time.Now())
	for _, phase := range []agent.Phase{agent.OnRequest, agent.LoggedOff} {
		quiet.status.Associations[1].Phase = phase
		table.Update(quiet)
		if table.press("p") != nil || table.message != "nothing is sent there before you log in: l" {
			t.Errorf("%v: %q", phase, table.message)
		}
	}
	for range 2 {
		table.press("down")
	}
	if table.press("l") != nil || table.message != "join this network first" {
		t.Errorf("a network in range: %q", table.message)
	}
	if table.press("?"); !table.help || !strings.Contains(table.draw(time.Now()), "look again now") {
		t.Error("no help")
	}
	if table.press("?"); table.help {
		t.Error("the help stays")
	}
	if quit := table.press("q"); quit == nil || quit() != tea.Quit() {
		t.Error("q does not quit")
	}
	table.Update(agentAbsent{errors.New("gone\nwith the wind")})
	if got := table.draw(time.Now()); !strings.Contains(got, "gone (and 1 more lines): waiting for an agent") {
		t.Error(got)
	}
}
