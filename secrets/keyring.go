package secrets

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/wire"
)

// The names of the Secret Service API, version 0.2 (specifications.freedesktop.org/secret-service).
const (
	serviceName    = "org.freedesktop.secrets"
	servicePath    = "/org/freedesktop/secrets"
	service        = "org.freedesktop.Secret.Service"
	collection     = "org.freedesktop.Secret.Collection"
	item           = "org.freedesktop.Secret.Item"
	promptObject   = "org.freedesktop.Secret.Prompt"
	noObject       = "/" // no prompt, or no collection
	defaultKeyring = "default"
	schema         = "org.hotspothelper.Secret"
)

// keyring is a session of a Secret Service. The libraries for it wait for a prompt without
// end (zalando/go-keyring) or use a fork of godbus (keybase/go-keychain), start a missing bus,
// and take no context.
type keyring struct {
	conn    *dbus.Conn
	session dbus.ObjectPath
}

// maxMessage bounds a message in bytes. A secret has less.
const maxMessage = 256 << 10

// apiSecret is a Secret of the API. The session is a plain one: a process that can read the
// user's bus can also ask the keyring.
type apiSecret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

// withKeyring opens the keyring for a function. If the context ends first, as with a service
// that does not answer, the error is [ErrNoKeyring].
func (s Store) withKeyring(ctx context.Context, do func(*keyring) error) error {
	if s.Bus == "" {
		return ErrNoKeyring
	}
	conn, err := wire.Dial(ctx, s.Bus, wire.Options{Message: maxMessage, Heard: func(string) bool { return true }})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoKeyring, err)
	}
	defer conn.Close()
	k := &keyring{conn: conn}
	if err = k.open(ctx); err == nil {
		err = do(k)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: it does not answer: %w", ErrNoKeyring, context.Cause(ctx))
	}
	return fromService(err)
}

func (k *keyring) open(ctx context.Context) error {
	var ignored dbus.Variant
	return k.call(ctx, servicePath, service+".OpenSession", "plain", dbus.MakeVariant("")).Store(&ignored, &k.session)
}

func (k *keyring) call(ctx context.Context, path dbus.ObjectPath, method string, args ...any) *dbus.Call {
	return k.conn.Object(serviceName, path).CallWithContext(ctx, method, 0, args...)
}

// fromService turns errors of the service into those of this package.
func fromService(err error) error {
	answer, ok := errors.AsType[dbus.Error](err)
	if !ok {
		return err
	}
	switch {
	case strings.HasPrefix(answer.Name, "org.freedesktop.DBus.Error."): // of the bus: no such service, or no reply
		return fmt.Errorf("%w: %w", ErrNoKeyring, err)
	case answer.Name == "org.freedesktop.Secret.Error.IsLocked":
		return ErrLocked
	}
	return fmt.Errorf("%s: %w", answer.Name, err)
}

// attributes identify the item of a secret. A name has no space, so no other helper has the
// same ones.
func attributes(e Entry) map[string]string {
	helper := e.Item
	if helper == "" {
		helper = e.Helper + " " + string(e.Maker)
	}
	return map[string]string{"xdg:schema": schema, "helper": helper, "field": e.Field}
}

// find returns the items of a secret, and unlocks locked ones. With quiet it does not prompt
// the user.
func (k *keyring) find(ctx context.Context, e Entry, quiet bool) ([]dbus.ObjectPath, error) {
	var unlocked, locked []dbus.ObjectPath
	err := k.call(ctx, servicePath, service+".SearchItems", attributes(e)).Store(&unlocked, &locked)
	if err != nil || len(locked) == 0 {
		return unlocked, err
	}
	if quiet && len(unlocked) > 0 {
		return unlocked, nil
	}
	return append(unlocked, locked...), k.unlock(ctx, locked, quiet)
}

func (k *keyring) unlock(ctx context.Context, objects []dbus.ObjectPath, quiet bool) error {
	var done []dbus.ObjectPath
	var prompt dbus.ObjectPath
	if err := k.call(ctx, servicePath, service+".Unlock", objects).Store(&done, &prompt); err != nil {
		return err
	}
	if prompt == noObject && len(done) == 0 || prompt != noObject && quiet {
		k.dismiss(ctx, prompt)
		return ErrLocked
	}
	_, err := k.ask(ctx, prompt)
	return err
}

func (k *keyring) get(ctx context.Context, e Entry) (string, error) {
	items, err := k.find(ctx, e, true)
	if err != nil {
		return "", err
	}
	if len(items) == 0 {
		return "", ErrGone
	}
	var got apiSecret
	if err := k.call(ctx, items[0], item+".GetSecret", k.session).Store(&got); err != nil {
		return "", err
	}
	if err := check(string(got.Value)); err != nil {
		return "", fmt.Errorf("the keyring has an invalid value: %w", err)
	}
	return string(got.Value), nil
}

func (k *keyring) set(ctx context.Context, e Entry, value string) error {
	place, err := k.defaultCollection(ctx)
	if err != nil {
		return err
	}
	properties := map[string]dbus.Variant{
		item + ".Label":      dbus.MakeVariant(fmt.Sprintf("Hotspot helper: %s of %s", e.Field, e.Helper)),
		item + ".Attributes": dbus.MakeVariant(attributes(e)),
	}
	secret := apiSecret{Session: k.session, Parameters: []byte{}, Value: []byte(value), ContentType: "text/plain; charset=utf8"}
	var made, prompt dbus.ObjectPath
	if err := k.call(ctx, place, collection+".CreateItem", properties, secret, true).Store(&made, &prompt); err != nil {
		return err
	}
	_, err = k.ask(ctx, prompt)
	return err
}

// defaultCollection returns the collection for new secrets, unlocked. It makes one if the
// desktop has none yet.
func (k *keyring) defaultCollection(ctx context.Context) (dbus.ObjectPath, error) {
	var place dbus.ObjectPath
	if err := k.call(ctx, servicePath, service+".ReadAlias", defaultKeyring).Store(&place); err != nil {
		return "", err
	}
	if place == noObject {
		return k.newCollection(ctx)
	}
	locked, err := k.isLocked(ctx, place)
	if err != nil {
		return "", err
	}
	if locked {
		return place, k.unlock(ctx, []dbus.ObjectPath{place}, false)
	}
	return place, nil
}

func (k *keyring) newCollection(ctx context.Context) (dbus.ObjectPath, error) {
	properties := map[string]dbus.Variant{collection + ".Label": dbus.MakeVariant("Default")}
	var place, prompt dbus.ObjectPath
	err := k.call(ctx, servicePath, service+".CreateCollection", properties, defaultKeyring).Store(&place, &prompt)
	if err != nil || prompt == noObject {
		return place, err
	}
	result, err := k.ask(ctx, prompt)
	if err != nil {
		return "", err
	}
	if err := result.Store(&place); err != nil {
		return "", fmt.Errorf("read the new keyring's name: %w", err)
	}
	return place, nil
}

func (k *keyring) remove(ctx context.Context, e Entry) error {
	items, err := k.find(ctx, e, false)
	if err != nil {
		return err
	}
	for _, path := range items {
		var prompt dbus.ObjectPath
		if err := k.call(ctx, path, item+".Delete").Store(&prompt); err != nil {
			return err
		}
		if _, err := k.ask(ctx, prompt); err != nil {
			return err
		}
	}
	return nil
}
