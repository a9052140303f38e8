package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/secrets"
)

// keyringTime bounds the wait for a keyring, which may have to start first. The agent never
// makes it prompt the user.
const keyringTime = 10 * time.Second

// Inputs looks values up at each use, so that a change counts at once and a secret is
// held no longer than needed: in the configuration first, then in the secret store. A value
// counts only for the maker that it was given to. It is a secret regardless of the helper,
// unless it stands in the configuration itself and the helper says that it is none.
func (e Env) Inputs(config configs.Config) func(helper plugins.Helper, input string) (portal.Value, bool, error) {
	return func(helper plugins.Helper, name string) (portal.Value, bool, error) {
		value, secret, ok, err := e.readInput(config, helper, name)
		if err != nil {
			return portal.Value{}, false, fmt.Errorf("read input %s of %s: %w", name, helper.Name(), err)
		}
		if !ok {
			return portal.Value{}, false, nil
		}
		if declared, known := SecretInputs(helper)[name]; !secret && known && !declared {
			return portal.Plain(value), true, nil
		}
		return portal.Secret(value), true, nil
	}
}

// Withheld reports whether another maker's helper of the name was given an input, such as the program that a
// live helper was before it changed. What cannot be read was not.
func (e Env) Withheld(config configs.Config) func(helper plugins.Helper, input string) bool {
	return func(helper plugins.Helper, name string) bool {
		id := plugins.Identity(helper)
		if _, ok := config.Helpers[id.Helper].Inputs[name]; ok {
			owner, err := e.configured(config, id)
			return err == nil && owner != id.Maker
		}
		entries, err := e.Secrets().List()
		isOf := func(m func(maker.Maker) bool) bool {
			return slices.ContainsFunc(entries, func(s secrets.Entry) bool { return s.Helper == id.Helper && s.Field == name && m(s.Maker) })
		}
		return err == nil && isOf(func(m maker.Maker) bool { return m != id.Maker }) && !isOf(func(m maker.Maker) bool { return m == id.Maker })
	}
}

func (e Env) readInput(config configs.Config, helper plugins.Helper, name string) (value string, secret, ok bool, err error) {
	id := plugins.Identity(helper)
	if input, ok := config.Helpers[id.Helper].Inputs[name]; ok {
		owner, err := e.configured(config, id)
		if err != nil {
			return "", false, false, err
		}
		if owner == id.Maker {
			value, err := input.Read()
			place, _ := input.Origin()
			return value, place != configs.OriginConfiguration, true, err
		}
	}
	ctx, stop := context.WithTimeout(context.Background(), keyringTime)
	defer stop()
	value, ok, err = e.Secrets().Get(ctx, id, name)
	if err != nil {
		return "", false, false, unreadSecret(err)
	}
	return value, true, ok, nil
}

// unreadSecret marks errors that the user can fix by unlocking the keyring, or by storing the
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
