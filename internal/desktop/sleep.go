package desktop

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/systembus"
)

// logind on the system bus (org.freedesktop.login1(5)).
const (
	logindService = "org.freedesktop.login1"
	logindPath    = dbus.ObjectPath("/org/freedesktop/login1")
	logindManager = logindService + ".Manager"
)

// sleep tells the agent when the computer goes to sleep and wakes up: what logind signals, and the jumps
// of the clocks that remain where there is no logind, or where it was not asked.
type sleep struct {
	agent  Agent
	bus    client
	logger *slog.Logger

	isAsleep bool             // as the agent was told
	late     <-chan time.Time // receives when it is not believed any more; nil: it is awake
}

// maxAsleep is how long the computer may run after logind said that it goes to sleep: logind waits for inhibitors for a
// few seconds (logind.conf(5), InhibitDelayMaxSec), and the timer stands still while the computer is suspended.
const maxAsleep = time.Minute

// logindNews is what changed about sleep.
type logindNews uint8

const (
	logindCame   logindNews = iota + 1 // its state is not known
	logindLeft                         // or cannot be heard
	logindAsleep                       // PrepareForSleep(true)
	logindAwake                        // PrepareForSleep(false)
)

func (s *sleep) run(ctx context.Context) error {
	news := newMailbox[logindNews]()
	defer s.bus.Subscribe(systembus.Subscription{
		Service: logindService,
		Rules:   []systembus.Rule{{Path: logindPath, Interface: logindManager, Member: "PrepareForSleep"}},
		Present: func(isThere bool) {
			if isThere {
				news.put(logindCame)
			} else {
				news.put(logindLeft)
			}
		},
		Heard: func(signal *dbus.Signal) {
			if n, ok := readPrepareForSleep(signal.Body); ok {
				news.put(n)
			}
		},
	})()
	jumps := newMailbox[jump]()
	clocks, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := watchClocks(clocks, leastJump, jumps.put); err != nil {
			s.logger.Warn("clocks cannot be watched: sleep is noticed through logind alone", "error", err)
		}
	}()
	defer func() { stop(); <-ended }()
	return s.follow(ctx, news, jumps)
}

// follow tells the agent what happens until the context ends.
func (s *sleep) follow(ctx context.Context, news <-chan logindNews, jumps <-chan jump) error {
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case n := <-news:
			err = s.take(ctx, n)
		case j := <-jumps:
			err = s.jumped(ctx, j)
		case <-s.late:
			err = s.awake(ctx, fmt.Sprintf("the computer was about to sleep, but ran for %v, and logind does not say why", maxAsleep))
		}
		if err != nil && ctx.Err() == nil {
			s.logger.Debug("agent cannot be told about sleep", "error", err)
		}
	}
}

// readPrepareForSleep reads the argument of the signal: true before, false after.
func readPrepareForSleep(body []any) (logindNews, bool) {
	if len(body) != 1 {
		return 0, false
	}
	start, ok := body[0].(bool)
	if start {
		return logindAsleep, ok
	}
	return logindAwake, ok
}

// take tells the agent what logind says.
func (s *sleep) take(ctx context.Context, n logindNews) error {
	switch n {
	case logindCame:
		return s.ask(ctx)
	case logindLeft:
		if s.isAsleep {
			return s.awake(ctx, "nobody knows any more whether the computer goes to sleep")
		}
	case logindAsleep:
		return s.asleep(ctx)
	case logindAwake:
		return s.awake(ctx, "the computer woke up")
	}
	return nil
}

// ask reads whether the computer goes to sleep: signals may have been missed.
func (s *sleep) ask(ctx context.Context) error {
	var preparing bool
	if err := s.bus.get(ctx, logindService, logindPath, logindManager, "PreparingForSleep", &preparing); err != nil {
		s.logger.Debug("logind does not say whether the computer goes to sleep", "cause", err)
	}
	switch {
	case preparing:
		return s.asleep(ctx)
	case s.isAsleep:
		return s.awake(ctx, "the computer woke up")
	}
	return nil
}

func (s *sleep) asleep(ctx context.Context) error {
	if s.isAsleep {
		return nil
	}
	s.isAsleep = true
	s.late = time.After(maxAsleep)
	s.logger.Info("the computer goes to sleep: nothing is sent until it wakes up")
	return s.agent.Asleep(ctx)
}

func (s *sleep) awake(ctx context.Context, text string) error {
	s.isAsleep = false
	s.late = nil
	s.logger.Info("what is known of the links is checked", "cause", text)
	return s.agent.Awake(ctx, text)
}

// jumped takes a jump of the clocks. While logind has announced a sleep, it also tells the end.
func (s *sleep) jumped(ctx context.Context, j jump) error {
	if s.isAsleep {
		return nil
	}
	return s.awake(ctx, j.String())
}

// jump is by how much the clocks differ that go on together while nothing happens.
type jump struct {
	slept time.Duration // that the computer was suspended
	set   time.Duration // that the wall clock was set forward; negative: back
}

// String is a sentence about it.
func (j jump) String() string {
	if j.slept >= leastJump {
		return fmt.Sprintf("the computer was asleep for %v", j.slept.Round(time.Second))
	}
	return fmt.Sprintf("the clock was set by %v", j.set.Round(time.Second))
}
