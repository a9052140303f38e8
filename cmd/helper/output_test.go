package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// Foreign text: hostile, long, and wide.
const (
	evil     = "\x1b]0;owned\a\x1b[2J\rhelper: hint: \x7f\u009b31m\u202eofni\u2066\x00\nnext"
	long     = "a-name-that-is-far-longer-than-anybody-would-like-to-read-in-a-table-of-eighty-columns"
	wide     = "東京タワー無料無線局東京タワー無料無線局東京タワー無料無線局東京タワー無料無線局"
	longSSID = wifi.SSID("a network of thirty-two bytes!!!")
	wideSSID = wifi.SSID("東京タワー無料無線局") // 30 bytes
	evilSSID = wifi.SSID("\x1b]0;owned\a\x1b[2J\r\u009b\u202e\x00\n")
)

// printers print everything that the command prints of foreign text.
func printers(text string, ssid wifi.SSID) map[string]func(*app) error {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	association := agent.Association{
		Interface: "wlx0123456789ab", SSID: ssid, Phase: agent.Authenticating, Since: now, Verdict: probe.VerdictLimited,
		Reason: text, Helper: text, Why: text, Step: text, PortalURL: text, Expires: &now, NextCheck: &now,
		API: &probe.CAPPORT{URL: text, VenueInfoURL: text}, APISource: text,
		Journal: []agent.Transition{{Time: now, From: agent.Inactive, To: agent.PresentingUI, Cause: text}},
	}
	network := annotate.Network{
		Network: wifi.Network{SSID: ssid, BSSs: []wifi.BSS{{Signal: -100, Security: wifi.SecurityEnterprise}}},
		Label:   text, Helper: text, Confidence: claims.Medium, Why: text, Last: &annotate.History{Outcome: "logged-off"},
	}
	claim := func(c claims.Confidence) claims.Claim {
		return claims.Claim{Helper: text, Confidence: c, Label: text, Rule: text, Reason: text}
	}
	evidence := probe.Evidence{
		Verdict: probe.VerdictPortal, Reason: text, Link: probe.Link{Interface: "wlan0"}, PortalURL: text,
		Checks: []probe.Check{{Endpoint: text, Result: probe.CheckPortal, Detail: text, Elapsed: time.Hour + 59*time.Minute + 1234*time.Millisecond}},
	}
	return map[string]func(*app) error{
		"associations": func(a *app) error { a.printAssociations([]agent.Association{association}); return nil },
		"status":       func(a *app) error { return a.printStatus(agent.Status{Associations: []agent.Association{association}}) },
		"watched":      func(a *app) error { fmt.Fprintln(a.stdout, a.watchedLine(watched(association))); return nil },
		"networks":     func(a *app) error { return a.printNetworks([]annotate.Network{network}) },
		"claims": func(a *app) error {
			return a.printClaims(claimReport{SSID: ssid, Why: text, Claims: []claims.Claim{claim(claims.High), claim(claims.None)}}, false)
		},
		"all claims": func(a *app) error {
			return a.printClaims(claimReport{SSID: ssid, Why: text, Claims: []claims.Claim{claim(claims.High), claim(claims.None)}}, true)
		},
		"evidence": func(a *app) error {
			a.verdictPrinter()(evidence)
			return a.printEvidence(evidence)
		},
		"helpers": func(a *app) error {
			p, err := packOf(text)
			if err != nil {
				return err
			}
			return a.printHelpers(plugins.NewRegistry([]plugins.Entry{{Helper: p}}))
		},
		"lint": func(a *app) error {
			return a.printLint([]lintResult{{Directory: "d", Mistakes: []string{text}}})
		},
		"error": func(a *app) error {
			a.report(&failure{code: exitError, err: errors.New(text), hint: text})
			return nil
		},
		"login": func(a *app) error { a.report(a.exitOfLogin(association, time.Time{})); return nil },
		"transition": func(a *app) error {
			a.progress(association.Journal[0], "")
			return nil
		},
	}
}

// packOf is a pack with the text in every field, although such a pack could not be loaded.
func packOf(text string) (*pack.Pack, error) {
	p, err := pack.Load(fstest.MapFS{
		"mall/pack.toml": {Data: []byte(`
			format = 1
			name = "mall"
			version = "1.0.0"
			label = "Mall"
			[[claim]]
			confidence = "low"
			ssid = ["Mall"]`)},
		"mall/authenticate.toml": {Data: []byte(`
			format = 1
			hosts = ["login.mall.test"]
			[[step]]
			id = "landing"
			open = "{{.probe.url}}"`)},
	}, "mall", text)
	if err == nil {
		p.Label, p.Description = text, text
	}
	return p, err
}

// newPrinter is an app that writes output and errors to one buffer.
func newPrinter(terminal bool, environment map[string]string) (*app, *bytes.Buffer) {
	var out bytes.Buffer
	return &app{env: env{
		stdout: &out, stderr: &out, terminal: terminal,
		getenv: func(name string) string { return environment[name] },
	}}, &out
}

