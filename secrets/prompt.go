package secrets

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// ask makes the service prompt the user, and waits for the answer until the context ends.
func (k *keyring) ask(ctx context.Context, prompt dbus.ObjectPath) (dbus.Variant, error) {
	if prompt == noObject {
		return dbus.Variant{}, nil
	}
	answers := make(chan *dbus.Signal, 8)
	k.conn.Signal(answers)
	defer k.conn.RemoveSignal(answers)
	match := []dbus.MatchOption{dbus.WithMatchObjectPath(prompt), dbus.WithMatchInterface(promptObject)}
	if err := k.conn.AddMatchSignalContext(ctx, match...); err != nil {
		return dbus.Variant{}, err
	}
	if err := k.call(ctx, prompt, promptObject+".Prompt", "").Err; err != nil {
		return dbus.Variant{}, err
	}
	for {
		select {
		case <-ctx.Done():
			return dbus.Variant{}, context.Cause(ctx)
		case signal, ok := <-answers:
			if !ok {
				return dbus.Variant{}, fmt.Errorf("%w: it left the bus", ErrNoKeyring)
			}
			if signal.Path != prompt || signal.Name != promptObject+".Completed" {
				continue
			}
			return completed(signal)
		}
	}
}

func completed(signal *dbus.Signal) (dbus.Variant, error) {
	var dismissed bool
	var result dbus.Variant
	if err := dbus.Store(signal.Body, &dismissed, &result); err != nil {
		return result, fmt.Errorf("read the keyring's answer: %w", err)
	}
	if dismissed {
		return result, ErrLocked
	}
	return result, nil
}

// dismiss removes a prompt that was not shown. An error has no consequence.
func (k *keyring) dismiss(ctx context.Context, prompt dbus.ObjectPath) {
	if prompt != noObject {
		_ = k.call(ctx, prompt, promptObject+".Dismiss").Err
	}
}
