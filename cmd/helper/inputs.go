package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"hotspot-helper/configs"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/secrets"
)

// keyringTime is how long a keyring may take to tell a secret to the agent: it may
// have to be started first. Nobody is asked anything meanwhile.
const keyringTime = 10 * time.Second

// secrets is where the user's secrets are kept. The system's agent has no keyring.
func (a *app) secrets() secrets.Store {
	var store secrets.Store
	if state := configs.State(a.getenv, a.system); state != "" {
		store.File = filepath.Join(state, "secrets.json")
	}
	if !a.system {
		store.Bus = a.sessionBus()
	}
	return store
}

// sessionBus is the address of the user's bus; empty: there is none. A bus is never
// started: one of our own would have no keyring on it.
func (a *app) sessionBus() string {
	if address := a.getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return address
	}
	if dir := a.getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return "unix:path=" + filepath.Join(dir, "bus") // where systemd puts it
	}
	return ""
}

// inputsOf looks values up at each use, so that what changed counts at once and a
// secret is not held longer than needed: those of the configuration first, then
// those that 'helper secret' keeps.
func (a *app) inputsOf(config configs.Config, registry *plugins.Registry) func(helper, input string) (portal.Value, bool, error) {
	return func(helper, name string) (portal.Value, bool, error) {
		value, ok, err := a.givenInput(config, helper, name)
		if err != nil {
			return portal.Value{}, false, fmt.Errorf("read input %s of %s: %w", name, helper, err)
		}
		if !ok {
			return portal.Value{}, false, nil
		}
		// What is not known to be harmless is a secret.
		if found, err := registry.Helper(helper); err == nil {
			if secret, known := secretInputs(found)[name]; known && !secret {
				return portal.Plain(value), true, nil
			}
		}
		return portal.Secret(value), true, nil
	}
}

func (a *app) givenInput(config configs.Config, helper, name string) (value string, ok bool, err error) {
	if input, ok := config.Helpers[helper].Inputs[name]; ok {
		value, err = input.Read()
		return value, true, err
	}
	ctx, stop := context.WithTimeout(context.Background(), keyringTime)
	defer stop()
	value, ok, err = a.secrets().Get(ctx, helper, name)
	if err != nil {
		return "", false, unreadSecret(err, helper, name)
	}
	return value, ok, nil
}
