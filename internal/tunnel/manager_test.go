package tunnel

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/systembus"
)

// networkManager stands in for NetworkManager on a real bus: its settings and its active connections.
type networkManager struct {
	conn *dbus.Conn

	mu      sync.Mutex
	profile []profile
	actives map[dbus.ObjectPath]*activeConnection
	next    int
	slow    uint32 // state of what is activated, at first; 0: it is up at once
	never   bool   // it does not come up
	refuse  *dbus.Error
	called  []string
}

type activeConnection struct {
	uuid  string
	state uint32
}

// playManager starts the stand-in, and returns it with a client's connection to the bus.
func playManager(t *testing.T, profiles ...profile) (*networkManager, *systembus.Conn) {
	t.Helper()
	address := bustest.New(t, os.Getenv("HELPER_REQUIRE"))
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	m := &networkManager{conn: conn, actives: map[dbus.ObjectPath]*activeConnection{}}
	for i, p := range profiles {
		p.path = settingsPath + dbus.ObjectPath(fmt.Sprintf("/%d", i+1))
		m.profile = append(m.profile, p)
		m.export(t, p.path, settings+".Connection", map[string]any{"GetSettings": func() (map[string]map[string]dbus.Variant, *dbus.Error) {
			if p.kind == "" {
				return nil, dbus.NewError(settings+".Connection.PermissionDenied", nil) // of another user
			}
			return map[string]map[string]dbus.Variant{"connection": {"id": dbus.MakeVariant(p.id), "uuid": dbus.MakeVariant(p.uuid), "type": dbus.MakeVariant(p.kind)}}, nil
		}})
	}
	m.export(t, settingsPath, settings, map[string]any{"ListConnections": func() (paths []dbus.ObjectPath, _ *dbus.Error) {
		for _, p := range m.profile {
			paths = append(paths, p.path)
		}
		return paths, nil
	}})
	m.export(t, managerPath, manager, map[string]any{"ActivateConnection": m.activate, "DeactivateConnection": m.deactivate})
	m.export(t, managerPath, "org.freedesktop.DBus.Properties", map[string]any{"Get": m.get})
	if reply, err := conn.RequestName(manager, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
	client, err := systembus.Dial(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return m, client
}

func (m *networkManager) export(t *testing.T, path dbus.ObjectPath, iface string, methods map[string]any) {
	t.Helper()
	if err := m.conn.ExportMethodTable(methods, path, iface); err != nil {
		t.Fatal(err)
	}
}

// activate makes an active connection, as the user may do too.
func (m *networkManager) activate(connection, device, object dbus.ObjectPath) (dbus.ObjectPath, *dbus.Error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.called = append(m.called, "up")
	i := slices.IndexFunc(m.profile, func(p profile) bool { return p.path == connection })
	switch {
	case m.refuse != nil:
		return "", m.refuse
	case i < 0 || device != "/" || object != "/":
		return "", dbus.NewError(manager+".UnknownConnection", nil)
	}
	m.next++
	path := managerPath + dbus.ObjectPath(fmt.Sprintf("/ActiveConnection/%d", m.next))
	m.actives[path] = &activeConnection{m.profile[i].uuid, max(m.slow, activating)}
	if m.slow == 0 {
		m.actives[path].state = activated
	}
	get := func(iface, name string) (dbus.Variant, *dbus.Error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		a, ok := m.actives[path]
		if !ok || iface != active {
			return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownObject", nil)
		}
		if name == "Uuid" {
			return dbus.MakeVariant(a.uuid), nil
		}
		state := a.state
		if a.state == activating && !m.never {
			a.state = activated // when it is asked again
		}
		return dbus.MakeVariant(state), nil
	}
	if err := m.conn.ExportMethodTable(map[string]any{"Get": get}, path, "org.freedesktop.DBus.Properties"); err != nil {
		return "", dbus.MakeFailedError(err)
	}
	return path, nil
}

func (m *networkManager) deactivate(path dbus.ObjectPath) *dbus.Error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.called = append(m.called, "down")
	if _, ok := m.actives[path]; !ok {
		return dbus.NewError(manager+".ConnectionNotActive", nil)
	}
	delete(m.actives, path)
	return nil
}

func (m *networkManager) get(iface, name string) (dbus.Variant, *dbus.Error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if iface != manager || name != "ActiveConnections" {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", nil)
	}
	paths := []dbus.ObjectPath{}
	for path := range m.actives {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return dbus.MakeVariant(paths), nil
}

// behave changes how it answers.
func (m *networkManager) behave(refuse *dbus.Error, slow uint32, never bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse, m.slow, m.never = refuse, slow, never
}

// did returns what was activated and deactivated so far.
func (m *networkManager) did() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.called, " ")
}

