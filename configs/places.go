package configs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The names under the base directories of the XDG Base Directory Specification.
const (
	directory  = "hotspot-helper"
	configFile = "helper.toml"
	memoryFile = "memory.json"
)

// Find returns the first configuration file that exists: hotspot-helper/helper.toml in
// $XDG_CONFIG_HOME (else ~/.config), then in /etc. A file that exists and cannot be read
// counts, so that [Load] reports why. exists replaces the file system in tests; it may be nil.
func Find(getenv func(string) string, exists func(file string) bool) (file string, ok bool) {
	if exists == nil {
		exists = func(file string) bool {
			_, err := os.Stat(file)
			return !errors.Is(err, fs.ErrNotExist)
		}
	}
	bases := []string{"/etc"}
	if base := (environment{getenv}).base("XDG_CONFIG_HOME", ".config"); base != "" {
		bases = []string{base, "/etc"}
	}
	for _, base := range bases {
		if file := filepath.Join(base, directory, configFile); exists(file) {
			return file, true
		}
	}
	return "", false
}

// environment reads the variables that name directories.
type environment struct{ get func(string) string }

// base is the directory in the variable, or the one below the home directory; empty: neither
// is set. It ignores relative paths, as the specification requires.
func (e environment) base(variable, below string) string {
	if base := e.get(variable); filepath.IsAbs(base) {
		return base
	}
	if home := e.get("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, below)
	}
	return ""
}

// memory is the default file of the agent's memory; empty: none.
func (e environment) memory() string {
	if state := e.state(); state != "" {
		return filepath.Join(state, memoryFile)
	}
	return ""
}

// state is the state directory of a user's agent; empty: none.
func (e environment) state() string {
	// systemd joins several state directories with colons; the first is the unit's main one.
	if state, _, _ := strings.Cut(e.get("STATE_DIRECTORY"), ":"); filepath.IsAbs(state) {
		return state
	}
	if base := e.base("XDG_STATE_HOME", filepath.Join(".local", "state")); base != "" {
		return filepath.Join(base, directory)
	}
	return ""
}

// systemState is the state directory of the system's agent (StateDirectory=).
const systemState = "/var/lib/" + directory

// State is the state directory of a user's agent, or of the system's: $STATE_DIRECTORY, which
// systemd sets for services; else /var/lib/hotspot-helper for the system's agent; else
// hotspot-helper in $XDG_STATE_HOME or ~/.local/state. Empty: there is none.
func State(getenv func(string) string, system bool) string {
	e := environment{getenv}
	if system && e.get("STATE_DIRECTORY") == "" {
		return systemState
	}
	return e.state()
}

// resolve resolves a path of the configuration file: ~/ is the home directory, and a relative
// path starts from the file's directory.
func (e environment) resolve(file, path string) (string, error) {
	rest, home := strings.CutPrefix(path, "~/")
	switch {
	case home && !filepath.IsAbs(e.get("HOME")):
		return "", errors.New("~/ needs $HOME, which is not set")
	case home:
		return filepath.Join(e.get("HOME"), rest), nil
	case strings.HasPrefix(path, "~"):
		return "", errors.New("only ~/ is supported: write other home directories in full")
	case filepath.IsAbs(path):
		return filepath.Clean(path), nil
	default:
		return filepath.Join(filepath.Dir(file), path), nil
	}
}
