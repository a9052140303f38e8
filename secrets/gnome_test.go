package secrets_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/secrets"
)

// startGnome runs a real gnome-keyring-daemon whose keyring a password has unlocked.
func startGnome(t *testing.T, address string) {
	t.Helper()
	program, err := exec.LookPath("gnome-keyring-daemon")
	switch required := strings.Split(os.Getenv("HELPER_REQUIRE"), ","); {
	case err != nil && slices.Contains(required, "gnome-keyring"):
		t.Fatalf("required by HELPER_REQUIRE: find gnome-keyring-daemon: %v", err)
	case err != nil:
		t.Skipf("find gnome-keyring-daemon: %v", err)
	}
	home := t.TempDir()
	daemon := exec.CommandContext(t.Context(), program, "--foreground", "--components=secrets", "--unlock", "--control-directory="+home)
	daemon.Env = []string{"HOME=" + home, "XDG_RUNTIME_DIR=" + home, "DBUS_SESSION_BUS_ADDRESS=" + address}
	daemon.Stdin = strings.NewReader("a password")
	var complaints strings.Builder
	daemon.Stderr = &complaints
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait() // it was killed
		if t.Failed() {
			t.Logf("gnome-keyring-daemon says: %s", &complaints)
		}
	})
}

// connect waits until the keyring is on the bus with a default collection.
func connect(t *testing.T, address string) dbus.BusObject {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	service := conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets")
	var place dbus.ObjectPath
	for deadline := time.Now().Add(20 * time.Second); place == "" || place == "/"; time.Sleep(10 * time.Millisecond) {
		err := service.Call("org.freedesktop.Secret.Service.ReadAlias", 0, "default").Store(&place)
		if time.Now().After(deadline) {
			t.Fatalf("gnome-keyring-daemon has no default keyring: %v", err)
		}
	}
	return service
}

// The simulated keyring may be wrong: this is GNOME's.
func TestGnomeKeyring(t *testing.T) {
	address := newBus(t)
	startGnome(t, address)
	service := connect(t, address)
	s := newStore(t, address)
	for _, value := range []string{word, "Grüße\n\"\\"} {
		if place := set(t, s, "cafe", "pin", value, false); place != secrets.InKeyring {
			t.Errorf("stored in %s", place)
		}
		want(t, s, "cafe", "pin", value, nil)
	}
	set(t, s, "cafe", "card", "4711", false)

	// A locked keyring prompts no one, and nothing waits.
	var done []dbus.ObjectPath
	var prompt dbus.ObjectPath
	all := []dbus.ObjectPath{"/org/freedesktop/secrets/collection/login"}
	if err := service.Call("org.freedesktop.Secret.Service.Lock", 0, all).Store(&done, &prompt); err != nil || len(done) != 1 {
		t.Fatalf("lock: %v, %v", done, err)
	}
	want(t, s, "cafe", "pin", "", secrets.ErrLocked)

	// No desktop can show a prompt here: the command reports that, or gives up in time.
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
	defer stop()
	if _, err := s.Set(ctx, of("cafe"), "pin", "2", false); err == nil {
		t.Error("stored in a locked keyring")
	} else if !errors.Is(err, secrets.ErrNoKeyring) && !errors.Is(err, secrets.ErrLocked) {
		t.Errorf("locked: %v", err)
	}
}

// A removed secret is gone from GNOME's keyring.
func TestGnomeKeyringRemoves(t *testing.T) {
	address := newBus(t)
	startGnome(t, address)
	connect(t, address)
	s := newStore(t, address)
	set(t, s, "cafe", "pin", word, false)
	set(t, newStore(t, address), "bar", "pin", "other", false)
	if place, ok, err := s.Remove(t.Context(), "cafe", "pin"); place != secrets.InKeyring || !ok || err != nil {
		t.Errorf("removed from %q, %v, %v", place, ok, err)
	}
	set(t, s, "bar", "pin", "x", false) // in the place of the other's
	want(t, s, "bar", "pin", "x", nil)
}
