package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
)

// Action is the polkit action that lets other users than the members of [Group] ask the agent of the system.
const Action = "org.hotspothelper.manage"

// How polkit is found on the bus (org.freedesktop.PolicyKit1.Authority).
const (
	authorityName      = "org.freedesktop.PolicyKit1"
	authorityPath      = "/org/freedesktop/PolicyKit1/Authority"
	authorityInterface = "org.freedesktop.PolicyKit1.Authority"
)

// How long polkit may take: without a person, and with one who has to find a password.
const (
	checkTime       = 5 * time.Second
	interactionTime = 2 * time.Minute
)

// allowInteraction is the flag AllowUserInteraction of CheckAuthorization.
const allowInteraction uint32 = 1

// The types of CheckAuthorization.
type (
	subject struct {
		Kind    string
		Details map[string]dbus.Variant
	}
	authorization struct {
		Authorized bool
		Challenge  bool // it would be, after an authentication
		Details    map[string]string
	}
)

// authorize asks polkit whether a connection may have [Action]. Without polkit nobody may. With
// interactive, polkit may ask the user for a password. The error is [ErrDenied] or [ErrAuthentication].
// The serial is that of the call that it is about.
func authorize(ctx context.Context, conn *dbus.Conn, name string, serial uint32, interactive bool) error {
	limit, flags := checkTime, uint32(0)
	if interactive {
		limit, flags = interactionTime, allowInteraction
	}
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	who := subject{"system-bus-name", map[string]dbus.Variant{"name": dbus.MakeVariant(name)}}
	cancellation := fmt.Sprintf("%s/%d", name, serial)
	var answer authorization
	authority := conn.Object(authorityName, authorityPath)
	call := authority.CallWithContext(ctx, authorityInterface+".CheckAuthorization", 0, who, Action, map[string]string{}, flags, cancellation)
	err := call.Err
	if err == nil {
		err = call.Store(&answer)
	}
	switch {
	case ctx.Err() != nil:
		_ = authority.Go(authorityInterface+".CancelCheckAuthorization", dbus.FlagNoReplyExpected, nil, cancellation)
		return denied(fmt.Sprintf("polkit did not answer within %v", limit))
	case isAbsent(err):
		return denied("there is no polkit to ask")
	case err != nil:
		return denied(fmt.Sprintf("polkit cannot tell: %v", err))
	case answer.Authorized:
		return nil
	case answer.Challenge && !interactive:
		return &missingError{"polkit wants an authentication", ErrAuthentication}
	case answer.Challenge:
		return denied("polkit found nobody to authenticate")
	}
	return denied("polkit does not authorize it")
}

// isAbsent reports whether an error of the bus says that nobody has the name that was called.
func isAbsent(err error) bool {
	answer, ok := errors.AsType[dbus.Error](err)
	return ok && (answer.Name == "org.freedesktop.DBus.Error.ServiceUnknown" || answer.Name == "org.freedesktop.DBus.Error.NameHasNoOwner")
}

// missingError says what a caller needs.
type missingError struct {
	why  string
	kind error
}

func denied(why string) error { return &missingError{why, ErrDenied} }

func (e *missingError) Error() string {
	return fmt.Sprintf("ask the agent of the system: only root, members of the group %s and holders of the polkit action %s may, and %s", Group, Action, e.why)
}

func (e *missingError) Unwrap() error { return e.kind }
