package notify_test

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/notify"
	"hotspot-helper/internal/notify/notifytest"
	"hotspot-helper/internal/systembus"
)

// desktop is a private bus with a client that shows notifications there.
type desktop struct {
	*testing.T

	bus     *bustest.Bus
	client  *notify.Client
	choices chan notify.Choice
	stop    func()
}

func newDesktop(t *testing.T) *desktop {
	t.Helper()
	t.Parallel()
	d := &desktop{T: t, bus: bustest.Start(t, os.Getenv("HELPER_REQUIRE")), choices: make(chan notify.Choice, 10)}
	bus := &systembus.Bus{Address: d.bus.Address, Name: "session bus"}
	d.client = &notify.Client{
		Bus: bus, Name: "Hotspot helper", Icon: "network-wireless", Entry: "org.hotspothelper.Agent",
		Chosen: func(c notify.Choice) { d.choices <- c }, Logger: slog.New(slog.DiscardHandler),
	}
	running, stopBus := context.WithCancel(context.WithoutCancel(t.Context()))
	ctx, stop := context.WithCancel(t.Context())
	var bus1, client sync.WaitGroup
	bus1.Go(func() { _ = bus.Run(running) })
	client.Go(func() { _ = d.client.Run(ctx) })
	d.stop = sync.OnceFunc(func() { stop(); client.Wait(); stopBus(); bus1.Wait() })
	t.Cleanup(d.stop)
	return d
}

func (d *desktop) choice() notify.Choice {
	d.Helper()
	select {
	case c := <-d.choices:
		return c
	case <-time.After(10 * time.Second):
		d.Fatal("nothing was chosen")
		return notify.Choice{}
	}
}

func one(summary string) map[string]notify.Notification {
	return map[string]notify.Notification{"cafe": {
		Summary: summary, Body: []string{"terms & <b>conditions</b>"}, Stays: true, Default: "open",
		Actions: []notify.Action{{Key: "open", Label: "Sign in"}},
	}}
}

// What is wanted is shown once, replaced in place, and withdrawn.
func TestShowReplaceWithdraw(t *testing.T) {
	d := newDesktop(t)
	daemon := notifytest.Start(t, d.bus.Address, "actions", "body", "body-markup")
	d.client.Show(one("Sign in to Cafe"))
	id, s := daemon.AwaitOne("not shown")
	if s.Summary != "Sign in to Cafe" || s.Body != "terms &amp; &lt;b&gt;conditions&lt;/b&gt;" || strings.Join(s.Actions, "|") != "default|Sign in|open|Sign in" || s.Expires != 0 ||
		s.Hints["category"].Value() != "network" || s.Hints["desktop-entry"].Value() != "org.hotspothelper.Agent" || s.Hints["transient"].Value() != false || s.Icon != "network-wireless" {
		t.Errorf("shown: %+v", s)
	}
	d.client.Show(one("Sign in to Cafe")) // the same
	d.client.Show(one("Cafe refused"))
	daemon.Await("not replaced", func(now map[uint32]notifytest.Shown) bool {
		return now[id].Summary == "Cafe refused" && now[id].Replaces == id
	})
	if calls := daemon.Calls(); calls != 2 {
		t.Errorf("shown %d times", calls)
	}
	d.client.Show(nil)
	daemon.AwaitNone("not withdrawn")
}

// A person's choice arrives with its token; what is closed stays closed until it was over.
func TestChoices(t *testing.T) {
	d := newDesktop(t)
	daemon := notifytest.Start(t, d.bus.Address, "actions", "body")
	d.client.Show(one("Sign in"))
	id, _ := daemon.AwaitOne("not shown")
	stranger, err := dbus.Connect(d.bus.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if err := stranger.Emit("/org/freedesktop/Notifications", "org.freedesktop.Notifications.ActionInvoked", id, "open"); err != nil {
		t.Fatal(err)
	}
	daemon.Emit("ActionInvoked", id+1, "open") // of another program
	daemon.Emit("ActionInvoked", id, "other")  // not offered
	daemon.Emit("ActivationToken", id, strings.Repeat("x", 1000))
	daemon.Emit("ActionInvoked") // nothing
	daemon.Act(id, "default", "token-1")
	if c := d.choice(); c != (notify.Choice{Name: "cafe", Action: "open", Token: "token-1"}) {
		t.Errorf("chosen: %+v", c)
	}
	daemon.AwaitNone("it went")
	d.client.Show(one("Sign in, again"))
	d.client.Show(map[string]notify.Notification{"bar": {Summary: "Bar"}})
	_, s := daemon.AwaitOne("the other one is not shown")
	if s.Summary != "Bar" || s.Expires != -1 || s.Hints["transient"].Value() != true {
		t.Errorf("shown: %+v", s)
	}
	d.client.Show(one("Sign in, anew")) // it was over
	daemon.Await("not shown again", func(now map[uint32]notifytest.Shown) bool {
		for _, s := range now {
			return len(now) == 1 && s.Summary == "Sign in, anew"
		}
		return false
	})
	hidden := one("Sign in, anew")["cafe"]
	hidden.Hidden = true
	d.client.Show(map[string]notify.Notification{"cafe": hidden, "bar": hidden})
	daemon.AwaitNone("the person acts already")
	d.client.Show(map[string]notify.Notification{"cafe": one("Sign in, once more")["cafe"], "other": {Summary: "Other"}})
	if _, s := daemon.AwaitOne("the other one is not shown"); s.Summary != "Other" {
		t.Errorf("shown: %+v", s)
	}
	select {
	case c := <-d.choices:
		t.Errorf("chosen, too: %+v", c)
	default:
	}
}

// A service, and a bus, may come late and be started again.
func TestRestarts(t *testing.T) {
	d := newDesktop(t)
	d.client.Show(one("Sign in"))
	daemon := notifytest.Start(t, d.bus.Address, "body")
	_, s := daemon.AwaitOne("not shown when the service came")
	if len(s.Actions) != 0 {
		t.Errorf("actions: %q", s.Actions)
	}
	daemon.Stop()
	daemon = notifytest.Start(t, d.bus.Address, "body", "actions")
	if _, s = daemon.AwaitOne("not shown by the next service"); len(s.Actions) != 4 || s.Replaces != 0 {
		t.Errorf("shown: %+v", s)
	}
	d.bus.Stop()
	d.bus.Start()
	daemon = notifytest.Start(t, d.bus.Address, "body", "actions")
	daemon.AwaitOne("not shown on the next bus")
	d.stop()
	daemon.AwaitNone("left behind by a program that ended")
}

// What a desktop can show is asked before a question, and a service that is closed by a person says so.
func TestQuestions(t *testing.T) {
	d := newDesktop(t)
	if _, err := notify.HasActions(t.Context(), d.client.Bus); err == nil {
		t.Error("without a service it has actions")
	}
	for _, can := range []string{"body", "actions"} {
		daemon := notifytest.Start(t, d.bus.Address, can)
		if has, err := notify.HasActions(t.Context(), d.client.Bus); err != nil || has != (can == "actions") {
			t.Errorf("with %s: %t, %v", can, has, err)
		}
		d.client.Show(one("Remember it?"))
		id, _ := daemon.AwaitOne("not shown")
		daemon.Dismiss(id)
		if c := d.choice(); c != (notify.Choice{Name: "cafe"}) {
			t.Errorf("closed: %+v", c)
		}
		d.client.Show(nil)
		daemon.Stop()
	}
}
