// Package daemon puts a running agent together: configuration, packs, inputs, reports,
// reload and readiness.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"hotspot-helper/configs"
	"hotspot-helper/consent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/link"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
	"hotspot-helper/secrets"
	"hotspot-helper/wifi"
)

// Env is the environment of a daemon and of the commands beside it.
type Env struct {
	Getenv     func(string) string
	ConfigFile string // the file that the user names; empty: the first one that exists
	System     bool   // the agent of the whole machine, not that of one user
	Version    string // of the program
	Program    string // its path; empty: it is not known, so no sign-in window can be opened from the agent
	SystemData string // where packs for all users are installed; empty: the usual directory

	// Connectivity reads the connectivity check that was chosen for this machine; nil: there is none.
	Connectivity func(ctx context.Context) (link.Connectivity, error)
	// Capacity is that of the programs of live helpers, also of those that are read again; nil: each reading has its own.
	Capacity *live.Capacity
}

// Kinds of errors, for hints.
var (
	// ErrConfig says that the configuration file cannot be used.
	ErrConfig = errors.New("the configuration file cannot be used")
	// ErrNames says that the configuration names helpers, inputs or checks that do not exist.
	ErrNames = errors.New("the configuration names what does not exist")
	// ErrNoHelper says that no helper has the name.
	ErrNoHelper = errors.New("there is none of that name")
	// ErrLeftOut says that packs with mistakes are left out.
	ErrLeftOut = errors.New("packs are left out")
)

// kindError is an error that also has a kind, which is not part of its message.
type kindError struct{ err, kind error }

func (e *kindError) Error() string { return e.err.Error() }

func (e *kindError) Unwrap() []error { return []error{e.err, e.kind} }

// LoadConfig reads the file that the user names, else the first that exists, else returns
// the defaults. The error is [ErrConfig].
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
		return configs.Config{}, &kindError{err, ErrConfig}
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
func (e Env) consentOf(helper plugins.Helper, n wifi.Identity) (consent.Given, error) {
	return e.Consents().Given(plugins.Identity(helper), n)
}

// Bus is the bus that the agent is on.
func (e Env) Bus() bus.Config {
	if e.System {
		return bus.Config{System: true, Address: e.systemBus()}
	}
	return bus.Config{Address: e.sessionBus()}
}

// systemBus is the address of the system bus; empty: the usual one.
func (e Env) systemBus() string { return e.Getenv("DBUS_SYSTEM_BUS_ADDRESS") }

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

// FindHelper finds a helper by its name, even if it is disabled. The error is [ErrConfig], or
// [ErrNoHelper] and, if packs have mistakes, [ErrLeftOut].
func (e Env) FindHelper(name string) (plugins.Entry, error) {
	config, err := e.LoadConfig()
	if err != nil {
		return plugins.Entry{}, err
	}
	library, broken := e.LoadLibrary(config)
	programs, noPrograms := e.LoadLive(context.Background(), config)
	broken = errors.Join(broken, noPrograms)
	for _, entry := range NewRegistry(config, library, programs).Entries() {
		if entry.Helper.Name() == name {
			return entry, nil
		}
	}
	err = fmt.Errorf("find helper %q: %w", name, ErrNoHelper)
	if broken != nil {
		err = &kindError{errors.Join(err, broken), ErrLeftOut}
	}
	return plugins.Entry{}, err
}
