package desktop

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/introspect"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus/wire"
	"hotspot-helper/internal/systembus"
	"hotspot-helper/internal/wait"
	"hotspot-helper/probe"
)

// GNOME Shell's portal helper: what the shell calls when NetworkManager sees a portal (js/ui/status/network.js of
// gnome-shell, the same in versions 3.14 to 48).
const (
	shellService    = "org.gnome.Shell"
	portalName      = "org.gnome.Shell.PortalHelper" // also the interface
	portalPath      = dbus.ObjectPath("/org/gnome/Shell/PortalHelper")
	activeInterface = managerService + ".Connection.Active"
)

// Results of the signal StatusChanged.
const (
	portalCancelled uint32 = 0 // the shell does not ask again for this connection
	portalCompleted uint32 = 1 // the shell takes it as done
	portalRecheck   uint32 = 2 // the shell makes NetworkManager check
)

// askingShell is the first version of the shell that asks a person before it calls Authenticate.
const askingShell = 47

// portalHelper is the portal helper of GNOME Shell, in place of the shell's own, while the shell and a way to open
// windows are there. It opens a window once a login needs a person, not while a helper may still log in.
type portalHelper struct {
	session *Session
	bus     client // of the session
	system  client
	windows *windows

	mu      sync.Mutex
	shell   bool // is there
	changed chan struct{}
}

// wake makes it look again. It does not wait.
func (p *portalHelper) wake() { wake(p.tokens()) }

func (p *portalHelper) tokens() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed == nil {
		p.changed = make(chan struct{}, 1)
	}
	return p.changed
}

// run has the name while it is of use, until the context ends.
func (p *portalHelper) run(ctx context.Context) error {
	defer p.bus.Subscribe(systembus.Subscription{Service: shellService, Present: func(isThere bool) {
		p.mu.Lock()
		p.shell = isThere
		p.mu.Unlock()
		p.wake()
	}})()
	defer p.session.Agent.Listen(func(agent.Transition) { p.wake() })()
	for failed := 0; ctx.Err() == nil; {
		if !p.isOfUse() {
			failed = 0
			select {
			case <-ctx.Done():
			case <-p.tokens():
			}
			continue
		}
		err := p.serve(ctx)
		if err == nil {
			continue
		}
		p.session.Logger.Debug("not GNOME's portal helper, trying again", "cause", err)
		if wait.For(ctx, portalBackoff.After(failed)) != nil {
			return nil
		}
		failed++
	}
	return nil
}

// portalBackoff is the delay between attempts to connect.
var portalBackoff = wait.Backoff{First: time.Second, Last: time.Minute}

// isOfUse reports whether the shell is there, and a window can be opened for it.
func (p *portalHelper) isOfUse() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shell && p.windows.canOpen()
}

// portalCall is a call of the shell.
type portalCall struct {
	method     string
	connection dbus.ObjectPath // of NetworkManager
}

// Bounds of what the shell asks for.
const (
	maxPortalCalls   = 8
	maxPortalMessage = 16 << 10
	maxPortalBody    = 4 << 10
)

// serve has the name until it is of no use any more, and returns an error when the bus goes away.
func (p *portalHelper) serve(ctx context.Context) error {
	calls := make(chan portalCall, maxPortalCalls)
	methods := portalMethods(calls)
	conn, err := wire.Dial(ctx, p.session.Address, wire.Options{Message: maxPortalMessage, Calls: &wire.Calls{
		Signatures: wire.Signatures(methods),
		Body:       maxPortalBody, Total: maxPortalCalls, User: maxPortalCalls, Sender: maxPortalCalls, Stranger: maxPortalCalls,
	}})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // it is not used any more
	for iface, table := range methods {
		if err := conn.ExportMethodTable(table, portalPath, iface); err != nil {
			return fmt.Errorf("export the portal helper: %w", err)
		}
	}
	// It queues: where the shell's own helper runs already, this one follows it.
	var reply dbus.RequestNameReply
	if err := conn.BusObject().CallWithContext(ctx, busName+".RequestName", 0, portalName, uint32(0)).Store(&reply); err != nil {
		return fmt.Errorf("take the name %s: %w", portalName, err)
	}
	p.session.Logger.Info("portal helper of GNOME Shell", "name", portalName, "waits_for_its_own", reply == dbus.RequestNameReplyInQueue)
	s := &portalSession{portalHelper: p, asked: map[string]*portalRequest{}, emit: func(connection dbus.ObjectPath, result uint32) error {
		return conn.Emit(portalPath, portalName+".StatusChanged", connection, result)
	}}
	for p.isOfUse() {
		select {
		case <-ctx.Done():
			return nil
		case <-conn.Context().Done():
			return errors.New("the bus closed the connection")
		case call := <-calls:
			s.take(ctx, call)
		case <-p.tokens():
		}
		s.look(ctx)
	}
	return nil
}

