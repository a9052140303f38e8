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

// View is what an agent knows.
type View interface {
	Status() agent.Status
	Networks() []annotate.Network
	Claims(ctx context.Context, ssid wifi.SSID) []claims.Claim
}

// Control is what an agent can be told. The context is that of [Serve], and ends
// the waiting for an agent that does not listen; what was begun goes on without it.
type Control interface {
	Login(ctx context.Context, iface string) error
	Logoff(ctx context.Context, iface string) error
}

// Agent is what is put on the bus: [*agent.Agent].
type Agent interface {
	View
	Control
	// Listen has every transition told in order, one at a time, by who must not be kept waiting.
	Listen(tell func(agent.Transition)) (stop func())
}

// Serve shows the agent on the bus and takes requests for it until the context
// ends, which is no error. It returns [ErrNoBus] where there is no bus,
// [ErrTaken] where another agent has the name, and an error when the bus goes away.
func Serve(ctx context.Context, config Config, a Agent, version string) error {
	err := serve(ctx, config, a, version)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func serve(ctx context.Context, config Config, a Agent, version string) error {
	conn, err := connect(ctx, config)
	if err != nil {
		return err
	}
	out := newAnnouncer(conn, config.logger())
	defer hangUp(conn, out)
	if err := export(conn, &service{ctx: ctx, agent: a}, version); err != nil {
		return fmt.Errorf("export the agent: %w", err)
	}
	defer a.Listen(out.tell)()
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

// takeName becomes the agent of this bus, or says why not. It does not wait in line.
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

// closeTime is how long a bus may take to let the connection go.
const closeTime = time.Second

// hangUp ends the connection and what writes to it. A bus that has stopped
// reading blocks both; it does not hold up the end of the program.
func hangUp(conn *dbus.Conn, out *announcer) {
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
	ctx   context.Context // of Serve
	agent Agent
}

// methods are those of [Interface].
func (s *service) methods() map[string]any {
	return map[string]any{
		methodGetStatus:   s.getStatus,
		methodGetNetworks: s.getNetworks,
		methodGetClaims:   s.getClaims,
		methodLogin:       s.login,
		methodLogoff:      s.logoff,
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
		return nil, dbus.NewError(errorInvalid, []any{fmt.Sprintf("an SSID has at most %d octets, this one %d", wifi.MaxSSID, len(ssid))})
	}
	return answer(encodeList(s.agent.Claims(s.ctx, wifi.SSID(ssid))))
}

func (s *service) login(iface string) *dbus.Error { return toBus(s.agent.Login(s.ctx, iface)) }

func (s *service) logoff(iface string) *dbus.Error { return toBus(s.agent.Logoff(s.ctx, iface)) }

func answer[T any](value T, err error) (T, *dbus.Error) { return value, toBus(err) }
