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
	"hotspot-helper/internal/bus/wire"
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
	Resume(ctx context.Context, iface string, given agent.CauseKind) error
	Logoff(ctx context.Context, iface string) error
	AcceptChanged(ctx context.Context, iface, accept string) error
	Suspect(ctx context.Context, iface string, cause agent.Cause) error
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
	calls := config.callBounds()
	conn, err := connect(ctx, config, wire.Options{Message: maxMessage, Calls: calls})
	if err != nil {
		return err
	}
	out := newAnnouncer(conn, config.logger())
	defer disconnect(conn, out)
	if err := export(conn, newService(ctx, conn, calls, config, a), version); err != nil {
		return fmt.Errorf("export the agent: %w", err)
	}
	if err := takeName(ctx, conn); err != nil {
		return fmt.Errorf("take the name %s on the %s: %w", Name, config, err)
	}
	// Not before: the policy of the system's bus keeps transitions from strangers by the name.
	defer a.Listen(out.add)()
	config.logger().Info("agent is on the bus", "bus", config.String(), "name", Name)
	if config.Serving != nil {
		config.Serving()
	}
	select {
	case <-ctx.Done():
		return nil
	case <-conn.Context().Done():
		return fmt.Errorf("serve on the %s: %w", config, errors.New("the connection ended"))
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
	guard    *guard        // who may ask
	claiming chan struct{} // one value for each claim that is under way
}

func newService(ctx context.Context, conn *dbus.Conn, calls *wire.Calls, config Config, a Agent) *service {
	s := &service{ctx: ctx, agent: a, claiming: make(chan struct{}, maxClaims)}
	if config.System {
		s.guard = newGuard(conn, calls, config)
	}
	return s
}

// methods are those of [Interface]. Each gets its call, and asks the guard first.
func (s *service) methods() map[string]any {
	return map[string]any{
		methodGetStatus:     s.getStatus,
		methodGetNetworks:   s.getNetworks,
		methodGetClaims:     s.getClaims,
		methodLogin:         s.login,
		methodResume:        s.resume,
		methodLogoff:        s.logoff,
		methodAcceptChanged: s.acceptChanged,
		methodSuspect:       s.suspect,
		methodProbe:         s.probe,
	}
}

// admit lets everyone ask, in turn.
func (s *service) admit(call dbus.Message) *dbus.Error { return toBus(s.guard.admit(s.ctx, call)) }

func (s *service) getStatus(call dbus.Message) (dictionary, *dbus.Error) {
	if err := s.guard.allow(s.ctx, call); err != nil {
		return nil, toBus(err)
	}
	return answer(encode(s.agent.Status()))
}

func (s *service) getNetworks(call dbus.Message) ([]dictionary, *dbus.Error) {
	if err := s.guard.allow(s.ctx, call); err != nil {
		return nil, toBus(err)
	}
	return answer(encodeList(s.agent.Networks()))
}

func (s *service) getClaims(call dbus.Message, ssid []byte) ([]dictionary, *dbus.Error) {
	if err := s.guard.allow(s.ctx, call); err != nil {
		return nil, toBus(err)
	}
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

func (s *service) login(call dbus.Message, iface string) *dbus.Error {
	return s.request(call, s.agent.Login, iface)
}

func (s *service) resume(call dbus.Message, iface, given string) *dbus.Error {
	if len(given) > maxGiven {
		return dbus.NewError(errorInvalid, []any{fmt.Sprintf("what was given has at most %d bytes, this %d", maxGiven, len(given))})
	}
	return s.request(call, func(ctx context.Context, iface string) error {
		return s.agent.Resume(ctx, iface, agent.CauseKind(given))
	}, iface)
}

// maxGiven bounds the name of what was given, in bytes.
const maxGiven = 16

func (s *service) logoff(call dbus.Message, iface string) *dbus.Error {
	return s.request(call, s.agent.Logoff, iface)
}

func (s *service) acceptChanged(call dbus.Message, iface, accept string) *dbus.Error {
	if len(accept) > maxAccept {
		return dbus.NewError(errorInvalid, []any{fmt.Sprintf("what accepts a change has at most %d bytes, this %d", maxAccept, len(accept))})
	}
	return s.request(call, func(ctx context.Context, iface string) error { return s.agent.AcceptChanged(ctx, iface, accept) }, iface)
}

func (s *service) suspect(call dbus.Message, iface string) *dbus.Error {
	return s.suspectBy(call, iface, agent.Cause{Kind: agent.CauseWindow, Text: "the portal is used in a window"})
}

func (s *service) probe(call dbus.Message, iface string) *dbus.Error {
	return s.suspectBy(call, iface, agent.Cause{Kind: agent.CauseProbe, Text: "probe requested"})
}

func (s *service) suspectBy(call dbus.Message, iface string, cause agent.Cause) *dbus.Error {
	return s.request(call, func(ctx context.Context, iface string) error { return s.agent.Suspect(ctx, iface, cause) }, iface)
}

// maxAccept bounds what accepts a change, in bytes.
const maxAccept = 64

// maxInterface is the length in bytes of the longest name of an interface (IFNAMSIZ - 1).
const maxInterface = 15

// request asks the agent about an interface. A longer name is not repeated: the bus
// disconnects a sender of too large a reply.
func (s *service) request(call dbus.Message, ask func(context.Context, string) error, iface string) *dbus.Error {
	if len(iface) > maxInterface {
		return dbus.NewError(errorInvalid, []any{fmt.Sprintf("the name of an interface has at most %d bytes, this one %d", maxInterface, len(iface))})
	}
	if err := s.guard.allow(s.ctx, call); err != nil {
		return toBus(err)
	}
	return toBus(ask(s.ctx, iface))
}

func answer[T any](value T, err error) (T, *dbus.Error) { return value, toBus(err) }
