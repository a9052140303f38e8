package main

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestDemo runs the demo with one seed twice at once: the same acts on the same hotspot.
func TestDemo(t *testing.T) {
	t.Parallel()
	var hotspots [2]string
	t.Run("both", func(t *testing.T) {
		for i := range hotspots {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				hotspots[i] = playDemo(t)
			})
		}
	})
	if hotspots[0] != hotspots[1] {
		t.Errorf("one seed, two hotspots:\n%s\n%s", hotspots[0], hotspots[1])
	}
}

// playDemo checks the acts of a demo, and returns the URL that the login was sent to.
func playDemo(t *testing.T) string {
	t.Helper()
	start := time.Now()
	code, stdout, stderr := invoke(t, "demo", "--seed", "7")
	if code != exitOK || stderr != "" {
		t.Fatalf("exit %d, %s\n%s", code, stderr, stdout)
	}
	if took := time.Since(start); took > demoTime {
		t.Errorf("it took %v", took)
	}
	if n := strings.Count(stdout, "\n"); n >= 60 {
		t.Errorf("%d lines, want less than 60:\n%s", n, stdout)
	}
	rest := stdout
	for _, act := range []string{
		"A scan: ", "Cafe Lumen  ", "-41", `Caf\xe9 Z\xfcrich`, "Joining it", " authenticated ", "Which helpers claimed it?", "high        claim 2 (portal_host, css)", "only cafe-lumen claims it", " decline: no rule matches what the portal shows (", "What the portal saw", " granted",
		"The keepalive", " maintaining ", "The session expires", " authenticating ", " authenticated ",
		"Logging off", " logged-off ",
		"a person signs in once", " presenting-ui ", "no helper claims this network", " authenticated ", "Log in here by itself next time?", "What you typed goes to login.cafe.test.", `sends "Card number" and "PIN"`, " yes\n",
		" authenticating ", "only remembered-corner-cafe claims it", " authenticated ", "Everything happened as shown.",
	} {
		_, after, ok := strings.Cut(rest, act)
		if !ok {
			t.Fatalf("no %q in order in\n%s", act, stdout)
		}
		rest = after
	}
	if regexp.MustCompile(`\b` + demoPIN + `\b`).MatchString(stdout) {
		t.Errorf("it prints the PIN:\n%s", stdout)
	}
	if err := unfit(stdout); err != nil {
		t.Error(err)
	}
	hotspot := regexp.MustCompile(`(?m)^A simulated hotspot on 127\.0\.0\.1:\d+, which asks for user name and PIN: seed 7$`)
	granted := regexp.MustCompile(`(?m)^   1 × POST (\S+)  granted$`).FindStringSubmatch(stdout) // its names are random
	if !hotspot.MatchString(stdout) || granted == nil {
		t.Fatalf("no hotspot, or no login, in\n%s", stdout)
	}
	return granted[1]
}
