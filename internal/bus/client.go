package bus

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/claims"
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
// [ErrNoAgent] if there is no agent; it starts neither. The context bounds the search;
// the client lasts until Close.
func Dial(ctx context.Context, config Config) (*Client, error) {
	conn, err := connect(ctx, config, config.dial)
	if err != nil {
		return nil, err
	}
	var owner string
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, Name).Store(&owner)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("find the agent on the %s: %w", config, fromBus(err))
	}
	return &Client{conn: conn, logger: config.logger(), agent: conn.Object(owner, Path)}, nil
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

// AcceptChanged accepts that a secret goes to another destination than before, see
// [agent.Need.Accept], and asks for a login like Login.
func (c *Client) AcceptChanged(ctx context.Context, iface, accept string) error {
	return c.call(ctx, methodAcceptChanged, nil, iface, accept)
}

// Logoff asks to log off and to leave the network alone until Login. It returns
// [agent.ErrNoAssociation] if there is no network, and [agent.ErrNotLoggedIn] if no
// helper logged in.
func (c *Client) Logoff(ctx context.Context, iface string) error {
	return c.call(ctx, methodLogoff, nil, iface)
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
