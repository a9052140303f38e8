package secrets_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/maker"
	"hotspot-helper/secrets"
	"hotspot-helper/secrets/secretstest"
)

// Check tells what a secret would meet, and prompts nobody.
func TestCheckKeyring(t *testing.T) {
	t.Parallel()
	address := bustest.New(t, os.Getenv("HELPER_REQUIRE"))
	store := secrets.Store{File: filepath.Join(t.TempDir(), "secrets.json"), Bus: address}
	if isFileChosen, err := store.Check(t.Context()); isFileChosen || !errors.Is(err, secrets.ErrNoKeyring) {
		t.Errorf("no keyring: %v, %v", isFileChosen, err)
	}
	if _, err := store.Set(t.Context(), maker.ID{Helper: "cafe", Maker: maker.User}, "pin", "1234", true); err != nil {
		t.Fatal(err)
	}
	k := &secretstest.Keyring{User: secretstest.Agrees}
	secretstest.Serve(t, address, k)
	if isFileChosen, err := store.Check(t.Context()); !isFileChosen || err != nil {
		t.Errorf("an open one: %v, %v", isFileChosen, err)
	}
	k.Do(func(k *secretstest.Keyring) { k.Locked = true })
	if _, err := store.Check(t.Context()); !errors.Is(err, secrets.ErrLocked) {
		t.Errorf("a locked one: %v", err)
	}
	k.Do(func(k *secretstest.Keyring) { k.Empty = true })
	if _, err := store.Check(t.Context()); err != nil {
		t.Errorf("one without a collection: %v", err)
	}
	k.Do(func(k *secretstest.Keyring) {
		if k.Prompts != 0 {
			t.Errorf("%d prompts", k.Prompts)
		}
	})
}