const busName = "org.freedesktop.DBus"

// portalMethods are those of the helper's object, by interface. Further calls are dropped while too many wait.
func portalMethods(calls chan<- portalCall) map[string]map[string]any {
	pass := func(method string, connection dbus.ObjectPath) *dbus.Error {
		select {
		case calls <- portalCall{method, connection}:
		default:
		}
		return nil
	}
	description := introspect.NewIntrospectable(&introspect.Node{Interfaces: []introspect.Interface{portalInterface()}})
	return map[string]map[string]any{
		portalName: {
			"Authenticate": func(connection dbus.ObjectPath, _ string, _ uint32) *dbus.Error {
				return pass("Authenticate", connection)
			},
			"Close":   func(connection dbus.ObjectPath) *dbus.Error { return pass("Close", connection) },
			"Refresh": func(dbus.ObjectPath) *dbus.Error { return nil }, // the window looks by itself
		},
		// The shell's proxy reads properties, and there are none.
		propertiesInterface: {
			"GetAll": func(string) (map[string]dbus.Variant, *dbus.Error) { return map[string]dbus.Variant{}, nil },
		},
		introspect.IntrospectData.Name: {"Introspect": description.Introspect},
	}
}

// portalInterface describes the interface as the shell does.
func portalInterface() introspect.Interface {
	in := func(name, kind string) introspect.Arg { return introspect.Arg{Name: name, Type: kind, Direction: "in"} }
	return introspect.Interface{
		Name: portalName,
		Methods: []introspect.Method{
			{Name: "Authenticate", Args: []introspect.Arg{in("connection", "o"), in("url", "s"), in("timestamp", "u")}},
			{Name: "Close", Args: []introspect.Arg{in("connection", "o")}},
			{Name: "Refresh", Args: []introspect.Arg{in("connection", "o")}},
		},
		Signals: []introspect.Signal{{Name: "StatusChanged", Args: []introspect.Arg{{Name: "connection", Type: "o"}, {Name: "result", Type: "u"}}}},
	}
}

// portalRequest is a connection that the shell wants a person to sign in to.
type portalRequest struct {
	connection dbus.ObjectPath
	opened     bool // there was a window
	automatic  bool // no person asked the shell for it
}

// portalSession is what the shell asked for over one connection.
type portalSession struct {
	*portalHelper

	asked map[string]*portalRequest // by interface
	emit  func(connection dbus.ObjectPath, result uint32) error
}

// take takes a call.
func (s *portalSession) take(ctx context.Context, call portalCall) {
	ctx, stop := context.WithTimeout(ctx, newsTime)
	defer stop()
	if call.method == "Close" {
		s.close(ctx, call.connection)
		return
	}
	iface := s.interfaceOf(ctx, call.connection)
	if iface == "" || len(s.asked) >= maxWindows {
		s.session.Logger.Debug("GNOME Shell asks about a connection that is not known", "connection", string(call.connection))
		s.say(call.connection, portalCancelled)
		return
	}
	s.asked[iface] = &portalRequest{connection: call.connection, automatic: s.shellVersion(ctx) < askingShell}
	if as, ok := s.association(iface); ok && isOnline(as) {
		cause := agent.Cause{Kind: agent.CauseConnectivity, Text: "GNOME Shell sees a portal"}
		if err := s.session.Agent.Suspect(ctx, iface, cause); err != nil {
			s.session.Logger.Debug("sign of GNOME Shell not taken", "interface", iface, "cause", err)
		}
	}
}