func TestHostileOutput(t *testing.T) {
	for name, print := range printers(evil, evilSSID) {
		for _, asJSON := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, JSON %v", name, asJSON), func(t *testing.T) {
				a, out := newPrinter(false, nil)
				a.asJSON = asJSON
				if err := print(a); err != nil {
					t.Fatal(err)
				}
				if err := unfit(out.String()); err != nil {
					t.Error(err)
				}
				if strings.HasPrefix(out.String(), "{") && !json.Valid(out.Bytes()) {
					t.Errorf("it is no JSON: %s", out)
				}
			})
		}
	}
}

func TestOutputWidth(t *testing.T) {
	tables := []string{"associations", "networks", "claims", "evidence", "helpers"}
	for _, test := range []struct {
		name string
		text string
		ssid wifi.SSID
	}{
		{"long", long, longSSID},
		{"wide", wide, wideSSID},
		{"bytes", long, "\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe"},
	} {
		print := printers(test.text, test.ssid)
		for _, name := range tables {
			t.Run(test.name+" "+name, func(t *testing.T) {
				a, out := newPrinter(true, map[string]string{"NO_COLOR": "1"})
				if err := print[name](a); err != nil {
					t.Fatal(err)
				}
				// Only the table must fit: the text around it is not cut, so that it can be copied.
				var table []string
				for line := range strings.Lines(out.String()) {
					if !strings.Contains(line, test.text) {
						table = append(table, line)
					}
				}
				if len(table) < 2 {
					t.Fatalf("there is no table: %s", out)
				}
				if err := tooWide(strings.Join(table, "")); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestTableKeepsWords checks that short cells are not wrapped beside long ones.
func TestTableKeepsWords(t *testing.T) {
	a, out := newPrinter(true, map[string]string{"NO_COLOR": "1"})
	print := printers(long, longSSID)
	if err := print["networks"](a); err != nil {
		t.Fatal(err)
	}
	a.printAssociations([]agent.Association{{Interface: "wlan0", SSID: longSSID, Phase: agent.Authenticated, Helper: "opennds"}})
	for _, want := range []string{"CONFIDENCE", "enterprise", "medium", "logged-off", "-100", "authenticated", "opennds"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestColour(t *testing.T) {
	for _, test := range []struct {
		name        string
		terminal    bool
		environment map[string]string
		want        bool
	}{
		{"file", false, nil, false},
		{"terminal", true, nil, true},
		{"terminal without colour", true, map[string]string{"NO_COLOR": "1"}, false},
		{"empty NO_COLOR", true, map[string]string{"NO_COLOR": ""}, true},
	} {
		for _, name := range []string{"associations", "networks", "claims", "evidence"} {
			t.Run(test.name+" "+name, func(t *testing.T) {
				a, out := newPrinter(test.terminal, test.environment)
				if err := printers("x", "Cafe")[name](a); err != nil {
					t.Fatal(err)
				}
				if got := strings.Contains(out.String(), "\x1b["); got != test.want {
					t.Errorf("colour is %v, want %v: %q", got, test.want, out)
				}
			})
		}
	}
}

// TestColouredTableIsAligned checks that escape sequences have no width.
func TestColouredTableIsAligned(t *testing.T) {
	plain, out := newPrinter(true, map[string]string{"NO_COLOR": "1"})
	coloured, colouredOut := newPrinter(true, nil)
	for _, a := range []*app{plain, coloured} {
		if err := printers(long, longSSID)["networks"](a); err != nil {
			t.Fatal(err)
		}
	}
	strip := strings.NewReplacer("\x1b[1m", "", "\x1b[32m", "", "\x1b[0m", "")
	var got strings.Builder
	for line := range strings.Lines(strip.Replace(colouredOut.String())) {
		got.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	if diff := cmp.Diff(out.String(), got.String()); diff != "" {
		t.Error(diff)
	}
}

// brokenWriter is a closed standard output.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestBrokenOutput(t *testing.T) {
	a := &app{env: env{stdout: brokenWriter{}}}
	if err := a.printJSON("x"); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error is %v", err)
	}
	if err := a.printJSON(func() {}); err == nil {
		t.Error("a function is no JSON")
	}
}

// TestTableWhole checks that a table for a program is neither cut nor wrapped.
func TestTableWhole(t *testing.T) {
	a, out := newPrinter(false, nil)
	print := printers(long, longSSID)
	for _, name := range []string{"associations", "networks", "helpers", "claims"} {
		out.Reset()
		if err := print[name](a); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), long) || strings.Contains(out.String(), "…") {
			t.Errorf("%s: it is cut:\n%s", name, out)
		}
	}
}

// Of those that decline there is one line, whatever they say.
func TestDeclinedLine(t *testing.T) {
	t.Parallel()
	for want, counts := range map[string]map[string]int{
		"1 decline: no reason (1)":                                  {"": 1},
		"5 decline: b (3); a (1); c (1)":                            {"a": 1, "b": 3, "c": 1},
		"7 decline: a (2); b (1); c (1); d (1); and 2 more reasons": {"a": 2, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1},
		"4 decline: a (1); b (1); c (1); d (1)":                     {"a": 1, "b": 1, "c": 1, "d": 1},
	} {
		if got := declinedLine(counts); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
