package browser

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// desk is a directory with programs and files of a desktop.
type desk struct {
	t   *testing.T
	dir string
	env map[string]string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	return &desk{t, dir, map[string]string{
		"PATH": at("bin") + ":relative:" + at("more"), "HOME": at("home"), "XDG_DATA_DIRS": at("share"), "XDG_CONFIG_DIRS": at("etc"), "XDG_RUNTIME_DIR": at("run"),
	}}
}

func (d *desk) getenv(name string) string { return d.env[name] }

// write makes a file, and the directories above it.
func (d *desk) write(name, text string, mode os.FileMode) string {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), mode)); err != nil {
		d.t.Fatal(err)
	}
	return path
}

func (d *desk) program(name string) string { return d.write(name, "#!/bin/sh\n", 0o700) }

// choose makes a program the user's default browser.
func (d *desk) choose(exec string) {
	d.t.Helper()
	d.write("home/.config/mimeapps.list", "[Added Associations]\nx-scheme-handler/http=other.desktop\n\n[Default Applications]\nx-scheme-handler/http = gone.desktop;mine.desktop;\n", 0o600)
	d.write("share/applications/mine.desktop", "[Desktop Action new]\nExec=/bin/no\n[Desktop Entry]\nName=Mine\nExec="+exec+"\n", 0o600)
}

func TestFind(t *testing.T) {
	for _, test := range []struct {
		name    string
		setUp   func(d *desk)
		wanted  []string
		program string // relative to the directory; empty: none
		family  Family
	}{
		{name: "none", setUp: func(*desk) {}},
		{name: "the first installed", setUp: func(d *desk) { d.program("more/firefox-esr"); d.program("bin/epiphany") }, program: "more/firefox-esr", family: Firefox},
		{name: "the default", setUp: func(d *desk) {
			d.program("bin/chromium")
			d.program("bin/firefox")
			d.choose("firefox --new-tab %u")
		}, program: "bin/firefox", family: Firefox},
		{name: "the default in quotes", setUp: func(d *desk) {
			d.program("bin/chromium")
			d.choose(`"` + d.program("opt/a b/google-chrome") + `" %U`)
		}, program: "opt/a b/google-chrome", family: Chromium},
		{name: "a default that cannot be used", setUp: func(d *desk) {
			d.program("bin/chromium")
			d.program("bin/flatpak")
			d.choose("flatpak run org.mozilla.firefox %u")
		}, program: "bin/chromium", family: Chromium},
		{name: "the wanted one comes before the default", setUp: func(d *desk) {
			d.program("bin/chromium")
			d.program("bin/epiphany")
			d.choose("chromium")
		}, wanted: []string{"vivaldi", "epiphany", "chromium"}, program: "bin/epiphany", family: Epiphany},
		{name: "none of those wanted", setUp: func(d *desk) { d.program("bin/chromium") }, wanted: []string{"firefox"}},
		{name: "not executable", setUp: func(d *desk) { d.write("bin/chromium", "", 0o600) }},
		{name: "a directory", setUp: func(d *desk) { d.write("bin/chromium/file", "", 0o600) }},
		{name: "a relative directory of the path", setUp: func(d *desk) { d.program("relative/chromium") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			t.Chdir(d.dir)
			test.setUp(d)
			got, err := Find(d.getenv, test.wanted)
			if test.program == "" {
				if !errors.Is(err, ErrNone) {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			if err != nil || got.Program != filepath.Join(d.dir, test.program) || got.Family != test.family {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestFindByPath(t *testing.T) {
	d := newDesk(t)
	path := d.program("opt/microsoft-edge")
	if got, err := Find(d.getenv, []string{path}); err != nil || got.Program != path || got.Name != "edge" {
		t.Errorf("%+v, %v", got, err)
	}
	for name, want := range map[string]bool{"chromium": true, path: true, "/usr/bin/sh": false, "lynx": false, "": false, "google-chrome": false} {
		if IsKnown(name) != want {
			t.Errorf("%q is known: %t", name, !want)
		}
	}
}

// A snap sees only what is not hidden.
func TestSnap(t *testing.T) {
	d := newDesk(t)
	d.write("bin/firefox", "#!/bin/sh\nexec /snap/bin/firefox \"$@\"\n", 0o700)
	got, err := Find(d.getenv, nil)
	if err != nil || got.snap != "firefox" {
		t.Fatalf("%+v, %v", got, err)
	}
	if dir := profileDir(Options{Browser: got, Getenv: d.getenv}); dir != filepath.Join(d.dir, "home/snap/firefox/common/hotspot-helper") {
		t.Errorf("profiles are in %s", dir)
	}
	if dir := profileDir(Options{Getenv: d.getenv}); dir != filepath.Join(d.dir, "run/hotspot-helper") {
		t.Errorf("profiles are in %s", dir)
	}
	delete(d.env, "XDG_RUNTIME_DIR")
	if dir := profileDir(Options{Getenv: d.getenv}); !strings.HasPrefix(dir, os.TempDir()) {
		t.Errorf("profiles are in %s", dir)
	}
	if snapOf("/snap/bin/chromium") != "chromium" || snapOf("/bin/ls") != "" || snapOf(d.write("x", "#!/bin/sh\n/snap/bin/", 0o700)) != "" {
		t.Error("a snap is not recognised")
	}
}
