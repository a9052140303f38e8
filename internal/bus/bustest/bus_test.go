package bustest

import (
	"os"
	"runtime"
	"testing"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/file/filetest"
)

func TestNew(t *testing.T) {
	var address string
	t.Run("up", func(t *testing.T) {
		address = New(t, os.Getenv("HELPER_REQUIRE"))
		conn, err := dbus.Connect(address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		var names []string
		if err := conn.BusObject().Call("org.freedesktop.DBus.ListActivatableNames", 0).Store(&names); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if name != "org.freedesktop.DBus" {
				t.Errorf("%s can be started on the bus", name)
			}
		}
	})
	if address == "" {
		t.Skip("no dbus-daemon")
	}
	if conn, err := dbus.Connect(address); err == nil {
		conn.Close()
		t.Errorf("%s is there after its test", address)
	}
}

// verdict is a test that notes how it ended.
type verdict struct {
	testing.TB
	skipped, failed bool
}

func (v *verdict) Helper() {}

func (v *verdict) Skipf(string, ...any) { v.skipped = true; runtime.Goexit() }

func (v *verdict) Fatalf(string, ...any) { v.failed = true; runtime.Goexit() }

func TestNewWithoutDaemon(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, test := range []struct {
		required        string
		skipped, failed bool
	}{
		{"", true, false},
		{"netns,opennds", true, false},
		{"netns,dbus", false, true},
	} {
		v := &verdict{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			New(v, test.required)
		}()
		<-done
		if v.skipped != test.skipped || v.failed != test.failed {
			t.Errorf("HELPER_REQUIRE=%q: skipped %v, failed %v", test.required, v.skipped, v.failed)
		}
	}
}

func TestNewWithBrokenDaemon(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	filetest.WriteProgram(t, dir+"/dbus-daemon", []byte("#!/bin/sh\nexit 1\n"))
	v := &verdict{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		New(v, "")
	}()
	<-done
	if !v.failed {
		t.Error("a daemon that does not start is no failure")
	}
}
