package desktop

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"hotspot-helper/agent"
	"hotspot-helper/probe"
)

// NetworkManager checks after each verdict that changed, at most once in five seconds, and not before the
// last change.
func TestRecheckHasAPace(t *testing.T) {
	change := func(second time.Duration, verdict probe.Verdict, to agent.Phase) timedTransition {
		return timedTransition{second * time.Second, agent.Transition{Interface: "wlan0", Verdict: verdict, To: to}}
	}
	for name, c := range map[string]struct {
		transitions []timedTransition
		checks      []time.Duration // in seconds
	}{
		"verdicts": {[]timedTransition{
			change(1, probe.VerdictNone, agent.Evaluating), // nothing to check
			change(2, probe.VerdictPortal, agent.PresentingUI),
			change(3, probe.VerdictPortal, agent.PresentingUI),
			change(3, probe.VerdictFull, agent.Authenticated), // five seconds after the last check
			change(4, probe.VerdictPortal, agent.PresentingUI),
			change(4, probe.VerdictFull, agent.Authenticated),
			change(20, probe.VerdictFull, agent.Authenticated), // has not changed
			change(21, probe.VerdictLimited, agent.Maintaining),
			change(60, probe.VerdictLimited, agent.Maintaining),
			change(60, probe.VerdictNone, agent.Inactive), // nothing to check
		}, []time.Duration{2, 7, 21}},
		"a login": {[]timedTransition{
			change(1, probe.VerdictUnknown, agent.Evaluating),
			change(2, probe.VerdictPortal, agent.Authenticating),
			change(3, probe.VerdictPortal, agent.Verifying),
			change(3, probe.VerdictFull, agent.Authenticated),
		}, []time.Duration{3}},
		"a login that fails": {[]timedTransition{
			change(2, probe.VerdictPortal, agent.Authenticating),
			change(4, probe.VerdictPortal, agent.Failed),
		}, []time.Duration{4}},
		"a session that is renewed": {[]timedTransition{
			change(1, probe.VerdictFull, agent.Authenticated),
			change(90, probe.VerdictPortal, agent.Authenticating), // NetworkManager may have seen that portal
			change(91, probe.VerdictFull, agent.Authenticated),
		}, []time.Duration{1, 91}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.checks, rechecks(t, c.transitions)); diff != "" {
				t.Errorf("checks after seconds (-want +got):\n%s", diff)
			}
		})
	}
}

// timedTransition is a transition some time after the start.
type timedTransition struct {
	at time.Duration
	agent.Transition
}

// rechecks returns after how many seconds NetworkManager was asked to check.
func rechecks(t *testing.T, transitions []timedTransition) (checks []time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		a := &told{}
		r := &recheck{agent: a, logger: slog.New(slog.DiscardHandler), check: func(context.Context) error {
			checks = append(checks, time.Since(began)/time.Second)
			return nil
		}}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.run(ctx) }()
		synctest.Wait()
		for _, next := range transitions {
			time.Sleep(time.Until(began.Add(next.at)))
			a.listener(next.Transition)
		}
		time.Sleep(time.Minute)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return checks
}

// A refusal is logged once until NetworkManager checks again, with the polkit action and what it allows.
func TestRefusalIsLoggedOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	r := &recheck{logger: slog.New(slog.NewTextHandler(&log, nil))}
	denied := dbus.Error{Name: managerService + ".PermissionDenied", Body: []any{"Not authorized to recheck connectivity"}}
	for _, err := range []error{denied, denied, errors.New("no bus"), denied, nil, denied} {
		r.note(t.Context(), err)
	}
	over, stop := context.WithCancel(t.Context())
	stop()
	(&recheck{logger: r.logger}).note(over, denied) // the agent ends
	if lines := strings.Count(log.String(), "\n"); lines != 2 {
		t.Errorf("%d lines, want 2:\n%s", lines, &log)
	}
	for _, want := range []string{"polkit_action=org.freedesktop.NetworkManager.network-control", "activate and deactivate connections", "Not authorized"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in %s", want, &log)
		}
	}
}

// A real bus takes the call to NetworkManager and its refusal back.
func TestRecheckOverTheBus(t *testing.T) {
	s := newStage(t)
	conn := s.connect()
	asked := make(chan bool, 10)
	s.methods(conn, managerPath, managerService, map[string]any{
		"GetDevices": func() ([]dbus.ObjectPath, *dbus.Error) { return nil, nil },
		"CheckConnectivity": func() (uint32, *dbus.Error) {
			asked <- true
			return 0, dbus.NewError(managerService+".PermissionDenied", []any{"Not authorized to recheck connectivity"})
		},
	})
	s.own(conn, managerService)
	s.run(1000)
	s.await("devices=0") // it runs
	for s.agent.listens() == nil {
		time.Sleep(time.Millisecond)
	}
	s.agent.listens()(agent.Transition{Interface: "wlan0", Verdict: probe.VerdictFull})
	<-asked
	s.await("refuses to check")
}
