package notify_test

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/notify"
)

// program finds a program that a test needs, or skips the test.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case slices.Contains(strings.Split(os.Getenv("HELPER_REQUIRE"), ","), "dunst"):
		t.Fatalf("required by HELPER_REQUIRE: find %s: %v", name, err)
	}
	t.Skipf("find %s: %v", name, err)
	return ""
}

// start starts a program until the end of the test.
func start(t *testing.T, command *exec.Cmd) {
	t.Helper()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
}

// display starts an X server, and returns its name.
func display(t *testing.T) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	server := exec.CommandContext(t.Context(), program(t, "Xvfb"), "-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{write}
	start(t, server)
	_ = write.Close()
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("start Xvfb: %v", err)
	}
	return ":" + strings.TrimSpace(number)
}

// A real notification service shows, replaces and withdraws, passes actions on, and is ended and started again.
func TestDunst(t *testing.T) {
	dunst := program(t, "dunst")
	d := newDesktop(t)
	screen := display(t)
	run := func() *exec.Cmd {
		command := exec.CommandContext(t.Context(), dunst, "-config", "/dev/null")
		command.Env = append(os.Environ(), "DISPLAY="+screen, "DBUS_SESSION_BUS_ADDRESS="+d.bus.Address)
		command.Stderr = t.Output()
		start(t, command)
		return command
	}
	first := run()
	conn, err := dbus.Connect(d.bus.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	service := conn.Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications")
	displayed := func(want uint32) {
		t.Helper()
		var got dbus.Variant
		for late := time.Now().Add(10 * time.Second); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
			if got, err = service.GetProperty("org.dunstproject.cmd0.displayedLength"); err == nil && got.Value() == want {
				return
			}
		}
		t.Fatalf("%v notifications are shown, want %d: %v", got, want, err)
	}
	d.client.Show(one("Sign in to <b>Cafe</b>"))
	displayed(1)
	d.client.Show(one("Cafe refused\x1b[2J\nthe login"))
	displayed(1)
	d.client.Show(nil)
	displayed(0)
	d.client.Show(one("Sign in"))
	displayed(1)
	if err := service.Call("org.dunstproject.cmd0.NotificationAction", 0, uint32(0)).Err; err != nil {
		t.Fatal(err)
	}
	if c := d.choice(); c.Name != "cafe" || c.Action != "open" {
		t.Errorf("chosen: %+v", c)
	}
	displayed(0)
	d.client.Show(map[string]notify.Notification{"bar": {Summary: strings.Repeat("\u202e<&>", 1<<20), Body: []string{strings.Repeat("é", 1<<20)}, Stays: true}})
	displayed(1)
	_ = first.Process.Kill()
	_ = first.Wait()
	for isOwned := true; isOwned; { // the bus notices soon; until then, another one ends at once
		if err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.Notifications").Store(&isOwned); err != nil {
			t.Fatal(err)
		}
	}
	run()
	displayed(1)
	d.stop()
	displayed(0)
}