// interfaceOf returns the interface of an active connection; empty: it is not known.
func (s *portalSession) interfaceOf(ctx context.Context, connection dbus.ObjectPath) string {
	var devices []dbus.ObjectPath
	if err := s.system.get(ctx, managerService, connection, activeInterface, "Devices", &devices); err != nil || len(devices) == 0 {
		return ""
	}
	return s.system.interfaceOf(ctx, devices[0])
}

// shellVersion is the major version of the shell; 0: it is not known.
func (s *portalSession) shellVersion(ctx context.Context) int {
	var version string
	if err := s.bus.get(ctx, shellService, "/org/gnome/Shell", shellService, "ShellVersion", &version); err != nil {
		return 0
	}
	number, _, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	return major
}

// close takes that the shell does not want an answer any more. A window that the network is online for closes itself.
func (s *portalSession) close(ctx context.Context, connection dbus.ObjectPath) {
	for iface, r := range s.asked {
		if r.connection != connection {
			continue
		}
		delete(s.asked, iface)
		if as, ok := s.association(iface); ok && as.Verdict == probe.VerdictFull {
			continue
		}
		if err := s.windows.close(ctx, iface); err != nil {
			s.session.Logger.Debug("sign-in window is not closed", "interface", iface, "cause", err)
		}
	}
}

func (s *portalSession) association(iface string) (agent.Association, bool) {
	for _, as := range s.session.Agent.Status().Associations {
		if as.Interface == iface {
			return as, true
		}
	}
	return agent.Association{}, false
}

// look answers what can be answered, and opens the windows that are due.
func (s *portalSession) look(ctx context.Context) {
	for iface, r := range s.asked {
		as, isKnown := s.association(iface)
		isMuted := r.automatic && isKnown && s.session.Decisions.IsMuted(as.Identity)
		switch r.next(as, isKnown, s.windows.isOpen(iface), isMuted) {
		case portalOpens:
			opening, stop := context.WithTimeout(ctx, newsTime)
			err := s.windows.open(opening, iface, "")
			stop()
			if r.opened = err == nil; r.opened {
				continue
			}
			s.session.Logger.Warn("sign-in window for GNOME Shell cannot be opened", "interface", iface, "error", err)
			s.answer(iface, r, portalCancelled)
		case portalIsOnline:
			if !r.opened {
				s.say(r.connection, portalRecheck)
			}
			s.answer(iface, r, portalCompleted)
		case portalIsLeft:
			s.answer(iface, r, portalCancelled)
		case portalWaits:
		}
	}
}

// portalStep is what to do about a request of the shell.
type portalStep uint8

const (
	portalWaits    portalStep = iota // a helper logs in, or a person does
	portalOpens                      // a window
	portalIsOnline                   // the person signed in, or a helper did, or NetworkManager is behind
	portalIsLeft                     // the person closed the window, or does not want one
)

// next decides about a request. What is not settled is waited for.
func (r *portalRequest) next(as agent.Association, isKnown, isOpen, isMuted bool) portalStep {
	switch {
	case isKnown && isOnline(as) && as.Phase == agent.Authenticated:
		return portalIsOnline
	case isOpen, isKnown && !as.Phase.Settled():
		return portalWaits
	case r.opened:
		return portalIsLeft
	case r.automatic && as.Phase == agent.Deferred:
		return portalWaits
	case r.automatic && (isMuted || as.Phase == agent.LoggedOff || as.Phase == agent.OnRequest):
		return portalIsLeft
	}
	return portalOpens
}

// answer ends a request.
func (s *portalSession) answer(iface string, r *portalRequest, result uint32) {
	delete(s.asked, iface)
	s.say(r.connection, result)
}

func (s *portalSession) say(connection dbus.ObjectPath, result uint32) {
	if err := s.emit(connection, result); err != nil {
		s.session.Logger.Debug("GNOME Shell cannot be told", "cause", err)
	}
}
