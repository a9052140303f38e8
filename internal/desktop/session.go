package desktop

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"hotspot-helper/agent"
	"hotspot-helper/internal/notify"
	"hotspot-helper/internal/systembus"
	"hotspot-helper/wifi"
)

// Decisions carries out what a person chooses on a notification, as the commands do.
type Decisions interface {
	// AcceptTerms records consent to the terms of a need on its network, and makes the login go on.
	AcceptTerms(ctx context.Context, iface string, need agent.Need, network wifi.Identity) error
	// NotHere records that nobody is asked to sign in on a network.
	NotHere(network wifi.Identity) error
	IsMuted(network wifi.Identity) bool
}

// Observed is an agent whose state is shown: [*agent.Agent].
type Observed interface {
	Suspect(ctx context.Context, iface string, cause agent.Cause) error
	Status() agent.Status
	Listen(listener func(agent.Transition)) (stop func())
}

// Session shows an agent in the desktop session of its user: in notifications, and as GNOME's portal helper. All of
// it works without a session bus, and without what is on it.
type Session struct {
	Agent     Observed
	Address   string         // of the session bus
	System    *systembus.Bus // that somebody else runs
	Decisions Decisions
	Command   func(agent.Need) string // what a person can type about a need; empty: nothing
	Window    []string                // the command that opens a sign-in window: a program by its path, and arguments before that of the interface
	Logger    *slog.Logger

	shortest time.Duration // a window that lasts less could not be opened; 0: shortestWindow
	mode     atomic.Value  // Mode
	reloaded atomic.Pointer[func()]
}

// SetMode says which notifications are shown from now on. Before the first call there are none.
func (s *Session) SetMode(mode Mode) {
	s.mode.Store(mode)
	if wake := s.reloaded.Load(); wake != nil {
		(*wake)()
	}
}

// Run works until the context ends, which is no error. What is shown is withdrawn then.
func (s *Session) Run(ctx context.Context) error {
	bus := &systembus.Bus{Address: s.Address, Name: "session bus", Logger: s.Logger}
	connected, disconnect := context.WithCancel(context.WithoutCancel(ctx))
	var connection sync.WaitGroup
	connection.Go(func() { _ = bus.Run(connected) }) // it returns nil
	defer func() { disconnect(); connection.Wait() }()
	windows := &windows{bus: client{bus}, command: s.Window, shortest: cmp.Or(s.shortest, shortestWindow), logger: s.Logger}
	told := newTelling(s, bus, windows)
	shell := &portalHelper{session: s, bus: client{bus}, system: client{s.System}, windows: windows}
	windows.changed = func() { told.wake(); shell.wake() }
	group, ctx := errgroup.WithContext(ctx)
	for _, task := range []func(context.Context) error{windows.run, told.client.Run, told.run, shell.run} {
		group.Go(func() error { return task(ctx) })
	}
	return group.Wait()
}

// notifyName is how notifications name the program, and entry its desktop file.
const (
	notifyName = "Hotspot helper"
	notifyIcon = "network-wireless"
	entry      = "org.hotspothelper.Agent"
)

// telling tells a person what happens.
type telling struct {
	session *Session
	windows *windows
	client  *notify.Client
	changed chan struct{}
	choices chan notify.Choice

	stands map[string]notice // as decided last
}

// maxChoices bounds the choices that wait. A person makes one at a time.
const maxChoices = 8

func newTelling(s *Session, bus *systembus.Bus, w *windows) *telling {
	t := &telling{session: s, windows: w, changed: make(chan struct{}, 1), choices: make(chan notify.Choice, maxChoices)}
	t.client = NewNotifier(bus, func(c notify.Choice) {
		if c.Action == "" {
			return
		}
		select {
		case t.choices <- c:
		default:
		}
	}, s.Logger)
	return t
}

// NewNotifier returns a client that shows notifications of this program: see [notify.Client].
func NewNotifier(bus notify.Bus, chosen func(notify.Choice), logger *slog.Logger) *notify.Client {
	return &notify.Client{Bus: bus, Name: notifyName, Icon: notifyIcon, Entry: entry, Logger: logger, Chosen: chosen}
}

// wake makes it decide again. It does not wait.
func (t *telling) wake() { wake(t.changed) }

// wake leaves a token, unless there is one. It does not wait.
func wake(token chan struct{}) {
	select {
	case token <- struct{}{}:
	default:
	}
}

func (t *telling) run(ctx context.Context) error {
	again := t.wake
	t.session.reloaded.Store(&again)
	defer t.session.Agent.Listen(func(agent.Transition) { t.wake() })()
	due := time.NewTimer(0)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.changed:
		case <-due.C:
		case c := <-t.choices:
			t.act(ctx, c)
		}
		due.Stop()
		if next := t.decide(); !next.IsZero() {
			due.Reset(max(0, time.Until(next)))
		}
	}
}

// decide shows what is to be shown now, and returns when to decide again; zero: after the next change.
func (t *telling) decide() (next time.Time) {
	mode, _ := t.session.mode.Load().(Mode)
	n := notices{
		mode: cmp.Or(mode, NotifyNone), canOpen: t.windows.canOpen(), now: time.Now(),
		isOpen: t.windows.isOpen, isFailed: t.windows.isFailed, isMuted: t.session.Decisions.IsMuted, command: t.session.Command, open: t.windows.commandLine,
	}
	associations := t.session.Agent.Status().Associations
	for _, as := range associations {
		if isOnline(as) {
			t.windows.done(as.Interface)
		}
	}
	before := t.stands
	t.stands, next = n.wanted(associations, before)
	if names := slices.Sorted(maps.Keys(t.stands)); !slices.Equal(names, slices.Sorted(maps.Keys(before))) {
		t.session.Logger.Debug("what a person is told changed", "notices", names)
	}
	shown := map[string]notify.Notification{}
	for key, notice := range t.stands {
		shown[key] = notice.Notification
	}
	t.client.Show(shown)
	return next
}

// actTime bounds what follows from a choice.
const actTime = 10 * time.Second

// act carries out what a person chose.
func (t *telling) act(ctx context.Context, c notify.Choice) {
	n, ok := t.stands[c.Name]
	if !ok {
		return // it is over
	}
	ctx, stop := context.WithTimeout(ctx, actTime)
	defer stop()
	var err error
	switch c.Action {
	case actionOpen:
		err = t.windows.open(ctx, n.iface, c.Token)
	case actionAccept:
		if c.About == n.About && t.isStill(n) { // else the person read something else
			err = t.session.Decisions.AcceptTerms(ctx, n.iface, n.need, n.network)
		}
	case actionMute:
		err = t.session.Decisions.NotHere(n.network)
	}
	if err != nil {
		t.session.Logger.Warn("choice on a notification cannot be carried out", "action", c.Action, "interface", n.iface, "error", err)
	}
}

// isStill reports whether the login still waits for what the notice is about.
func (t *telling) isStill(n notice) bool {
	for _, as := range t.session.Agent.Status().Associations {
		if as.Interface == n.iface && as.Identity == n.network && as.Need != nil {
			return as.Need.Kind == n.need.Kind && as.Need.Helper == n.need.Helper && as.Need.Terms == n.need.Terms
		}
	}
	return false
}

// commandLine is what a person types for a sign-in window.
func (w *windows) commandLine(iface string) string {
	return "helper open -i " + strings.Map(func(r rune) rune {
		if isPlain(r) || r == '-' {
			return r
		}
		return '?' // a name that needs quotes; the shell completes it
	}, iface)
}
