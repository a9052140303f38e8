package window

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/notify/notifytest"
	"hotspot-helper/portal/portaltest"
)

// The user's systemd on the session bus.
const (
	systemdService = "org.freedesktop.systemd1"
	systemdPath    = dbus.ObjectPath("/org/freedesktop/systemd1")
	systemdManager = systemdService + ".Manager"
)

// manager stands in for the user's systemd: it runs the units that the agent wants, one after the other.
type manager struct {
	t       testing.TB
	nw      *network
	home    string
	env     []string
	conn    *dbus.Conn
	started chan *command
	running sync.WaitGroup
}

// property is one of a unit.
type property struct {
	Name  string
	Value dbus.Variant
}

// newManager puts the manager on a bus. Its units have an environment.
func newManager(t testing.TB, nw *network, home, socket string, env []string) *manager {
	t.Helper()
	m := &manager{t: t, nw: nw, home: home, env: env, conn: connect(t, socket), started: make(chan *command, 1)}
	t.Cleanup(m.running.Wait)
	err := m.conn.ExportMethodTable(map[string]any{
		"Subscribe": func() *dbus.Error { return nil },
		"StartTransientUnit": func(unit, _ string, properties []property, _ []struct {
			Name       string
			Properties []property
		},
		) (dbus.ObjectPath, *dbus.Error) {
			return "/job/1", m.run(unit, properties)
		},
	}, systemdPath, systemdManager)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.conn.RequestName(systemdService, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return m
}

func connect(t testing.TB, socket string) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect("unix:path=" + socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// run runs the command of a unit, and says when it ends.
func (m *manager) run(unit string, properties []property) *dbus.Error {
	var commands []struct {
		Path    string
		Argv    []string
		Ignored bool
	}
	at := slices.IndexFunc(properties, func(p property) bool { return p.Name == "ExecStart" })
	if at < 0 || properties[at].Value.Store(&commands) != nil || len(commands) != 1 || commands[0].Path != program {
		return dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", []any{"ExecStart is not the helper"})
	}
	c := m.nw.start(m.t, m.home, m.env, commands[0].Argv[1:]...)
	m.running.Go(func() {
		<-c.done
		_ = m.conn.Emit(systemdPath, systemdManager+".UnitRemoved", unit, dbus.ObjectPath("/unit/1"))
	})
	m.started <- c
	return nil
}

// desktop is an agent with a person's desktop: a session bus, notifications, a manager, a screen.
type desktop struct {
	*network

	home, socket string
	screen       *screen
	people       *notifytest.Daemon
	manager      *manager
	agent        *command
}

// newDesktop makes a desktop whose agent knows that the portal needs a person.
func newDesktop(t testing.TB, options portaltest.Options) *desktop {
	t.Helper()
	return newDesktopOn(t, newNetwork(t, options))
}

func newDesktopOn(t testing.TB, nw *network) *desktop {
	t.Helper()
	d := &desktop{network: nw, home: t.TempDir(), socket: bus(t), screen: newScreen(t)}
	session := "DBUS_SESSION_BUS_ADDRESS=unix:path=" + d.socket
	d.people = notifytest.Start(t, "unix:path="+d.socket, "actions", "body")
	d.manager = newManager(t, d.network, d.home, d.socket, []string{session, "DISPLAY=" + d.screen.display})
	d.agent = d.start(t, d.home, []string{session}, "run", "--interface", ifname, "-v")
	d.agent.prints("to=presenting-ui")
	return d
}

// open clicks on the notification, and returns the window's command.
func (d *desktop) open() *command {
	d.click()
	return <-d.manager.started
}

// click clicks on the notification that offers the window, and returns when.
func (d *desktop) click() time.Time {
	now := d.people.Await("no window is offered", func(now map[uint32]notifytest.Shown) bool {
		for _, shown := range now {
			return len(now) == 1 && slices.Contains(shown.Actions, "open")
		}
		return false
	})
	began := time.Now()
	for id := range now {
		d.people.Act(id, "open", "")
	}
	return began
}

// What a person did in a window that a notification opened is repeated by the agent, if the person says so on the next one.
func TestRememberedByNotification(t *testing.T) {
	d := newDesktop(t, portaltest.Options{Kind: portaltest.KindUspot, Seed: 3})
	open := d.open()
	open.prints("the portal is open in chromium")
	d.screen.focus(d.network)
	d.screen.press("Tab", "space", "Tab", "Return")
	open.prints("Log in here by itself next time?")
	id, shown := d.people.AwaitOne("nobody is asked")
	if !strings.Contains(shown.Summary, "by itself next time?") || !strings.Contains(shown.Body, "It accepts ") {
		t.Errorf("shown: %+v", shown)
	}
	if left := d.profiles(t, d.home); len(left) > 0 {
		t.Errorf("the window is still there: %q", left)
	}
	d.people.Act(id, "yes", "")
	if code := open.exit(); code != 0 || !strings.Contains(open.output(), "is remembered for") {
		t.Errorf("exit %d", code)
	}
	d.leavesNothing(t, d.home)
	d.agent.prints("pack added")
	d.hotspot.Deauth()
	again := d.start(t, d.home, []string{"DBUS_SESSION_BUS_ADDRESS=unix:path=" + d.socket}, "login")
	if code := again.exit(); code != 0 || d.hotspot.Captive() {
		t.Errorf("the agent logs in with exit code %d", code)
	}
}

// The portal that is back takes the question with it, and the window can be opened again.
func TestTheQuestionGoesWithTheSession(t *testing.T) {
	d := newDesktop(t, portaltest.Options{Kind: portaltest.KindUspot, Seed: 3})
	open := d.open()
	d.screen.focus(d.network)
	d.screen.press("Tab", "space", "Tab", "Return")
	open.prints("Log in here by itself next time?")
	d.people.AwaitOne("nobody is asked")
	d.hotspot.Deauth()
	if code := d.start(t, d.home, []string{"DBUS_SESSION_BUS_ADDRESS=unix:path=" + d.socket}, "login").exit(); code != 7 {
		t.Errorf("exit %d", code)
	}
	if code := open.exit(); code != 0 || !strings.Contains(open.output(), "not remembered: nobody answered") {
		t.Errorf("exit %d", code)
	}
	d.open().prints("the portal is open in chromium")
}
