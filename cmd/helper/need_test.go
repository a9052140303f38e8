package main

import (
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/wifi"
)

// A cause says what to type, or nothing if no command helps.
func TestCauseText(t *testing.T) {
	for want, need := range map[string]*agent.Need{
		"why": nil,
		"why: helper consent terms h always --network 'Cafe'":                                         {Kind: agent.NeedTerms},
		"why; to allow it: helper consent terms h always --network 'Cafe'":                            {Kind: agent.NeedTerms, TermsDenied: true},
		"why; to have it sent anyway: helper consent cleartext h --network 'Cafe'":                    {Kind: agent.NeedCleartext},
		"why; 'helper status' shows both; to have it sent anyway: helper login --accept-changed 0123": {Kind: agent.NeedChanged, Accept: "0123"},
		"why; enter the code at http://p.test/":                                                       {Kind: agent.NeedCode, URL: "http://p.test/"},
		"why: helper secret set h pin":                                                                {Kind: agent.NeedInput, Input: "pin"},
		"why: unlock it in the desktop, then 'helper login'":                                          {Kind: agent.NeedSecretStore, Locked: true},
	} {
		if need != nil {
			need.Helper, need.Network = "h", "Cafe"
		}
		if got := (&app{}).causeText(agent.Transition{Cause: "why", Need: need}); got != want {
			t.Errorf("%+v: %q, want %q", need, got, want)
		}
	}
	for _, kind := range []agent.NeedKind{agent.NeedPage, agent.NeedSecretStore, "of a newer agent"} {
		if got := (&app{}).causeText(agent.Transition{Cause: "why", Need: &agent.Need{Kind: kind, Helper: "h"}}); got != "why" {
			t.Errorf("%s: %q", kind, got)
		}
	}
}

// A pack that is tried is known by its directory alone.
func TestCauseTextOfTrial(t *testing.T) {
	a := &app{trial: &tried{"h", triedDir("h/"), map[string]bool{"pin": true}}}
	for want, need := range map[string]agent.Need{
		"why: give it with --secret pin, or 'helper secret set ./h pin'":        {Kind: agent.NeedInput, Input: "pin"},
		"why: give it with --input user=VALUE, or 'helper secret set ./h user'": {Kind: agent.NeedInput, Input: "user"},
		"why: helper consent terms ./h always --network 'Cafe'":                 {Kind: agent.NeedTerms},
	} {
		need.Helper, need.Network = "h", "Cafe"
		if got := a.causeText(agent.Transition{Cause: "why", Need: &need}); got != want {
			t.Errorf("%+v: %q, want %q", need, got, want)
		}
	}
	for dir, want := range map[string]string{"/a/h": "/a/h", ".": "./.", "a b": "'./a b'", "../h": "../h"} {
		if got := triedDir(dir); got != want {
			t.Errorf("%s: %s, want %s", dir, got, want)
		}
	}
}

// A logoff succeeds only if the probe saw the portal, and says else what went wrong.
func TestExitOfLogoff(t *testing.T) {
	for result, want := range map[agent.LogoffResult]string{
		agent.LogoffDone:        "",
		agent.LogoffNoFlow:      "no way to log off here: why",
		agent.LogoffNoHelper:    "no helper is known to have logged in",
		agent.LogoffFailed:      "log off: why",
		agent.LogoffBusy:        "the portal is busy: why",
		agent.LogoffStillOnline: "still online: why",
		agent.LogoffUnverified:  "log off: why",
		"":                      "log off: why",
	} {
		a, _ := newPrinter(false, nil)
		as := agent.Association{Phase: agent.LoggedOff, Journal: []agent.Transition{{From: agent.LoggingOff, To: agent.LoggedOff, Cause: "why", Logoff: result}}}
		err := a.exitOfLogoff(as)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || a.report(err) != exitError) {
			t.Errorf("%q: %v", result, err)
		}
	}
}

// The exit code of a login tells a refusal, a person who is needed, and all else apart.
func TestExitOfLogin(t *testing.T) {
	asked := time.Now()
	broken := []agent.Transition{{From: agent.Verifying, To: agent.Evaluating, CauseKind: agent.CauseVerdict, Cause: "broke off", Time: asked.Add(time.Second)}}
	for _, test := range []struct {
		name string
		as   agent.Association
		want int
	}{
		{"online", agent.Association{Phase: agent.Authenticated}, exitOK},
		{"refused", agent.Association{Phase: agent.Failed}, exitDenied},
		{"an input is missing", agent.Association{Phase: agent.PresentingUI, Helper: "h", Need: &agent.Need{Kind: agent.NeedInput}}, exitNeedUser},
		{"a code is wanted", agent.Association{Phase: agent.PresentingUI, Helper: "h", Need: &agent.Need{Kind: agent.NeedCode}}, exitNeedUser},
		{"the service does not answer", agent.Association{Phase: agent.Deferred, Helper: "h", Need: &agent.Need{Kind: agent.NeedUnreachable, Until: asked}}, exitError},
		{"certificate", agent.Association{Phase: agent.PresentingUI, Helper: "h", Need: &agent.Need{Kind: agent.NeedCertificate}}, exitNeedUser},
		{"certificate of the page", agent.Association{Phase: agent.PresentingUI, Need: &agent.Need{Kind: agent.NeedCertificate}}, exitNeedUser},
		{"turned off", agent.Association{Phase: agent.PresentingUI, LoginOff: true}, exitNobody},
		{"nobody", agent.Association{Phase: agent.PresentingUI}, exitNobody},
		{"a limit that passes", agent.Association{Phase: agent.Deferred, Helper: "h", Need: &agent.Need{Kind: agent.NeedLimit, Until: asked}}, exitError},
		{"broke off", agent.Association{Phase: agent.Evaluating, Journal: broken}, exitError},
		{"broke off, the next login has begun", agent.Association{Phase: agent.Authenticating, Journal: broken}, exitError},
		{"lost", agent.Association{Phase: agent.Inactive}, exitError},
	} {
		a, _ := newPrinter(false, nil)
		a.stderr = io.Discard
		if got := a.report(a.exitOfLogin(test.as, asked)); got != test.want {
			t.Errorf("%s: exit %d, want %d", test.name, got, test.want)
		}
	}
	if brokenLogin(agent.Association{Journal: broken}, asked.Add(time.Minute)) != nil {
		t.Error("a login of before the request counts")
	}
}

// The name of any network is one word of the command.
func TestCommandsAreSafeToType(t *testing.T) {
	for _, ssid := range []wifi.SSID{"", "Cafe Lumen", "-x", "a'b", `a\b`, "$(id)`id`", "a\n; id", "';id;'", "\xff\x1b[31m", `"`} {
		for _, system := range []bool{false, true} {
			a := &app{system: system}
			for command, want := range map[string]string{
				a.termsCommand("opennds", ssid):      "consent terms opennds always --network <" + ssid.String() + ">",
				a.cleartextCommand("mikrotik", ssid): "consent cleartext mikrotik --network <" + ssid.String() + ">",
			} {
				// The shell shows the words that the program would get.
				script := `helper() { while [ $# -gt 1 ]; do printf '%s ' "$1"; shift; done; printf '<%s>' "$1"; }; ` + command
				out, err := exec.CommandContext(t.Context(), "sh", "-c", script).CombinedOutput()
				if system {
					want = "--system " + want
				}
				if err != nil || string(out) != want {
					t.Errorf("%q: the words are %q, %v; want %q", command, out, err, want)
				}
			}
		}
	}
}
