package desktop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/notify/notifytest"
	"hotspot-helper/internal/systembus"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// sessionStage is a private bus in place of a session's and the system's, with an agent that is shown there.
type sessionStage struct {
	*stage

	session *Session
	end     func()

	mu    sync.Mutex
	muted map[wifi.Identity]bool
}

func (s *sessionStage) AcceptTerms(_ context.Context, iface string, need agent.Need, network wifi.Identity) error {
	s.agent.calls <- fmt.Sprintf("accept %q for %s on %s, %s", need.Terms, need.Helper, iface, network)
	return errors.New("the disk is full")
}

func (s *sessionStage) NotHere(network wifi.Identity) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.muted[network] = true
	s.agent.calls <- "not on " + network.String()
	return nil
}

func (s *sessionStage) IsMuted(network wifi.Identity) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.muted[network]
}

func newSession(t *testing.T) *sessionStage {
	t.Helper()
	return newSessionWith(t, 0)
}

// newSessionWith makes a session in which a window has to last for some time.
func newSessionWith(t *testing.T, shortest time.Duration) *sessionStage {
	t.Helper()
	t.Parallel()
	s := &sessionStage{
		stage: &stage{t, bustest.Start(t, os.Getenv("HELPER_REQUIRE")), &told{calls: make(chan string, 100)}, &lockedLog{}},
		muted: map[wifi.Identity]bool{},
	}
	logger := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	system := &systembus.Bus{Address: s.daemon.Address}
	s.session = &Session{
		Agent: s.agent, Address: s.daemon.Address, System: system, Decisions: s, Logger: logger,
		Command:  func(n agent.Need) string { return "helper consent terms " + n.Helper },
		Window:   []string{"/usr/bin/helper", "open"},
		shortest: time.Nanosecond,
	}
	if shortest > 0 {
		s.session.shortest = shortest
	}
	s.session.SetMode(NotifyNeeds)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, run := range []func(context.Context) error{system.Run, s.session.Run} {
		running.Go(func() {
			if err := run(ctx); err != nil {
				t.Errorf("run: %v", err)
			}
		})
	}
	s.end = sync.OnceFunc(func() { stop(); running.Wait() })
	t.Cleanup(s.end)
	for s.agent.count() < 2 { // both tasks listen
		time.Sleep(time.Millisecond)
	}
	return s
}

// becomes sets what the agent knows of an association, and tells who listens.
func (s *sessionStage) becomes(as agent.Association) {
	s.agent.set(as)
	s.agent.tell(agent.Transition{Interface: as.Interface, To: as.Phase, Verdict: as.Verdict})
}

// isOver makes the agent have nothing to tell, and waits until that is noticed.
func (s *sessionStage) isOver(as agent.Association) {
	s.Helper()
	s.log.reset()
	s.becomes(as)
	s.await("notices=[]")
}

// systemd is the user's systemd, which starts nothing.
type systemd struct {
	*sessionStage

	conn    *dbus.Conn
	started chan string // units, with what they would run

	mu      sync.Mutex
	running map[string]bool
}

func (s *sessionStage) systemd() *systemd {
	s.Helper()
	d := &systemd{sessionStage: s, conn: s.connect(), started: make(chan string, 10), running: map[string]bool{}}
	s.methods(d.conn, systembus.SystemdPath, systembus.SystemdManager, map[string]any{
		"Subscribe": func() *dbus.Error { return nil },
		"StartTransientUnit": func(unit, mode string, properties []systembus.UnitProperty, auxiliary []struct {
			Name       string
			Properties []systembus.UnitProperty
		},
		) (dbus.ObjectPath, *dbus.Error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.running[unit] {
				return "/", dbus.NewError(systembus.Systemd+".UnitExists", []any{"Unit " + unit + " already exists."})
			}
			if kind := dbus.SignatureOf(unit, mode, properties, auxiliary); kind.String() != "ssa(sv)a(sa(sv))" { // as systemd has it
				s.Errorf("StartTransientUnit gets %s", kind)
			}
			d.running[unit] = true
			text := unit + " " + mode
			for _, p := range properties {
				text += fmt.Sprintf(" %s=%v", p.Name, p.Value.Value())
				if p.Name == "ExecStart" && p.Value.Signature().String() != "a(sasb)" {
					s.Errorf("ExecStart is %s", p.Value.Signature())
				}
			}
			d.started <- text
			return "/job/1", nil
		},
		"StopUnit": func(unit, _ string) (dbus.ObjectPath, *dbus.Error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			go d.removed(unit)
			d.started <- "stop " + unit
			if !d.running[unit] { // and it is about to say so
				return "/", dbus.NewError(systembus.Systemd+".NoSuchUnit", []any{"Unit " + unit + " not loaded."})
			}
			return "/job/2", nil
		},
	})
	s.own(d.conn, systembus.Systemd)
	return d
}

