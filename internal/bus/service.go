package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/claims"
	"hotspot-helper/wifi"
)

// View shows the state of an agent.
type View interface {
	Status() agent.Status
	Networks() []annotate.Network
	Claims(ctx context.Context, ssid wifi.SSID) []claims.Claim
}

// Control takes requests for an agent. The context is that of [Serve]. It ends the wait
// for an agent that does not answer; what was begun goes on without it.
type Control interface {
	Login(ctx context.Context, iface string) error
	Logoff(ctx context.Context, iface string) error
	AcceptChanged(ctx context.Context, iface, accept string) error
}

// Agent is what is served on the bus: [*agent.Agent].
type Agent interface {
	View
	Control
	// Listen calls a function with every transition in order, one at a time. The function
	// must not block.
	Listen(listener func(agent.Transition)) (stop func())
}

// Serve shows the agent on the bus and takes requests for it until the context ends, which
// is no error. It returns [ErrNoBus] if there is no bus, [ErrTaken] if another agent has
// the name, and an error when the bus goes away.
func Serve(ctx context.Context, config Config, a Agent, version string) error {
	err := serve(ctx, config, a, version)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func serve(ctx context.Context, config Config, a Agent, version string) error {
	conn, err := connect(ctx, config, config.dialBounded)
	if err != nil {
		return err
	}
	out := newAnnouncer(conn, config.logger())
	defer disconnect(conn, out)
	if err := export(conn, &service{ctx: ctx, agent: a, claiming: make(chan struct{}, maxClaims)}, version); err != nil {
		return fmt.Errorf("export the agent: %w", err)
	}
	defer a.Listen(out.add)()
	if err := takeName(ctx, conn); err != nil {
		return fmt.Errorf("take the name %s on the %s: %w", Name, config, err)
	}
	config.logger().Info("agent is on the bus", "bus", config.String(), "name", Name)
	if config.Serving != nil {
		config.Serving()
	}
	select {
	case <-ctx.Done():
		return nil
	case <-conn.Context().Done():
		return fmt.Errorf("serve on the %s: %w", config, errors.New("the bus closed the connection"))
	}
}

// takeName requests the well-known name, and does not queue for it.
func takeName(ctx context.Context, conn *dbus.Conn) error {
	var reply dbus.RequestNameReply
	err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.RequestName", 0,
		Name, dbus.NameFlagDoNotQueue).Store(&reply)
	switch {
	case err != nil:
		return fromBus(err)
	case reply != dbus.RequestNameReplyPrimaryOwner:
		return ErrTaken
	}
	return nil
}

// closeTime is how long closing a connection may take.
const closeTime = time.Second

// disconnect closes the connection and ends what writes to it. A bus that does not read
// any more blocks both, so it does not wait longer than closeTime.
func disconnect(conn *dbus.Conn, out *announcer) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = conn.Close()
		<-out.ended
	}()
	select {
	case <-closed:
	case <-time.After(closeTime):
	}
}

// service is the object on the bus.
type service struct {
	ctx      context.Context // of Serve
	agent    Agent
	claiming chan struct{} // one value for each claim that is under way
}

// methods are those of [Interface].
func (s *service) methods() map[string]any {
	return map[string]any{
		methodGetStatus:     s.getStatus,
		methodGetNetworks:   s.getNetworks,
		methodGetClaims:     s.getClaims,
		methodLogin:         s.login,
		methodLogoff:        s.logoff,
		methodAcceptChanged: s.acceptChanged,
	}
}

func (s *service) getStatus() (dictionary, *dbus.Error) {
	return answer(encode(s.agent.Status()))
}

func (s *service) getNetworks() ([]dictionary, *dbus.Error) {
	return answer(encodeList(s.agent.Networks()))
}

func (s *service) getClaims(ssid []byte) ([]dictionary, *dbus.Error) {
	if len(ssid) > wifi.MaxSSID {
		return nil, dbus.NewError(errorInvalid, []any{fmt.Sprintf("an SSID has at most %d bytes, this one %d", wifi.MaxSSID, len(ssid))})
	}
	select {
	case s.claiming <- struct{}{}:
		defer func() { <-s.claiming }()
	default:
		return nil, dbus.NewError(errorLimits, []any{fmt.Sprintf("at most %d callers ask for claims at the same time", maxClaims)})
	}
	return answer(encodeList(s.agent.Claims(s.ctx, wifi.SSID(ssid))))
}

// maxClaims is how many callers ask for claims at the same time. Claims cost much more work than a
// call, and a caller need not wait for one answer before it asks again.
const maxClaims = 4

func (s *service) login(iface string) *dbus.Error { return s.request(s.agent.Login, iface) }

func (s *service) logoff(iface string) *dbus.Error { return s.request(s.agent.Logoff, iface) }

func (s *service) acceptChanged(iface, accept string) *dbus.Error {
	if len(accept) > maxAccept {
		return dbus.NewError(errorInvalid, []any{fmt.Sprintf("what accepts a change has at most %d bytes, this %d", maxAccept, len(accept))})
	}
	return s.request(func(ctx context.Context, iface string) error { return s.agent.AcceptChanged(ctx, iface, accept) }, iface)
}

// maxAccept bounds what accepts a change, in bytes.
const maxAccept = 64

// maxInterface is the length in bytes of the longest name of an interface (IFNAMSIZ - 1).
const maxInterface = 15

// request asks the agent about an interface. A longer name is not repeated: the bus
// disconnects a sender of too large a reply.
func (s *service) request(ask func(context.Context, string) error, iface string) *dbus.Error {
	if len(iface) > maxInterface {
		return dbus.NewError(errorInvalid, []any{fmt.Sprintf("the name of an interface has at most %d bytes, this one %d", maxInterface, len(iface))})
	}
	return toBus(ask(s.ctx, iface))
}

func answer[T any](value T, err error) (T, *dbus.Error) { return value, toBus(err) }
