// Package secretstest simulates a desktop's keyring (Secret Service) on the bus of a test.
package secretstest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

// Names of the API, see specifications.freedesktop.org/secret-service.
const (
	root         = "/org/freedesktop/secrets"
	login        = root + "/collection/login"
	shownPrompt  = root + "/prompt/p1"
	noObject     = "/"
	serviceFace  = "org.freedesktop.Secret.Service"
	itemFace     = "org.freedesktop.Secret.Item"
	keyringFace  = "org.freedesktop.Secret.Collection"
	promptFace   = "org.freedesktop.Secret.Prompt"
	propertyFace = "org.freedesktop.DBus.Properties"
)

// User is how the person at the desktop answers a prompt.
type User string

// The answers.
const (
	Agrees  User = "agrees"
	Refuses User = "refuses"
	Sleeps  User = "sleeps" // does not answer
)

// Keyring is the service. Its fields may be changed through Do while it is served.
type Keyring struct {
	User   User
	Locked bool
	Silent bool // it answers no call
	Empty  bool // there is no default collection yet

	// Prompts counts the prompts that were shown, Dismissed those that the client gave up.
	Prompts, Dismissed int

	mu    sync.Mutex
	conn  *dbus.Conn
	quiet chan struct{}
	items map[dbus.ObjectPath]stored
	last  int
}

type stored struct {
	attributes map[string]string
	label      string
	value      []byte
}

// secret is a Secret of the API.
type secret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

// Serve puts the keyring on a bus until the end of the test.
func Serve(t testing.TB, address string, k *Keyring) {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatalf("connect the keyring: %v", err)
	}
	k.conn, k.items, k.quiet = conn, map[dbus.ObjectPath]stored{}, make(chan struct{})
	t.Cleanup(func() {
		close(k.quiet)
		_ = conn.Close()
	})
	for face, path := range map[string]dbus.ObjectPath{serviceFace: root, keyringFace: login, propertyFace: login} {
		if err := conn.Export(k.object(face), path, face); err != nil {
			t.Fatalf("export the keyring: %v", err)
		}
	}
	if err := conn.Export(prompt{k}, shownPrompt, promptFace); err != nil {
		t.Fatalf("export the prompt: %v", err)
	}
	reply, err := conn.RequestName("org.freedesktop.secrets", dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("take the keyring's name: %v, %v", reply, err)
	}
}

func (k *Keyring) object(face string) any {
	switch face {
	case serviceFace:
		return service{k}
	case keyringFace:
		return collection{k}
	default:
		return properties{k}
	}
}

// Do changes or reads the keyring under its lock.
func (k *Keyring) Do(change func(*Keyring)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(k)
}

// Values returns the stored values by label.
func (k *Keyring) Values() map[string]string {
	k.mu.Lock()
	defer k.mu.Unlock()
	values := map[string]string{}
	for _, one := range k.items {
		values[one.label] = string(one.value)
	}
	return values
}

// enter begins every call. A silent keyring blocks it until the end of the test.
func (k *Keyring) enter() (leave func()) {
	k.mu.Lock()
	if k.Silent {
		k.mu.Unlock()
		<-k.quiet
		k.mu.Lock()
	}
	return k.mu.Unlock
}

func isLocked() *dbus.Error {
	return dbus.NewError("org.freedesktop.Secret.Error.IsLocked", []any{"it is locked"})
}

// service is the object at the root.
type service struct{ k *Keyring }

// OpenSession opens a plain session.
func (s service) OpenSession(algorithm string, _ dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	defer s.k.enter()()
	if algorithm != "plain" {
		return dbus.MakeVariant(""), noObject, dbus.NewError("org.freedesktop.DBus.Error.NotSupported", nil)
	}
	return dbus.MakeVariant(""), root + "/session/s1", nil
}

// SearchItems finds items that have all the attributes.
func (s service) SearchItems(wanted map[string]string) (unlocked, locked []dbus.ObjectPath, _ *dbus.Error) {
	defer s.k.enter()()
	found := []dbus.ObjectPath{}
	for _, path := range slices.Sorted(maps.Keys(s.k.items)) {
		has := s.k.items[path].attributes
		if !slices.ContainsFunc(slices.Collect(maps.Keys(wanted)), func(key string) bool { return has[key] != wanted[key] }) {
			found = append(found, path)
		}
	}
	if s.k.Locked {
		return []dbus.ObjectPath{}, found, nil
	}
	return found, []dbus.ObjectPath{}, nil
}