// removed is the end of a unit.
func (d *systemd) removed(unit string) {
	d.mu.Lock()
	delete(d.running, unit)
	d.mu.Unlock()
	d.must(d.conn.Emit(systembus.SystemdPath, systembus.SystemdManager+".UnitRemoved", unit, dbus.ObjectPath("/unit/1")))
}

// want waits for what is started or stopped next.
func (d *systemd) wantUnit(parts ...string) {
	d.Helper()
	select {
	case got := <-d.started:
		for _, part := range parts {
			if !strings.Contains(got, part) {
				d.Errorf("systemd is told %s, want %s", got, part)
			}
		}
	case <-time.After(10 * time.Second):
		d.Fatalf("systemd is not told %q\n%s", parts, d.log)
	}
}

const unit = `app-hotspot\x2dhelper-open-wlan0.service`

// A login that waits is told, an action carries it out, and its window is a unit of systemd with the token.
func TestANeedIsToldAndActedOn(t *testing.T) {
	s := newSession(t)
	d := s.systemd()
	people := notifytest.Start(t, s.daemon.Address, "actions", "body")
	s.becomes(needs(agent.Need{Kind: agent.NeedTerms, Terms: "Be nice."}))
	people.Await("the window is not offered", func(now map[uint32]notifytest.Shown) bool {
		for _, shown := range now {
			return slices.Contains(shown.Actions, "open")
		}
		return false
	})
	id, shown := people.AwaitOne("the need is not told")
	if shown.Summary != "Accept the terms of Cafe?" || !strings.Contains(strings.Join(shown.Actions, "|"), "accept|Accept terms and log in|open|Sign in|mute|Not here") {
		t.Errorf("shown: %+v", shown)
	}
	people.Act(id, "accept", "")
	s.want(`accept "Be nice." for lumen on wlan0, wifi/open/Cafe`)
	s.await("the disk is full")
	s.isOver(cafe(agent.Authenticated, nil))
	s.becomes(needs(agent.Need{Kind: agent.NeedPage, Text: "Room?"}))
	id, _ = people.AwaitOne("the next need is not told")
	people.Act(id, "default", "token-7")
	d.wantUnit(unit+" fail", "Type=exec", "[[/usr/bin/helper [/usr/bin/helper open --interface wlan0] false]]", "Environment=[XDG_ACTIVATION_TOKEN=token-7]")
	people.AwaitNone("a person acts already")
	d.removed(unit)
	s.isOver(cafe(agent.Inactive, nil))
	s.becomes(needs(agent.Need{Kind: agent.NeedPage}))
	id, _ = people.AwaitOne("a closed window hides the next need")
	people.Act(id, "mute", "")
	s.want("not on wifi/open/Cafe")
	s.becomes(needs(agent.Need{Kind: agent.NeedPage}))
	s.becomes(func() agent.Association {
		as := needs(agent.Need{Kind: agent.NeedPage})
		as.SSID, as.Identity.SSID = "Bar", "Bar"
		return as
	}())
	if _, shown = people.AwaitOne("another network is not told"); shown.Summary != "Sign in to Bar" {
		t.Errorf("shown: %+v", shown)
	}
	s.session.SetMode(NotifyNone)
	people.AwaitNone("silence is not kept")
	s.session.SetMode(NotifyAll)
	people.AwaitOne("it is not told with another mode")
	s.end()
	people.AwaitNone("left behind by an agent that ended")
}

// A window whose network was online asks whether to remember the login, and is not in the way of the next need: its unit
// ends before the next window.
func TestAWindowThatIsDoneMakesRoom(t *testing.T) {
	s := newSession(t)
	d := s.systemd()
	people := notifytest.Start(t, s.daemon.Address, "actions", "body")
	opens := func(asks string) {
		t.Helper()
		now := people.Await(asks, func(now map[uint32]notifytest.Shown) bool {
			for _, shown := range now {
				return slices.Contains(shown.Actions, "open")
			}
			return false
		})
		for id := range now {
			people.Act(id, "open", "")
		}
	}
	s.becomes(needs(agent.Need{Kind: agent.NeedPage}))
	opens("the need is not told")
	d.wantUnit(unit + " fail")
	s.isOver(cafe(agent.Authenticated, nil))
	s.becomes(needs(agent.Need{Kind: agent.NeedPage}))
	opens("the next need is not told")
	d.wantUnit("stop " + unit)
	d.wantUnit(unit + " fail")
	people.AwaitNone("a person acts already")
	s.isOver(cafe(agent.Authenticated, nil))
	s.becomes(needs(agent.Need{Kind: agent.NeedPage}))
	d.mu.Lock()
	delete(d.running, unit) // it has just ended, and nobody heard of it yet
	d.mu.Unlock()
	opens("the last need is not told")
	d.wantUnit("stop " + unit)
	d.wantUnit(unit + " fail")
}