// profiles are connections that NetworkManager has, that of another user among them.
func profiles() []profile {
	return []profile{
		{id: "Home", uuid: "uuid-home", kind: "802-11-wireless"},
		{},
		{id: "work", uuid: "uuid-work", kind: "vpn"},
		{id: "twice", uuid: "uuid-one", kind: "wireguard"},
		{id: "twice", uuid: "uuid-two", kind: "wireguard"},
	}
}

func denied() *dbus.Error { return dbus.NewError(manager+".PermissionDenied", []any{"not authorized"}) }

func TestConnection(t *testing.T) {
	t.Parallel()
	m, client := playManager(t, profiles()...)
	for _, name := range []string{"work", "uuid-work", "uuid-two"} {
		c := connection{client, name}
		if _, isUp, err := c.state(t.Context()); err != nil || isUp {
			t.Fatalf("%s: up %t, %v", name, isUp, err)
		}
		started, err := c.start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if instance, isUp, err := c.state(t.Context()); err != nil || !isUp || instance != started || started == "" {
			t.Errorf("%s: up %t as %q, started %q, %v", name, isUp, instance, started, err)
		}
		if err := c.stop(t.Context()); err != nil {
			t.Error(err)
		}
		if _, isUp, err := c.state(t.Context()); err != nil || isUp {
			t.Errorf("%s: up %t, %v", name, isUp, err)
		}
		if err := c.stop(t.Context()); err != nil {
			t.Errorf("%s: stopped again: %v", name, err)
		}
	}
	if got := m.did(); got != "up down up down up down" {
		t.Errorf("did %q", got)
	}
}

func TestConnectionFails(t *testing.T) {
	t.Parallel()
	m, client := playManager(t, profiles()...)
	for name, want := range map[string]string{
		"Home":  `of the type "802-11-wireless", want vpn or wireguard`,
		"none":  "NetworkManager has none of that name",
		"twice": "several have the name: use the UUID of one",
	} {
		c := connection{client, name}
		_, _, looked := c.state(t.Context())
		_, started := c.start(t.Context())
		for _, err := range []error{looked, started, c.stop(t.Context())} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
	c := connection{client, "work"}
	m.behave(denied(), 0, false)
	if _, err := c.start(t.Context()); err == nil || !strings.Contains(err.Error(), "NetworkManager refuses it to this user") {
		t.Errorf("not allowed: %v", err)
	}
	m.behave(nil, 3, false) // deactivating
	if _, err := c.start(t.Context()); err == nil || !strings.Contains(err.Error(), "did not come up") {
		t.Errorf("did not come up: %v", err)
	}
	if got := m.did(); got != "up up" {
		t.Errorf("did %q", got)
	}
}

// A connection that takes long is waited for, and stopped when it is given up.
func TestConnectionTakesLong(t *testing.T) {
	t.Parallel()
	m, client := playManager(t, profiles()...)
	c := connection{client, "work"}
	m.behave(nil, activating, false)
	if _, err := c.start(t.Context()); err != nil {
		t.Error(err)
	}
	if err := c.stop(t.Context()); err != nil {
		t.Error(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	m.behave(nil, activating, true)
	if _, err := c.start(ctx); err == nil || !strings.Contains(err.Error(), "not up after") {
		t.Errorf("given up: %v", err)
	}
	if _, isUp, err := c.state(t.Context()); err != nil || isUp {
		t.Errorf("what was given up is up: %t, %v", isUp, err)
	}
	if got := m.did(); got != "up down up down" {
		t.Errorf("did %q", got)
	}
}
