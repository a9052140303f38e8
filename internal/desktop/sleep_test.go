package desktop

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// logind is a stand-in: the object that says whether the computer goes to sleep.
type logind struct {
	*stage

	conn *dbus.Conn
}

func (s *stage) logind(preparing bool) *logind {
	s.Helper()
	l := &logind{s, s.connect()}
	s.properties(l.conn, logindPath, logindManager, map[string]any{"PreparingForSleep": preparing})
	s.own(l.conn, logindService)
	return l
}

func (l *logind) prepareForSleep(start any) {
	l.Helper()
	l.must(l.conn.Emit(logindPath, logindManager+".PrepareForSleep", start))
}

// The agent is told what logind signals, also by one that came later, and by one after a restart of the bus.
func TestSleep(t *testing.T) {
	s := newStage(t)
	s.run(1000)
	for range 2 {
		l := s.logind(true)
		s.want("asleep") // it came while the computer goes to sleep
		l.prepareForSleep(false)
		s.want("awake: the computer woke up")
		l.prepareForSleep("nonsense")
		stranger := s.connect()
		s.must(stranger.Emit(logindPath, logindManager+".PrepareForSleep", true))
		l.prepareForSleep(false) // without a beginning: it was missed
		s.want("awake: the computer woke up")
		l.prepareForSleep(true)
		l.prepareForSleep(true)
		s.want("asleep")
		s.daemon.Stop()
		s.want("awake: nobody knows any more whether the computer goes to sleep")
		s.daemon.Start()
	}
}

// A sleep that nobody can say the end of is over. An agent that is awake is not told so.
func TestLogindLeaves(t *testing.T) {
	s := newStage(t)
	told := s.agent
	c := &sleep{agent: told, bus: client{}, logger: slog.New(slog.DiscardHandler), isAsleep: true}
	s.must(c.take(t.Context(), logindLeft))
	s.want("awake: nobody knows any more whether the computer goes to sleep")
	s.must(c.take(t.Context(), logindLeft))
	if len(told.calls) > 0 {
		t.Errorf("the agent is told %q", <-told.calls)
	}
}

func TestJumps(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	before := reading{real: 100 * hour, boot: 10 * hour, mono: 5 * hour}
	for want, now := range map[string]reading{
		"the computer was asleep for 8h0m0s": {real: 109 * hour, boot: 19 * hour, mono: 6 * hour},
		"the clock was set by 2h0m0s":        {real: 103 * hour, boot: 11 * hour, mono: 6 * hour},
		"the clock was set by -1h0m0s":       {real: 100 * hour, boot: 11 * hour, mono: 6 * hour},
		"the computer was asleep for 2h0m0s": {real: 105 * hour, boot: 13 * hour, mono: 6 * hour}, // and set
		"the clock was set by 0s":            {real: 101 * hour, boot: 11 * hour, mono: 6 * hour}, // nothing happened
	} {
		if got := now.since(before).String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A jump counts as waking, unless logind has announced a sleep: then it says when that is over.
func TestJumpsTellTheAgent(t *testing.T) {
	t.Parallel()
	a := &told{calls: make(chan string, 10)}
	s := &sleep{agent: a, logger: slog.New(slog.DiscardHandler)}
	ctx := t.Context()
	for _, step := range []func() error{
		func() error { return s.jumped(ctx, jump{slept: time.Hour}) },
		func() error { return s.take(ctx, logindAsleep) },
		func() error { return s.jumped(ctx, jump{slept: time.Hour}) },
		func() error { return s.take(ctx, logindAwake) },
		func() error { return s.jumped(ctx, jump{set: -time.Hour}) },
	} {
		if err := step(); err != nil {
			t.Error(err)
		}
	}
	close(a.calls)
	var got []string
	for call := range a.calls {
		got = append(got, call)
	}
	if text := strings.Join(got, ", "); text != "awake: the computer was asleep for 1h0m0s, asleep, awake: the computer woke up, awake: the clock was set by -1h0m0s" {
		t.Error(text)
	}
}

// A logind that never says the end of a sleep is not believed any more when the computer has run for a while. What
// tells of later sleeps counts.
func TestStuckAsleep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &told{calls: make(chan string, 10)}
		s := &sleep{agent: a, logger: slog.New(slog.DiscardHandler)}
		ctx, stop := context.WithCancel(t.Context())
		news, jumps, ended := make(chan logindNews), make(chan jump), make(chan error)
		go func() { ended <- s.follow(ctx, news, jumps) }()
		began := time.Now()
		news <- logindAsleep
		if got := <-a.calls; got != "asleep" {
			t.Errorf("told %q", got)
		}
		if got := <-a.calls; !strings.Contains(got, "logind does not say why") || time.Since(began) != maxAsleep {
			t.Errorf("told %q after %v", got, time.Since(began))
		}
		jumps <- jump{slept: time.Hour}
		if got := <-a.calls; got != "awake: the computer was asleep for 1h0m0s" {
			t.Errorf("told %q", got)
		}
		news <- logindAsleep
		news <- logindAwake
		time.Sleep(2 * maxAsleep)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := <-a.calls + ", " + <-a.calls; got != "asleep, awake: the computer woke up" || len(a.calls) > 0 {
			t.Errorf("told %q, and %d more", got, len(a.calls))
		}
	})
}

// The kernel says when the wall clock is set: here by a nanosecond.
func TestTheKernelReportsJumps(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	jumps := newMailbox[jump]()
	ended := make(chan error, 1)
	go func() { ended <- watchClocks(ctx, 0, jumps.put) }()
	for deadline := time.Now().Add(10 * time.Second); ; {
		// The first ones may come before the clocks are watched.
		_, err := unix.Adjtimex(&unix.Timex{Modes: unix.ADJ_SETOFFSET | unix.ADJ_NANO, Time: unix.Timeval{Usec: 1}})
		if err != nil {
			stop()
			<-ended
			if strings.Contains(os.Getenv("HELPER_REQUIRE"), "clock") {
				t.Fatalf("set the clock: %v", err)
			}
			t.Skipf("set the clock: %v", err)
		}
		select {
		case <-jumps:
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			return
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("no jump is reported")
		}
	}
}

// Between jumps nothing is reported, and the end is no error.
func TestClocksWithoutJumps(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	err := watchClocks(ctx, leastJump, func(j jump) { t.Errorf("%v", j) })
	if err != nil {
		t.Error(err)
	}
}