// A window that ends at once could not be opened: the command is told.
func TestAWindowThatFailsIsTold(t *testing.T) {
	s := newSessionWith(t, time.Hour)
	d := s.systemd()
	people := notifytest.Start(t, s.daemon.Address, "actions", "body")
	g := s.shell("48.4")
	g.hasHelper(true)
	s.becomes(needs(agent.Need{Kind: agent.NeedPage}))
	g.call("Authenticate", activeConnection, "", uint32(1))
	d.wantUnit(unit)
	d.removed(unit)
	people.Await("nothing is told", func(now map[uint32]notifytest.Shown) bool {
		for _, shown := range now {
			if shown.Summary == "No window opens for Cafe" && strings.Contains(shown.Body, "In a terminal: helper open -i wlan0") {
				return true
			}
		}
		return false
	})
	g.wantResult(portalCancelled)
}

// What a person read counts, not what the login waits for by the time of the click.
func TestOldTermsAreNotAccepted(t *testing.T) {
	s := newSession(t)
	people := notifytest.Start(t, s.daemon.Address, "actions", "body")
	s.becomes(needs(agent.Need{Kind: agent.NeedTerms, Terms: "Be nice."}))
	id, _ := people.AwaitOne("the need is not told")
	s.agent.set(needs(agent.Need{Kind: agent.NeedTerms, Terms: "Give us your house."})) // and nobody is told yet
	people.Act(id, "accept", "")
	people.AwaitNone("it went")
	s.isOver(cafe(agent.Authenticated, nil))
	s.becomes(needs(agent.Need{Kind: agent.NeedTerms, Terms: "Be nice."}))
	id, _ = people.AwaitOne("the need is not told again")
	people.Act(id, "accept", "")
	s.want(`accept "Be nice." for lumen on wlan0, wifi/open/Cafe`)
}

// The screen may be older than what was decided last. A click on it says nothing about what nobody read: that is shown then.
func TestTermsBehindTheScreenAreNotAccepted(t *testing.T) {
	s := newSession(t)
	people := notifytest.Start(t, s.daemon.Address, "actions", "body")
	s.becomes(needs(agent.Need{Kind: agent.NeedTerms, Terms: "Be nice."}))
	id, _ := people.AwaitOne("the need is not told")
	s.becomes(needs(agent.Need{Kind: agent.NeedTerms, Terms: "Give us your house."})) // shown a second after the first
	time.Sleep(100 * time.Millisecond)                                                // by then it is decided
	people.Act(id, "accept", "")
	people.Await("the other terms are not shown", func(now map[uint32]notifytest.Shown) bool {
		for number, shown := range now {
			id = number
			return strings.Contains(shown.Body, "Give us your house.")
		}
		return false
	})
	if n := len(s.agent.calls); n > 0 {
		t.Errorf("%d calls: %s", n, <-s.agent.calls)
	}
	people.Act(id, "accept", "")
	s.want(`accept "Give us your house." for lumen on wlan0, wifi/open/Cafe`)
}

// Without a systemd no window can be opened from here, and the command is told; text of a network stays text.
func TestCommandsAreToldWithoutSystemd(t *testing.T) {
	s := newSession(t)
	people := notifytest.Start(t, s.daemon.Address, "body", "body-markup")
	hostile := needs(agent.Need{Kind: agent.NeedTerms, Terms: strings.Repeat("<a href='x'>\n\u202e", 1<<16)})
	hostile.SSID = "<img>\n\x1b[2J&"
	s.becomes(hostile)
	_, shown := people.AwaitOne("the need is not told")
	if shown.Summary != `Accept the terms of <img>\x0a\x1b[2J&?` || len(shown.Body) > 4096 || strings.ContainsAny(shown.Body, "<>\u202e\x1b") || len(shown.Actions) != 0 ||
		!strings.Contains(shown.Body, "In a terminal: helper open -i wlan0") || !strings.Contains(shown.Body, "In a terminal: helper consent terms lumen") {
		t.Errorf("shown: %+v", shown)
	}
	s.systemd()
	_, shown = people.AwaitOne("still told")
	if len(shown.Actions) != 0 {
		t.Errorf("actions: %q", shown.Actions)
	}
}

