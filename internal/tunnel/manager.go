package tunnel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/wait"
)

// Caller calls methods of services on the system bus, as [*systembus.Bus] does.
type Caller interface {
	Call(ctx context.Context, service string, path dbus.ObjectPath, method string, args ...any) ([]any, error)
}

// NetworkManager on the system bus.
const (
	manager      = "org.freedesktop.NetworkManager"
	managerPath  = dbus.ObjectPath("/org/freedesktop/NetworkManager")
	settings     = manager + ".Settings"
	settingsPath = managerPath + "/Settings"
	active       = manager + ".Connection.Active"

	// States of an active connection (NMActiveConnectionState).
	activating, activated = 1, 2

	// callTime bounds one call.
	callTime = 5 * time.Second
	// activationTime bounds the wait for a connection that was started.
	activationTime = 30 * time.Second
	// maxConnections bounds how many connections are looked through for a name.
	maxConnections = 256
)

// connection is a VPN or WireGuard connection of NetworkManager.
type connection struct {
	bus  Caller
	name string // or UUID
}

// call calls a method and stores its answer, which is of one value. A nil answer is none.
func (c connection) call(ctx context.Context, path dbus.ObjectPath, method string, answer any, args ...any) error {
	ctx, stop := context.WithTimeout(ctx, callTime)
	defer stop()
	body, err := c.bus.Call(ctx, manager, path, method, args...)
	if err == nil && answer != nil {
		err = dbus.Store(body, answer)
	}
	if refused, ok := errors.AsType[dbus.Error](err); ok && refused.Name == manager+".PermissionDenied" {
		return fmt.Errorf("NetworkManager refuses it to this user: %w", err)
	}
	return err
}

func (c connection) property(ctx context.Context, path dbus.ObjectPath, iface, name string, value any) error {
	var v dbus.Variant
	if err := c.call(ctx, path, "org.freedesktop.DBus.Properties.Get", &v, iface, name); err != nil {
		return err
	}
	return v.Store(value)
}

// profile is what is known of a connection that NetworkManager has.
type profile struct {
	path dbus.ObjectPath
	id   string
	uuid string
	kind string
}

// find looks for the connection by its UUID, else by its name. It has to be a VPN.
func (c connection) find(ctx context.Context) (profile, error) {
	p, err := c.lookUp(ctx)
	if err == nil && p.kind != "vpn" && p.kind != "wireguard" {
		err = fmt.Errorf("it is of the type %q, want vpn or wireguard", p.kind)
	}
	if err != nil {
		return profile{}, fmt.Errorf("find connection %q: %w", c.name, err)
	}
	return p, nil
}

func (c connection) lookUp(ctx context.Context) (found profile, err error) {
	var paths []dbus.ObjectPath
	if err := c.call(ctx, settingsPath, settings+".ListConnections", &paths); err != nil {
		return profile{}, err
	}
	for _, path := range paths[:min(len(paths), maxConnections)] {
		var all map[string]map[string]dbus.Variant
		if err := c.call(ctx, path, settings+".Connection.GetSettings", &all); err != nil {
			continue // it is gone by now, or another user's
		}
		p := profile{path: path}
		for key, value := range map[string]*string{"id": &p.id, "uuid": &p.uuid, "type": &p.kind} {
			*value, _ = all["connection"][key].Value().(string)
		}
		switch {
		case p.uuid == c.name:
			return p, nil
		case p.id == c.name && found.path != "":
			err = errors.New("several have the name: use the UUID of one")
		case p.id == c.name:
			found = p
		}
	}
	if found.path == "" {
		err = errors.New("NetworkManager has none of that name")
	}
	return found, err
}

// state returns which active connection it is.
func (c connection) state(ctx context.Context) (instance string, isUp bool, err error) {
	p, err := c.find(ctx)
	if err != nil {
		return "", false, err
	}
	path, err := c.active(ctx, p)
	if err != nil || path == "" {
		return "", false, err
	}
	instance, err = c.instance(ctx, path)
	return instance, err == nil, err
}

// instance tells an active connection from every other one: NetworkManager counts them, and begins
// again when it is restarted, with another name on the bus.
func (c connection) instance(ctx context.Context, path dbus.ObjectPath) (string, error) {
	ctx, stop := context.WithTimeout(ctx, callTime)
	defer stop()
	const busName = "org.freedesktop.DBus"
	body, err := c.bus.Call(ctx, busName, "/org/freedesktop/DBus", busName+".GetNameOwner", manager)
	var owner string
	if err == nil {
		err = dbus.Store(body, &owner)
	}
	return owner + string(path), err
}

// active returns the active connection of a profile; "": there is none.
func (c connection) active(ctx context.Context, p profile) (dbus.ObjectPath, error) {
	var paths []dbus.ObjectPath
	if err := c.property(ctx, managerPath, manager, "ActiveConnections", &paths); err != nil {
		return "", err
	}
	for _, path := range paths[:min(len(paths), maxConnections)] {
		var uuid string
		var state uint32
		if c.property(ctx, path, active, "Uuid", &uuid) != nil || uuid != p.uuid {
			continue
		}
		if err := c.property(ctx, path, active, "State", &state); err == nil && (state == activating || state == activated) {
			return path, nil
		}
	}
	return "", nil
}

// start activates the connection and waits until it is up.
func (c connection) start(ctx context.Context) (instance string, err error) {
	p, err := c.find(ctx)
	if err != nil {
		return "", err
	}
	var path dbus.ObjectPath
	none := dbus.ObjectPath("/") // NetworkManager chooses the device
	if err := c.call(ctx, managerPath, manager+".ActivateConnection", &path, p.path, none, none); err != nil {
		return "", fmt.Errorf("activate connection %q: %w", c.name, err)
	}
	ctx, stop := context.WithTimeout(ctx, activationTime)
	defer stop()
	pace := wait.Backoff{First: 100 * time.Millisecond, Last: 2 * time.Second}
	for attempt := 0; ; attempt++ {
		var state uint32
		err := c.property(ctx, path, active, "State", &state)
		switch {
		case err == nil && state == activated:
			return c.instance(ctx, path)
		case err != nil || state != activating && state != 0:
			return "", fmt.Errorf("activate connection %q: it did not come up", c.name)
		}
		if err := wait.For(ctx, pace.After(attempt)); err != nil {
			_ = c.call(context.WithoutCancel(ctx), managerPath, manager+".DeactivateConnection", nil, path) // nobody would stop it
			return "", fmt.Errorf("activate connection %q: not up after %v: %w", c.name, activationTime, err)
		}
	}
}

func (c connection) stop(ctx context.Context) error {
	p, err := c.find(ctx)
	if err != nil {
		return err
	}
	path, err := c.active(ctx, p)
	if err != nil || path == "" {
		return err
	}
	if err := c.call(ctx, managerPath, manager+".DeactivateConnection", nil, path); err != nil {
		return fmt.Errorf("deactivate connection %q: %w", c.name, err)
	}
	return nil
}
