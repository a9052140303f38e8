package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"hotspot-helper/internal/bus/bustest"
)

// working is systemd, and does what it is told.
type working struct {
	mu    sync.Mutex
	state manager
	asked []string
}

func (w *working) do(state manager, asked string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, asked)
	if state.file != "" {
		w.state = state
	}
}

// become puts systemd into a state, and forgets what it was asked.
func (w *working) become(state manager) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state, w.asked = state, nil
}

// told returns what it was asked, and forgets it.
func (w *working) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = nil
	return asked
}

func (w *working) GetUnitFileState(name string) (string, *dbus.Error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.GetUnitFileState(name)
}

func (w *working) LoadUnit(name string) (dbus.ObjectPath, *dbus.Error) {
	return manager{}.LoadUnit(name)
}

func (w *working) Get(iface, name string) (dbus.Variant, *dbus.Error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.Get(iface, name)
}

// unitChange is a change of systemd's files.
type unitChange struct{ Kind, File, Target string }

func (w *working) EnableUnitFiles(names []string, isRuntime, isForced bool) (bool, []unitChange, *dbus.Error) {
	w.do(manager{"enabled", "inactive"}, fmt.Sprintln("enable", names, isRuntime, isForced))
	return true, nil, nil
}

func (w *working) Reload() *dbus.Error {
	w.do(manager{}, "reload")
	return nil
}

func (w *working) StartUnit(name, mode string) (dbus.ObjectPath, *dbus.Error) {
	w.do(manager{"enabled", "active"}, "start "+name+" "+mode)
	return "/job/1", nil
}

func (w *working) ReloadUnit(name, mode string) (dbus.ObjectPath, *dbus.Error) {
	w.do(manager{}, "reload "+name+" "+mode)
	return "/job/2", nil
}

// The unit is enabled and started as systemctl does it, and reloaded when the configuration changed.
func TestSetupWithSystemd(t *testing.T) {
	t.Parallel()
	address := bustest.New(t, os.Getenv("HELPER_REQUIRE"))
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	systemd := &working{state: manager{"disabled", "inactive"}}
	for path, iface := range map[string]string{
		"/org/freedesktop/systemd1":                             "org.freedesktop.systemd1.Manager",
		"/org/freedesktop/systemd1/unit/hotspot_helper_service": "org.freedesktop.DBus.Properties",
	} {
		if err := conn.Export(systemd, dbus.ObjectPath(path), iface); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.RequestName("org.freedesktop.systemd1", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	set := func(answers string, args ...string) (int, string) {
		t.Helper()
		var out bytes.Buffer
		code := run(env{
			args: append([]string{"setup"}, args...), stdin: strings.NewReader(answers), stdout: &out, stderr: &out,
			getenv: func(name string) string {
				return map[string]string{"HOME": home, "DBUS_SESSION_BUS_ADDRESS": address, "DBUS_SYSTEM_BUS_ADDRESS": address}[name]
			},
		})
		return code, out.String()
	}
	for _, test := range []struct {
		answers string
		args    []string
		asked   []string
		want    string
	}{
		{"", []string{"--yes"}, []string{"enable [hotspot-helper.service] false false\n", "reload", "start hotspot-helper.service replace"}, "systemctl --user enable --now hotspot-helper"},
		{"", []string{"--yes"}, nil, "nothing to change"},
		{"\n\n\n\n\n\nas-others\n\n", nil, []string{"reload hotspot-helper.service replace"}, `metered = "as-others"`},
	} {
		code, out := set(test.answers, test.args...)
		if diff := cmp.Diff(test.asked, systemd.told()); diff != "" || code != exitOK || !strings.Contains(out, test.want) {
			t.Errorf("exit %d: %s\n%s", code, diff, out)
		}
	}
	if _, err := os.Stat(filepath.Join(home, ".config", "hotspot-helper", "helper.toml")); err != nil {
		t.Error(err)
	}
	systemd.become(manager{})
	if code, out := set("", "--yes"); code != exitOK || !strings.Contains(out, "its unit is not installed") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// Answers are bounded, and the beginning of a word is enough if it is the only one.
func TestQuestions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ typed, want, err string }{
		"default":          {"\n", "ask", ""},
		"word":             {"as-others\n", "as-others", ""},
		"upper case":       {"NEV\n", "never", ""},
		"beginning of two": {"as\nask\n", "ask", ""},
		"without newline":  {"never", "never", ""},
		"nothing":          {"", "", "the input ended"},
		"endless":          {strings.Repeat("x", maxAnswerLine+1), "", "more than 4096 bytes"},
		"controls":         {"\x1b]0;owned\a\n\n", "ask", ""},
	} {
		var out bytes.Buffer
		q := &questions{in: bufio.NewReaderSize(strings.NewReader(test.typed), maxAnswerLine), out: &out}
		got, err := q.choice("Which?", "ask", "ask", "as-others", "never")
		if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if err := unfit(out.String()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
