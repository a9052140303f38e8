package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/claims"
	"hotspot-helper/internal/bus/wire"
	"hotspot-helper/wifi"
)

// Client asks one agent. When that agent leaves the bus, every request ends with
// [ErrNoAgent], even if another agent has come.
type Client struct {
	conn   *dbus.Conn
	logger *slog.Logger
	agent  dbus.BusObject
	tasks  sync.WaitGroup
}

// Dial finds the agent on the bus. It returns [ErrNoBus] if there is no bus, and
// [ErrNoAgent] if there is no agent; it starts no bus, and an agent only with [Config.Activate].
// The context bounds the search; the client lasts until Close.
func Dial(ctx context.Context, config Config) (*Client, error) {
	var agent atomic.Pointer[string] // its unique name
	conn, err := connect(ctx, config, wire.Options{Message: maxAnswer, Heard: func(sender string) bool {
		known := agent.Load()
		return known != nil && *known == sender
	}})
	if err != nil {
		return nil, err
	}
	owner, err := findAgent(ctx, conn)
	if config.Activate && errors.Is(err, ErrNoAgent) {
		if err = startAgent(ctx, conn); err == nil {
			owner, err = findAgent(ctx, conn)
		}
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("find the agent on the %s: %w", config, err)
	}
	agent.Store(&owner)
	return &Client{conn: conn, logger: config.logger(), agent: conn.Object(owner, Path)}, nil
}

// findAgent returns the unique name of the agent.
func findAgent(ctx context.Context, conn *dbus.Conn) (owner string, err error) {
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, Name).Store(&owner)
	return owner, fromBus(err)
}

// startAgent returns when the bus has started the agent: with systemd's unit if there is one (D-Bus
// specification, "Message Bus Starting Services").
func startAgent(ctx context.Context, conn *dbus.Conn) error {
	err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.StartServiceByName", 0, Name, uint32(0)).Err
	if err = fromBus(err); err != nil && !errors.Is(err, ErrNoAgent) {
		return fmt.Errorf("start it: %w", err)
	}
	return err
}

// Close closes the connection and ends every subscription.
func (c *Client) Close() error {
	err := c.conn.Close()
	c.tasks.Wait()
	return err
}

// Status returns the state of all associations.
func (c *Client) Status(ctx context.Context) (agent.Status, error) {
	var dict dictionary
	var status agent.Status
	if err := c.call(ctx, methodGetStatus, &dict); err != nil {
		return status, err
	}
	return status, decode(dict, &status)
}

// Version returns the version of the agent's program.
func (c *Client) Version(ctx context.Context) (version string, err error) {
	err = c.agent.CallWithContext(ctx, prop.IntrospectData.Name+".Get", dbus.FlagNoAutoStart, Interface, propertyVersion).Store(&version)
	if err != nil {
		return "", fmt.Errorf("read the version of the agent: %w", fromBus(err))
	}
	return version, nil
}

// Networks returns the scanned networks, annotated.
func (c *Client) Networks(ctx context.Context) ([]annotate.Network, error) {
	var list []dictionary
	if err := c.call(ctx, methodGetNetworks, &list); err != nil {
		return nil, err
	}
	return decodeList[annotate.Network](list)
}

// Claims returns the answer of every helper about a network, best first.
func (c *Client) Claims(ctx context.Context, ssid wifi.SSID) ([]claims.Claim, error) {
	var list []dictionary
	if err := c.call(ctx, methodGetClaims, &list, []byte(ssid)); err != nil {
		return nil, err
	}
	return decodeList[claims.Claim](list)
}

// Login asks for a login on the interface, or on every one if it is empty. It returns
// when the request is taken, with [agent.ErrNoAssociation] if there is no network.
func (c *Client) Login(ctx context.Context, iface string) error {
	return c.call(ctx, methodLogin, nil, iface)
}

// Resume asks for a login like Login, since what it waited for was given: [agent.CauseConsent] or [agent.CauseInput].
func (c *Client) Resume(ctx context.Context, iface string, given agent.CauseKind) error {
	return c.call(ctx, methodResume, nil, iface, string(given))
}

// AcceptChanged accepts that a secret goes to another destination than before, see
// [agent.Need.Accept], and asks for a login like Login.
func (c *Client) AcceptChanged(ctx context.Context, iface, accept string) error {
	return c.call(ctx, methodAcceptChanged, nil, iface, accept)
}

// Suspect says that a person uses the portal, so that the agent probes: see [agent.Agent.Suspect].
func (c *Client) Suspect(ctx context.Context, iface string) error {
	return c.call(ctx, methodSuspect, nil, iface)
}

// Probe asks to look again what the interface, or every one if it is empty, reaches: see [agent.Agent.Suspect]. It
// returns when the request is taken.
func (c *Client) Probe(ctx context.Context, iface string) error {
	return c.call(ctx, methodProbe, nil, iface)
}

// Logoff asks to log off and to leave the network alone until Login. It returns
// [agent.ErrNoAssociation] if there is no network, and [agent.ErrNotLoggedIn] if no
// helper logged in.
func (c *Client) Logoff(ctx context.Context, iface string) error {
	return c.call(ctx, methodLogoff, nil, iface)
}

// Authorize lets polkit ask the user for a password after a call that ended with [ErrAuthentication].
// Further calls then work for as long as polkit remembers the answer. It may take minutes.
func (c *Client) Authorize(ctx context.Context) error {
	// Not Object.Call, which drops this flag.
	message := &dbus.Message{
		Type: dbus.TypeMethodCall, Flags: dbus.FlagNoAutoStart | dbus.FlagAllowInteractiveAuthorization,
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldDestination: dbus.MakeVariant(c.agent.Destination()),
			dbus.FieldPath:        dbus.MakeVariant(c.agent.Path()),
			dbus.FieldInterface:   dbus.MakeVariant(Interface),
			dbus.FieldMember:      dbus.MakeVariant(methodGetStatus),
		},
	}
	select {
	case call := <-c.conn.SendWithContext(ctx, message, make(chan *dbus.Call, 1)).Done:
		if call.Err != nil {
			return fromAgent(methodGetStatus, call.Err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("call %s: %w", methodGetStatus, context.Cause(ctx))
	}
}

// call calls a method of the agent and stores its answer, if it has one.
func (c *Client) call(ctx context.Context, method string, answer any, args ...any) error {
	call := c.agent.CallWithContext(ctx, Interface+"."+method, dbus.FlagNoAutoStart, args...)
	if call.Err != nil {
		return fromAgent(method, call.Err)
	}
	if answer == nil {
		return nil
	}
	if err := call.Store(answer); err != nil {
		return fmt.Errorf("read the answer to %s: %w", method, err)
	}
	return nil
}
