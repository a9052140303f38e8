package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/agent"
	"hotspot-helper/probe"
)

// The association that a person has to look at is shown, and nothing of a network's name is markup.
func TestBar(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	in := func(d time.Duration) *time.Time { return new(now.Add(d)) }
	online := agent.Association{Interface: "eth0", Phase: agent.Authenticated, Verdict: probe.VerdictFull, Reason: "all agree"}
	for name, test := range map[string]struct {
		status *agent.Status
		want   barText
	}{
		"no agent":  {nil, barText{Alt: "no-agent", Class: barNoAgent, Tooltip: "no agent is running"}},
		"nothing":   {&agent.Status{}, barText{Alt: "inactive", Class: barOffline, Tooltip: "no interface is watched"}},
		"a wire":    {&agent.Status{Associations: []agent.Association{online}}, barText{Text: "eth0", Alt: "authenticated", Class: barOnline, Percentage: 100, Tooltip: "eth0: authenticated\n  all agree"}},
		"unplugged": {&agent.Status{Associations: []agent.Association{{Interface: "eth0"}}}, barText{Alt: "inactive", Class: barOffline, Tooltip: "eth0: inactive"}},
		"a session": {
			&agent.Status{Associations: []agent.Association{{Interface: "wlan0", SSID: "<b>Café & Co</b>", Phase: agent.Maintaining, Helper: "cafe", Expires: in(15 * time.Minute)}}},
			barText{
				Text: "&lt;b&gt;Café &amp; Co&lt;/b&gt;", Alt: "maintaining", Class: barOnline, Percentage: 25,
				Tooltip: "wlan0 &lt;b&gt;Café &amp; Co&lt;/b&gt;: maintaining\n  helper cafe\n  15 min left",
			},
		},
		"a person is needed": {
			&agent.Status{Associations: []agent.Association{online, {
				Interface: "wlan0", SSID: "Cafe", Phase: agent.PresentingUI, Need: &agent.Need{Kind: agent.NeedInput, Helper: "cafe", Input: "pin"}, Expires: in(-time.Minute),
			}}},
			barText{
				Text: "Cafe", Alt: "presenting-ui", Class: barNeedsUser,
				Tooltip: "wlan0 Cafe: presenting-ui\n  0 min left\n  waits for input: helper secret set cafe pin\neth0: authenticated\n  all agree",
			},
		},
		"hostile": {
			&agent.Status{Associations: []agent.Association{{Interface: "wlan0", SSID: evilSSID, Phase: agent.Evaluating, Reason: evil}}},
			barText{
				Text: evilSSID.String(), Alt: "evaluating", Class: barBusy,
				Tooltip: "wlan0 " + evilSSID.String() + ": evaluating\n  " + printable(evil),
			},
		},
	} {
		got := (&app{}).barFor(test.status, now)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if err := unfit(got.Text + "\n" + got.Tooltip); err != nil || strings.Contains(got.Text, "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := timeLeft(agent.Association{Expires: in(3*time.Hour + 5*time.Minute + time.Second)}, now); got != "3 h 5 min left" {
		t.Error(got)
	}
}

// The status is read again when the agent may know more, and not else.
func TestNextRead(t *testing.T) {
	t.Parallel()
	now := time.Now()
	in := func(d time.Duration) *time.Time { return new(now.Add(d)) }
	for _, test := range []struct {
		associations []agent.Association
		want         time.Duration
	}{
		{nil, 0},
		{[]agent.Association{{Phase: agent.Inactive}, {Phase: agent.LoggedOff}}, 0},
		{[]agent.Association{{Phase: agent.Authenticated, NextCheck: in(time.Minute)}}, time.Minute + lookTime},
		{[]agent.Association{{Phase: agent.PresentingUI, NextCheck: in(-time.Minute)}}, busyTime},
		{[]agent.Association{{Phase: agent.Authenticated, NextCheck: in(time.Hour)}, {Phase: agent.Verifying}}, busyTime},
	} {
		if got := nextRead(test.associations, now); got != test.want {
			t.Errorf("%+v: %v, want %v", test.associations, got, test.want)
		}
	}
}
