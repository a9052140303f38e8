package window

import (
	"io"
	"strings"
	"testing"

	"hotspot-helper/portal/portaltest"
)

// What a person did in the window is repeated by the agent, if the person says so.
func TestRememberedLogin(t *testing.T) {
	nw := newNetwork(t, portaltest.Options{Kind: portaltest.KindUspot, Seed: 3})
	home, s := t.TempDir(), newScreen(t)
	socket := "DBUS_SESSION_BUS_ADDRESS=unix:path=" + bus(t)
	run := nw.start(t, home, []string{socket}, "run", "--interface", ifname, "-v")
	run.prints("to=presenting-ui")
	answers, answer := io.Pipe()
	defer answer.Close()
	open := nw.startAtTerminal(t, home, []string{socket, "DISPLAY=" + s.display}, answers, "open")
	open.prints("the portal is open in chromium")
	s.focus(nw)
	s.press("Tab", "space", "Tab", "Return")
	open.prints("Log in here by itself next time?")
	open.prints("Remember it? [y/N]")
	if _, err := io.WriteString(answer, "y\n"); err != nil {
		t.Fatal(err)
	}
	_ = answer.Close()
	if code := open.exit(); code != 0 || !strings.Contains(open.output(), "is remembered for") {
		t.Errorf("exit %d", code)
	}
	nw.leavesNothing(t, home)
	run.prints("to=authenticated")
	run.prints("pack added")
	nw.hotspot.Deauth()
	again := nw.start(t, home, []string{socket}, "login")
	if code := again.exit(); code != 0 || nw.hotspot.Captive() {
		t.Errorf("the agent logs in with exit code %d", code)
	}
}
