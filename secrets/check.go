package secrets

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Check returns why the keyring cannot store a secret now: [ErrNoKeyring], [ErrLocked], or why it cannot be
// asked. It never prompts the user. It also returns whether the user chose to store secrets in the file.
func (s Store) Check(ctx context.Context) (isFileChosen bool, err error) {
	kept, err := s.read()
	if err != nil {
		return false, err
	}
	return kept.Chosen, s.withKeyring(ctx, func(k *keyring) error { return k.check(ctx) })
}

// ChooseFile records that secrets may be stored in the file wherever there is no keyring.
func (s Store) ChooseFile() error {
	if s.File == "" {
		return fmt.Errorf("choose the file for secrets: %w", errNoState)
	}
	if err := s.change(func(kept *content) { kept.Chosen = true }); err != nil {
		return fmt.Errorf("choose the file for secrets: %w", err)
	}
	return nil
}

// check returns [ErrLocked] if the collection for new secrets is locked. Where there is none yet, one can be made.
func (k *keyring) check(ctx context.Context) error {
	var place dbus.ObjectPath
	if err := k.call(ctx, servicePath, service+".ReadAlias", defaultKeyring).Store(&place); err != nil || place == noObject {
		return err
	}
	locked, err := k.isLocked(ctx, place)
	if err == nil && locked {
		return ErrLocked
	}
	return err
}

// isLocked reports whether a collection is locked.
func (k *keyring) isLocked(ctx context.Context, place dbus.ObjectPath) (bool, error) {
	var locked dbus.Variant
	err := k.call(ctx, place, "org.freedesktop.DBus.Properties.Get", collection, "Locked").Store(&locked)
	return locked.Value() == true, err
}
