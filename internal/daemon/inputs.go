package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/secrets"
)

// keyringTime bounds the wait for a keyring, which may have to start first. The agent never
// makes it prompt the user.
const keyringTime = 10 * time.Second

// Inputs looks values up at each use, so that a change counts at once and a secret is
// held no longer than needed: in the configuration first, then in the secret store.
func (e Env) Inputs(config configs.Config) func(helper plugins.Helper, input string) (portal.Value, bool, error) {
	return func(helper plugins.Helper, name string) (portal.Value, bool, error) {
		value, ok, err := e.readInput(config, helper.Name(), name)
		if err != nil {
			return portal.Value{}, false, fmt.Errorf("read input %s of %s: %w", name, helper.Name(), err)
		}
		if !ok {
			return portal.Value{}, false, nil
		}
		// An input that is not known to be plain is a secret.
		if secret, known := SecretInputs(helper)[name]; known && !secret {
			return portal.Plain(value), true, nil
		}
		return portal.Secret(value), true, nil
	}
}

func (e Env) readInput(config configs.Config, helper, name string) (value string, ok bool, err error) {
	if input, ok := config.Helpers[helper].Inputs[name]; ok {
		value, err = input.Read()
		return value, true, err
	}
	ctx, stop := context.WithTimeout(context.Background(), keyringTime)
	defer stop()
	value, ok, err = e.Secrets().Get(ctx, helper, name)
	if err != nil {
		return "", false, unreadSecret(err)
	}
	return value, ok, nil
}

// unreadSecret marks errors that the user mends by unlocking the keyring, or by storing the
// secret again.
func unreadSecret(err error) error {
	switch {
	case errors.Is(err, secrets.ErrLocked):
		return &kindError{err, agent.ErrLocked}
	case errors.Is(err, secrets.ErrGone), errors.Is(err, secrets.ErrNoKeyring):
		return &kindError{err, agent.ErrGone}
	}
	return err
}
