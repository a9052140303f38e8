package live_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/internal/confine/confinetest"
	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/plugins/live"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// tried loads a helper as the tools of its author do.
func tried(t *testing.T, code, registration string) (*live.Helper, error) {
	t.Helper()
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	confinetest.Needs(t)
	dir := t.TempDir()
	write(t, dir, "odd", code, registration)
	helper, err := live.LoadFile(t.Context(), filepath.Join(dir, "odd.toml"), nil)
	if err == nil {
		helper.Patience(time.Minute)
	}
	return helper, err
}

// TestUnknownMembers warns the author of members that nobody reads.
func TestUnknownMembers(t *testing.T) {
	helper, err := tried(t, `
description["colour"], description["inputs"][0]["hidden"] = "red", True
def claim(p): return {"claims": [{"confidence": "high", "why": "x"}]}
def authenticate(p):
    exchange(uri="/", url="/", headers={"X-Any": "x"}, json={"a": 1})
    return result("submitted", expires_in=5, session={"any": "x"})
`, anywhere)
	if err != nil {
		t.Fatal(err)
	}
	helper.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "x"}, nil))
	meet(t, helper, hotspot(t, portaltest.KindSrun, 1)).run(t, helper.Authenticate, flow.Submitted)
	var members []string
	for _, warning := range helper.Warnings() {
		if before, _, isMember := strings.Cut(warning, ", which is not known"); isMember {
			members = append(members, strings.Replace(before, ": it has a member", "", 1))
		}
	}
	want := []string{`Claim "claims.why"`, `Describe "colour"`, `Describe "inputs.hidden"`, `Exchange "uri"`, `authenticate "result.expires_in"`}
	if !slices.Equal(members, want) {
		t.Errorf("warns of %q, want %q", members, want)
	}
}

// TestOverclaims warns of a confidence that does not count.
func TestOverclaims(t *testing.T) {
	helper, err := tried(t, "", "[[network]]\nconfidence = \"high\"\nssid = [\"Campus\"]\n")
	if err != nil || !slices.ContainsFunc(helper.Warnings(), func(w string) bool { return strings.Contains(w, "network 1: confidence \"high\" without evidence") }) {
		t.Errorf("%v", err)
	}
}

// TestNotExecutable says why a program does not run.
func TestNotExecutable(t *testing.T) {
	for begin, want := range map[string]string{
		"import json":                 "neither a program nor a script, whose first line is #!",
		"":                            "neither a program nor a script, whose first line is #!",
		"#!python3":                   `names the interpreter "python3": want a whole path`,
		"#! /usr/bin/python33":        `names the interpreter "/usr/bin/python33": no such file or directory`,
		"#!/usr/bin/python3\r":        `names the interpreter "/usr/bin/python3\r": no such file`,
		"#!/etc/hostname":             `names the interpreter "/etc/hostname": a helper may execute only`,
		"#!/usr/bin/python3 -E  -s\n": "it ended with exit code 2: Unknown option", // before it read the call, or after
	} {
		dir := t.TempDir()
		registration := filepath.Join(dir, "odd.toml")
		if err := os.WriteFile(filepath.Join(dir, "odd"), []byte(begin), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(registration, []byte("api = 1\nexec = \"odd\"\n"+anywhere), 0o600); err != nil {
			t.Fatal(err)
		}
		confinetest.Needs(t)
		if _, err := live.LoadFile(t.Context(), registration, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", begin, err, want)
		}
	}
}

// TestFailedExchanges logs exchanges that fail, without what URLs carry.
func TestFailedExchanges(t *testing.T) {
	helper, err := tried(t, `
def authenticate(p):
    exchange(url="http://elsewhere.test/a?key=value", step="evil")
    exchange(url="/x?p=" + p["inputs"]["password"])
    exchange(url="/", method="PUT")
    return result("submitted")
`, anywhere)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var logged bytes.Buffer
	helper.LogTo(slog.New(slog.NewTextHandler(locked{&mu, &logged}, nil)))
	c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
	c.consent = consent.Given{}
	_, err = helper.Authenticate(t.Context(), c.job())
	mu.Lock()
	defer mu.Unlock()
	text := logged.String()
	for _, want := range []string{"step=evil", "http://elsewhere.test/a?", "talk to host", "send secret", "method: want GET or POST"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if strings.Contains(text, "value") || strings.Contains(text, password) {
		t.Errorf("shows what a URL carries: %s, %v", text, err)
	}
}

// TestUnknownInput names the input that a helper wants and does not describe.
func TestUnknownInput(t *testing.T) {
	helper := odd(t, "def authenticate(p): return result('needs-user', missing='pin')")
	if result := meet(t, helper, hotspot(t, portaltest.KindSrun, 1)).run(t, helper.Authenticate, flow.NeedsUser); !strings.Contains(result.Reason, `an input "pin", which it does not describe`) {
		t.Errorf("%+v", result)
	}
}
