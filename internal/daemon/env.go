// Package daemon puts a running agent together: configuration, packs, inputs, reports,
// reload and readiness.
package daemon

import (
	"fmt"
	"path/filepath"

	"hotspot-helper/configs"
	"hotspot-helper/consent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/link"
	"hotspot-helper/plugins"
	"hotspot-helper/secrets"
	"hotspot-helper/wifi"
)

// Env is the environment of a daemon and of the commands beside it.
type Env struct {
	Getenv     func(string) string
	ConfigFile string // the file that the user names; empty: the first one that exists
	System     bool   // the agent of the whole machine, not that of one user
	Version    string // of the program

	// Connectivity reads the connectivity check that was chosen for this machine; nil: there is none.
	Connectivity func() (link.Connectivity, error)
}

// ConfigError is a configuration file that cannot be used.
type ConfigError struct{ Err error }

func (e *ConfigError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong with the file.
func (e *ConfigError) Unwrap() error { return e.Err }

// LoadConfig reads the file that the user names, else the first that exists, else returns
// the defaults. A file with mistakes is a [*ConfigError].
func (e Env) LoadConfig() (configs.Config, error) {
	file := e.ConfigFile
	if file == "" {
		var ok bool
		if file, ok = configs.Find(e.Getenv, nil); !ok {
			return configs.Default(e.Getenv), nil
		}
	}
	config, err := configs.Load(file, e.Getenv)
	if err != nil {
		return configs.Config{}, &ConfigError{err}
	}
	return config, nil
}

// DataDir is where the user keeps packs; empty without a home directory.
func (e Env) DataDir() string { return e.userDir("XDG_DATA_HOME", ".local", "share") }

// ConfigDir is where the user's configuration is; empty without a home directory.
func (e Env) ConfigDir() string { return e.userDir("XDG_CONFIG_HOME", ".config") }

// userDir is the program's directory in that of a variable, or in one below the home
// directory; empty when neither is set.
func (e Env) userDir(variable string, below ...string) string {
	const own = "hotspot-helper"
	if base := e.Getenv(variable); filepath.IsAbs(base) {
		return filepath.Join(base, own)
	}
	if home := e.Getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(append(append([]string{home}, below...), own)...)
	}
	return ""
}

// statePath is a file or directory among what the agent keeps; empty without a state directory.
func (e Env) statePath(name string) string {
	if state := configs.State(e.Getenv, e.System); state != "" {
		return filepath.Join(state, name)
	}
	return ""
}

// Consents is the file of what the user agreed to.
func (e Env) Consents() consent.Store {
	return consent.Store{File: e.statePath("consents.json")}
}

// consentOf looks consent up at each use, so that a change counts at once.
func (e Env) consentOf(helper string, n wifi.Network) (consent.Given, error) {
	return e.Consents().Given(helper, n.SSID)
}

// Bus is the bus that the agent is on.
func (e Env) Bus() bus.Config {
	if e.System {
		return bus.Config{System: true}
	}
	return bus.Config{Address: e.sessionBus()}
}

// Secrets is where the user's secrets are kept. The system's agent has no keyring.
func (e Env) Secrets() secrets.Store {
	store := secrets.Store{File: e.statePath("secrets.json")}
	if !e.System {
		store.Bus = e.sessionBus()
	}
	return store
}

// sessionBus is the address of the user's bus; empty: there is none. It never starts a bus,
// because a new bus has no keyring.
func (e Env) sessionBus() string {
	if address := e.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return address
	}
	if dir := e.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return "unix:path=" + filepath.Join(dir, "bus") // where systemd puts it
	}
	return ""
}

// UnknownHelperError says that no helper has the name.
type UnknownHelperError struct {
	Name   string
	Broken error // packs that are left out; nil: none
}

func (e *UnknownHelperError) Error() string {
	text := fmt.Sprintf("find helper %q: there is none of that name", e.Name)
	if e.Broken != nil {
		text += "\n" + e.Broken.Error()
	}
	return text
}

// FindHelper finds a helper by its name, also one that is turned off. The error is a
// [*ConfigError] or an [*UnknownHelperError].
func (e Env) FindHelper(name string) (plugins.Entry, error) {
	config, err := e.LoadConfig()
	if err != nil {
		return plugins.Entry{}, err
	}
	library, broken := e.LoadLibrary(config)
	for _, entry := range NewRegistry(config, library).Entries() {
		if entry.Helper.Name() == name {
			return entry, nil
		}
	}
	return plugins.Entry{}, &UnknownHelperError{name, broken}
}