// shell is GNOME Shell, which makes its calls as js/ui/status/network.js does.
type shell struct {
	*sessionStage

	conn    *dbus.Conn
	results chan string
}

const activeConnection = dbus.ObjectPath("/org/freedesktop/NetworkManager/ActiveConnection/1")

func (s *sessionStage) shell(version string) *shell {
	s.Helper()
	manager := s.connect()
	device := dbus.ObjectPath(managerPath + "/Devices/2")
	s.properties(manager, activeConnection, activeInterface, map[string]any{"Devices": []dbus.ObjectPath{device}})
	s.properties(manager, device, deviceInterface, map[string]any{"IpInterface": "wlan0"})
	s.own(manager, managerService)
	g := &shell{s, s.connect(), make(chan string, 10)}
	s.properties(g.conn, "/org/gnome/Shell", shellService, map[string]any{"ShellVersion": version})
	signals := make(chan *dbus.Signal, 10)
	g.conn.Signal(signals)
	s.must(g.conn.AddMatchSignal(dbus.WithMatchInterface(portalName), dbus.WithMatchSender(portalName)))
	go func() {
		for signal := range signals {
			if signal.Name == portalName+".StatusChanged" {
				g.results <- fmt.Sprintf("%v %v", signal.Body...)
			}
		}
	}()
	s.own(g.conn, shellService)
	return g
}

// hasHelper waits until somebody answers as the portal helper.
func (g *shell) hasHelper(isThere bool) {
	g.Helper()
	for late := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		var owned bool
		g.must(g.conn.BusObject().Call(busName+".NameHasOwner", 0, portalName).Store(&owned))
		if owned == isThere {
			return
		}
		if time.Now().After(late) {
			g.Fatalf("the name is owned: %v\n%s", owned, g.log)
		}
	}
}

func (g *shell) call(method string, args ...any) {
	g.Helper()
	g.must(g.conn.Object(portalName, portalPath).Call(portalName+"."+method, 0, args...).Err)
}

func (g *shell) wantResult(result uint32) {
	g.Helper()
	select {
	case got := <-g.results:
		if want := fmt.Sprintf("%v %v", activeConnection, result); got != want {
			g.Errorf("the shell is told %s, want %s", got, want)
		}
	case <-time.After(10 * time.Second):
		g.Fatalf("the shell is not told %d\n%s", result, g.log)
	}
}

// The shell of Debian 12 calls as soon as NetworkManager sees a portal: a helper logs in first, and a window opens
// only for what needs a person.
func TestGNOME43(t *testing.T) {
	s := newSession(t)
	s.becomes(cafe(agent.Evaluating, nil))
	g := s.shell("43.9")
	g.hasHelper(false) // there is no way to open windows
	d := s.systemd()
	g.hasHelper(true)
	g.call("Authenticate", activeConnection, "", uint32(0))
	g.call("Refresh", activeConnection)
	s.becomes(cafe(agent.Verifying, nil))
	s.becomes(cafe(agent.Authenticated, nil))
	g.wantResult(portalRecheck)
	g.wantResult(portalCompleted)
	g.call("Close", activeConnection)

	s.becomes(cafe(agent.Evaluating, nil))
	g.call("Authenticate", activeConnection, "", uint32(0))
	s.becomes(needs(agent.Need{Kind: agent.NeedPage}))
	d.wantUnit(unit)
	g.call("Refresh", activeConnection)
	s.becomes(cafe(agent.Authenticated, nil))
	g.wantResult(portalCompleted)
	g.call("Close", activeConnection) // the window closes itself
	d.removed(unit)

	s.must(s.NotHere(cafe(agent.PresentingUI, nil).Identity))
	s.becomes(needs(agent.Need{Kind: agent.NeedPage}))
	g.call("Authenticate", activeConnection, "", uint32(0))
	g.wantResult(portalCancelled)
	if len(d.started) != 0 {
		t.Errorf("systemd is told %s", <-d.started)
	}
	s.must(d.conn.Close())
	g.hasHelper(false)
}