// Unlock unlocks objects, with a prompt if the keyring is locked.
func (s service) Unlock(objects []dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	defer s.k.enter()()
	if s.k.Locked {
		return []dbus.ObjectPath{}, shownPrompt, nil
	}
	return objects, noObject, nil
}

// ReadAlias knows only the default collection.
func (s service) ReadAlias(name string) (dbus.ObjectPath, *dbus.Error) {
	defer s.k.enter()()
	if name != "default" || s.k.Empty {
		return noObject, nil
	}
	return login, nil
}

// CreateCollection makes the default collection, with a prompt.
func (s service) CreateCollection(map[string]dbus.Variant, string) (made, ask dbus.ObjectPath, _ *dbus.Error) {
	defer s.k.enter()()
	return noObject, shownPrompt, nil
}

// collection is the default collection.
type collection struct{ k *Keyring }

// CreateItem stores a secret, in place of one with the same attributes.
func (c collection) CreateItem(values map[string]dbus.Variant, given secret, replace bool) (made, ask dbus.ObjectPath, _ *dbus.Error) {
	defer c.k.enter()()
	if c.k.Locked {
		return noObject, noObject, isLocked()
	}
	attributes, ok := values[itemFace+".Attributes"].Value().(map[string]string)
	label, labelled := values[itemFace+".Label"].Value().(string)
	if !ok || !labelled {
		return noObject, noObject, dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", nil)
	}
	for path, one := range c.k.items {
		if replace && maps.Equal(one.attributes, attributes) {
			delete(c.k.items, path)
		}
	}
	c.k.last++
	made = dbus.ObjectPath(fmt.Sprintf("%s/i%d", login, c.k.last))
	c.k.items[made] = stored{attributes, label, given.Value}
	if err := c.k.conn.Export(entry{c.k, made}, made, itemFace); err != nil {
		return noObject, noObject, dbus.MakeFailedError(err)
	}
	return made, noObject, nil
}

// properties are those of the default collection.
type properties struct{ k *Keyring }

// Get returns whether the collection is locked.
func (p properties) Get(face, name string) (dbus.Variant, *dbus.Error) {
	defer p.k.enter()()
	if face != keyringFace || name != "Locked" {
		return dbus.MakeVariant(""), dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", nil)
	}
	return dbus.MakeVariant(p.k.Locked), nil
}

// entry is one item.
type entry struct {
	k    *Keyring
	path dbus.ObjectPath
}

// GetSecret returns the secret.
func (e entry) GetSecret(session dbus.ObjectPath) (secret, *dbus.Error) {
	defer e.k.enter()()
	if e.k.Locked {
		return secret{Session: noObject}, isLocked()
	}
	if !strings.HasPrefix(string(session), root+"/session/") {
		return secret{Session: noObject}, dbus.NewError("org.freedesktop.Secret.Error.NoSession", nil)
	}
	return secret{session, []byte{}, e.k.items[e.path].value, "text/plain"}, nil
}

// Delete removes the item.
func (e entry) Delete() (dbus.ObjectPath, *dbus.Error) {
	defer e.k.enter()()
	delete(e.k.items, e.path)
	_ = e.k.conn.Export(nil, e.path, itemFace) // it was exported
	return noObject, nil
}

// prompt is the only prompt: it unlocks, and makes a missing collection.
type prompt struct{ k *Keyring }

// Prompt shows it to the user.
func (p prompt) Prompt(string) *dbus.Error {
	defer p.k.enter()()
	p.k.Prompts++
	if p.k.User == Sleeps {
		return nil
	}
	if p.k.User == Agrees {
		p.k.Locked, p.k.Empty = false, false
	}
	// The result is the unlocked object, or the new collection.
	err := p.k.conn.Emit(shownPrompt, promptFace+".Completed", p.k.User != Agrees, dbus.MakeVariant(dbus.ObjectPath(login)))
	if err != nil {
		return dbus.MakeFailedError(err)
	}
	return nil
}

// Dismiss removes it.
func (p prompt) Dismiss() *dbus.Error {
	defer p.k.enter()()
	p.k.Dismissed++
	return nil
}

// SetAttribute changes an attribute of all items.
func (k *Keyring) SetAttribute(name, value string) {
	k.Do(func(k *Keyring) {
		for _, item := range k.items {
			item.attributes[name] = value
		}
	})
}
