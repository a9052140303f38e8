package window

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hotspot-helper/portal/portaltest"
)

// noBus is where no bus listens.
const noBus = "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"

// A person logs in to a portal in the window, which then closes by itself.
func TestWindow(t *testing.T) {
	nw := newNetwork(t, portaltest.Options{Kind: portaltest.KindMikrotikPAP, Seed: 3})
	home, s := t.TempDir(), newScreen(t)
	began := time.Now()
	open := nw.start(t, home, []string{noBus, "DISPLAY=" + s.display}, "open", "--interface", ifname, "-v")
	open.prints("the portal is open in chromium")
	s.focus(nw)
	t.Logf("the portal is shown %v after the command began", time.Since(began).Round(10*time.Millisecond))
	s.shoot("window-portal")
	s.press("Tab")
	s.write("ada")
	s.press("Tab")
	s.write("2718")
	s.shoot("window-filled")
	s.press("Return")
	if code := open.exit(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if nw.hotspot.Captive() {
		t.Error("the portal did not let in")
	}
	nw.leavesNothing(t, home)
	for _, r := range nw.hotspot.Log() {
		if slices.Contains([]string{"accounts.google.com", "update.googleapis.com", "clients2.google.com"}, r.Host) {
			t.Errorf("the browser asks its maker for something: %s %s%s", r.Method, r.Host, r.Path)
		}
	}
}

// The browser shows that a certificate is not trusted, and nothing overrides that.
func TestCertificate(t *testing.T) {
	nw := newNetwork(t, portaltest.Options{Kind: portaltest.KindClick, Seed: 3})
	if !strings.HasPrefix(nw.hotspot.PortalURL(), "https:") {
		t.Fatalf("the portal is at %s: the seed makes another one", nw.hotspot.PortalURL())
	}
	s := newScreen(t)
	open := nw.start(t, t.TempDir(), []string{noBus, "DISPLAY=" + s.display}, "open", "--interface", ifname)
	open.prints("the portal is open in chromium")
	eventually(t, "a warning", func() (bool, string) {
		_, err := s.run("xdotool", "search", "--onlyvisible", "--name", "Privacy error")
		names, _ := s.run("sh", "-c", "for w in $(xdotool search --onlyvisible .); do xdotool getwindowname $w; done")
		return err == nil, names
	})
	s.shoot("window-certificate")
	if nw.shown() {
		t.Error("the browser loads the page")
	}
}

// leavesNothing checks that no profile is left, and that the machine's name server was asked for nothing.
func (nw *network) leavesNothing(t testing.TB, home string) {
	t.Helper()
	if left := nw.profiles(t, home); len(left) > 0 {
		t.Errorf("profiles are left: %v", left)
	}
	if lied := nw.lied(); len(lied) > 0 {
		t.Errorf("the name server of the machine was asked for %q", lied)
	}
}

// profiles returns those of windows that are there.
func (nw *network) profiles(t testing.TB, home string) []os.DirEntry {
	t.Helper()
	all, err := os.ReadDir(filepath.Join(home, "run", "hotspot-helper"))
	if err != nil {
		t.Error(err)
	}
	return all
}

// A window that is closed early changes nothing.
func TestClosedEarly(t *testing.T) {
	nw := newNetwork(t, portaltest.Options{Kind: portaltest.KindMikrotikPAP, Seed: 3})
	home, s := t.TempDir(), newScreen(t)
	open := nw.start(t, home, []string{noBus, "DISPLAY=" + s.display}, "open", "--interface", ifname)
	open.prints("the portal is open in chromium")
	s.focus(nw)
	s.press("ctrl+w")
	if code := open.exit(); code != 7 || !strings.Contains(open.output(), "before the network reached the Internet") {
		t.Errorf("exit %d", code)
	}
	if !nw.hotspot.Captive() {
		t.Error("the portal let in")
	}
	nw.leavesNothing(t, home)
}

// A signal ends the window, too; what a crash leaves is removed by the next one.
func TestEnds(t *testing.T) {
	nw := newNetwork(t, portaltest.Options{Kind: portaltest.KindMikrotikPAP, Seed: 3})
	home, s := t.TempDir(), newScreen(t)
	env := []string{noBus, "DISPLAY=" + s.display}
	open := nw.start(t, home, env, "open", "--interface", ifname)
	open.prints("the portal is open in chromium")
	s.focus(nw)
	_ = open.cmd.Process.Kill()
	<-open.done
	if left, err := os.ReadDir(filepath.Join(home, "run", "hotspot-helper")); err != nil || len(left) != 1 {
		t.Errorf("a crash leaves %v, %v", left, err)
	}
	open = nw.start(t, home, env, "open", "--interface", ifname)
	open.prints("the portal is open in chromium")
	_ = open.cmd.Process.Signal(syscall.SIGTERM)
	if code := open.exit(); code != 7 {
		t.Errorf("exit %d", code)
	}
	nw.leavesNothing(t, home)
}

// An agent on the bus is told what happens in the window, and knows that the link is online before its next look.
func TestWindowWithAgent(t *testing.T) {
	nw := newNetwork(t, portaltest.Options{Kind: portaltest.KindMikrotikPAP, Seed: 3})
	home, s := t.TempDir(), newScreen(t)
	socket := "DBUS_SESSION_BUS_ADDRESS=unix:path=" + bus(t)
	run := nw.start(t, home, []string{socket}, "run", "--interface", ifname, "-v")
	run.prints("to=presenting-ui")
	open := nw.start(t, home, []string{socket, "DISPLAY=" + s.display}, "open")
	open.prints("the portal is open in chromium")
	s.focus(nw)
	s.press("Tab")
	s.write("ada")
	s.press("Tab")
	s.write("2718")
	s.press("Return")
	if code := open.exit(); code != 0 {
		t.Errorf("exit %d", code)
	}
	run.prints("to=authenticated")
	if again := nw.start(t, home, []string{socket, "DISPLAY=" + s.display}, "open"); again.exit() != 0 || !strings.Contains(again.output(), "already") {
		t.Error("a window is opened where none is needed")
	}
	nw.leavesNothing(t, home)
}

// bus starts a session bus, and returns its socket.
func bus(t testing.TB) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "bus")
	cmd := exec.Command("dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path="+socket)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	eventually(t, "a bus", func() (bool, string) {
		_, err := os.Stat(socket)
		return err == nil, fmt.Sprint(err)
	})
	return socket
}
