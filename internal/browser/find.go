package browser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hotspot-helper/internal/file"
)

// Family says which command line and preferences a browser understands.
type Family uint8

// The families. The zero value is none.
const (
	Chromium Family = iota + 1
	Firefox
	Epiphany
)

// Browser is an installed browser.
type Browser struct {
	Name    string // as in [Names]
	Program string // absolute path
	Family  Family
	snap    string // name of the snap that it is; empty: none
}

// String is the name.
func (b Browser) String() string { return b.Name }

// known is a browser that this package can start.
type known struct {
	name     string
	programs []string // names, the best first
	family   Family
}

func knownBrowsers() []known {
	return []known{
		{"chromium", []string{"chromium", "chromium-browser"}, Chromium},
		{"chrome", []string{"google-chrome-stable", "google-chrome"}, Chromium},
		{"brave", []string{"brave-browser", "brave-browser-stable", "brave"}, Chromium},
		{"edge", []string{"microsoft-edge-stable", "microsoft-edge"}, Chromium},
		{"vivaldi", []string{"vivaldi-stable", "vivaldi"}, Chromium},
		{"firefox", []string{"firefox", "firefox-esr"}, Firefox},
		{"epiphany", []string{"epiphany", "epiphany-browser"}, Epiphany},
	}
}

// Names are those of the browsers that can be started, in the order in which they are looked for.
func Names() []string {
	var names []string
	for _, k := range knownBrowsers() {
		names = append(names, k.name)
	}
	return names
}

// IsKnown reports whether [Find] understands a name: one of [Names], or the absolute path of a program with the name of one.
func IsKnown(name string) bool {
	_, ok := knownAs(name)
	return ok
}

// ErrNone says that no browser is installed that can be started.
var ErrNone = errors.New("there is no browser that can be started")

// Find returns the browser to use: the first one of wanted that is installed, or if nothing is wanted the user's default
// browser, else the first one of [Names] that is installed. The error is [ErrNone], with what was found and cannot be used.
func Find(getenv func(string) string, wanted []string) (Browser, error) {
	names := wanted
	if len(names) == 0 {
		if program := defaultProgram(getenv); program != "" {
			names = append(names, program)
		}
		names = append(names, Names()...)
	}
	for _, name := range names {
		k, ok := knownAs(name)
		if !ok {
			continue
		}
		programs := k.programs
		if filepath.IsAbs(name) {
			programs = []string{name}
		}
		for _, program := range programs {
			if path := lookUp(program, getenv("PATH")); path != "" {
				return Browser{Name: k.name, Program: path, Family: k.family, snap: snapOf(path)}, nil
			}
		}
	}
	if len(wanted) > 0 {
		return Browser{}, fmt.Errorf("find one of %q: %w", wanted, ErrNone)
	}
	return Browser{}, fmt.Errorf("find a browser: %w", ErrNone)
}

// knownAs finds the browser that a name, or the path of a program, means.
func knownAs(name string) (known, bool) {
	isPath := filepath.IsAbs(name)
	for _, k := range knownBrowsers() {
		if !isPath && k.name == name || isPath && slices.Contains(k.programs, filepath.Base(name)) {
			return k, true
		}
	}
	return known{}, false
}

// lookUp returns the path of a program, by its name in the directories of a PATH.
func lookUp(program, path string) string {
	if filepath.IsAbs(program) {
		path, program = filepath.Dir(program), filepath.Base(program)
	}
	for _, dir := range filepath.SplitList(path) {
		at := filepath.Join(dir, program)
		if info, err := os.Stat(at); err == nil && filepath.IsAbs(at) && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return at
		}
	}
	return ""
}

// maxLauncher bounds the scripts that are read to find out what they start.
const maxLauncher = 32 << 10

// snapOf returns the name of the snap that a program is, which sees no hidden directory; empty: it is none. Ubuntu's
// packages of Firefox and Chromium are scripts that start one.
func snapOf(program string) string {
	const bin = "/snap/bin/"
	if name, ok := strings.CutPrefix(program, bin); ok {
		return name
	}
	text, err := file.Read(program, maxLauncher)
	if err != nil || !strings.HasPrefix(string(text), "#!") {
		return ""
	}
	_, rest, ok := strings.Cut(string(text), bin)
	if !ok {
		return ""
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' })
	if end < 0 {
		end = len(rest)
	}
	return rest[:end]
}