// The shell of Debian 13 calls when a person clicks.
func TestGNOME48(t *testing.T) {
	s := newSession(t)
	d := s.systemd()
	g := s.shell("48.4")
	g.hasHelper(true)
	s.must(s.NotHere(cafe(agent.PresentingUI, nil).Identity))
	s.becomes(needs(agent.Need{Kind: agent.NeedPage}))
	g.call("Authenticate", activeConnection, "", uint32(77))
	d.wantUnit(unit)
	d.removed(unit) // by the person
	g.wantResult(portalCancelled)
	g.call("Authenticate", activeConnection, "", uint32(78))
	d.wantUnit(unit + " fail")
}

// The shell's own helper, if it runs already, is followed. A connection that nobody knows has no window.
func TestTheShellsOwnHelperComesFirst(t *testing.T) {
	s := newSession(t)
	s.systemd()
	own := s.connect()
	s.own(own, portalName)
	g := s.shell("43.9")
	s.await("waits_for_its_own=true")
	reply, err := own.ReleaseName(portalName)
	if s.must(err); reply != dbus.ReleaseNameReplyReleased {
		t.Fatalf("the name is not released: %v", reply)
	}
	s.becomes(cafe(agent.Authenticated, nil))
	g.hasHelper(true)
	g.call("Authenticate", dbus.ObjectPath("/org/freedesktop/NetworkManager/ActiveConnection/9"), "", uint32(0))
	select {
	case got := <-g.results:
		if got != "/org/freedesktop/NetworkManager/ActiveConnection/9 0" {
			t.Errorf("the shell is told %s", got)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("the shell is not told\n%s", s.log)
	}
}

func TestPortalRequests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		request         portalRequest
		as              agent.Association
		isKnown         bool
		isOpen, isMuted bool
		want            portalStep
	}{
		"not known":          {portalRequest{}, agent.Association{}, false, false, false, portalOpens},
		"online":             {portalRequest{}, cafe(agent.Authenticated, nil), true, false, false, portalIsOnline},
		"online, and open":   {portalRequest{opened: true}, cafe(agent.Authenticated, nil), true, true, false, portalIsOnline},
		"a look":             {portalRequest{}, cafe(agent.Maintaining, nil), true, false, false, portalWaits},
		"a login":            {portalRequest{}, cafe(agent.Authenticating, nil), true, false, false, portalWaits},
		"a person":           {portalRequest{}, cafe(agent.PresentingUI, nil), true, false, false, portalOpens},
		"a person, at it":    {portalRequest{opened: true}, cafe(agent.PresentingUI, nil), true, true, false, portalWaits},
		"a person, left":     {portalRequest{opened: true}, cafe(agent.PresentingUI, nil), true, false, false, portalIsLeft},
		"left, and probing":  {portalRequest{opened: true}, cafe(agent.Evaluating, nil), true, false, false, portalWaits},
		"busy":               {portalRequest{automatic: true}, cafe(agent.Deferred, nil), true, false, false, portalWaits},
		"busy, clicked":      {portalRequest{}, cafe(agent.Deferred, nil), true, false, false, portalOpens},
		"logged off":         {portalRequest{automatic: true}, cafe(agent.LoggedOff, nil), true, false, false, portalIsLeft},
		"metered":            {portalRequest{automatic: true}, cafe(agent.OnRequest, nil), true, false, false, portalIsLeft},
		"logged off, click":  {portalRequest{}, cafe(agent.LoggedOff, nil), true, false, false, portalOpens},
		"not here":           {portalRequest{automatic: true}, cafe(agent.PresentingUI, nil), true, false, true, portalIsLeft},
		"refused":            {portalRequest{automatic: true}, cafe(agent.Failed, nil), true, false, false, portalOpens},
		"full of old probes": {portalRequest{}, cafe(agent.PresentingUI, func(as *agent.Association) { as.Verdict = probe.VerdictFull }), true, false, false, portalOpens},
	} {
		if got := c.request.next(c.as, c.isKnown, c.isOpen, c.isMuted); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestUnitNames(t *testing.T) {
	t.Parallel()
	for iface, want := range map[string]string{
		"wlan0":    unit,
		"eth0.100": `app-hotspot\x2dhelper-open-eth0.100.service`,
		"br-lan":   `app-hotspot\x2dhelper-open-br\x2dlan.service`,
		"a b:é":    `app-hotspot\x2dhelper-open-a\x20b\x3a\xc3\xa9.service`,
	} {
		if got := unitOf(iface); got != want {
			t.Errorf("%s has the unit %s, want %s", iface, got, want)
		}
	}
}
