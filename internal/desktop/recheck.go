package desktop

import (
	"context"
	"log/slog"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/internal/wait"
	"hotspot-helper/probe"
)

const (
	// recheckPause is how long NetworkManager is left alone after a check.
	recheckPause = 5 * time.Second
	// checkTime bounds one check of NetworkManager.
	checkTime = 30 * time.Second
)

// recheck makes NetworkManager check its connectivity after a verdict that changed. Until it does, it
// keeps a link that is online behind others, and the desktop asks to sign in. The portal of a login that is
// under way is no news: a check of it would only delay the one after the login by recheckPause.
type recheck struct {
	agent  Agent
	check  func(ctx context.Context) error
	logger *slog.Logger

	isDenied bool // and logged
}

func (r *recheck) run(ctx context.Context) error {
	type news struct {
		verdict  probe.Verdict
		withheld bool // it came while a login was under way
	}
	last := map[string]news{} // by interface
	changed := newMailbox[struct{}]()
	defer r.agent.Listen(func(t agent.Transition) {
		before, known := last[t.Interface]
		if known && before.verdict == t.Verdict && !before.withheld {
			return
		}
		if len(last) >= maxDevices {
			clear(last)
		}
		now := news{t.Verdict, t.To == agent.Authenticating || t.To == agent.Verifying || t.To == agent.LoggingOff}
		last[t.Interface] = now
		if !now.withheld && (t.Verdict == probe.VerdictFull || t.Verdict == probe.VerdictPortal || t.Verdict == probe.VerdictLimited) {
			changed.put(struct{}{})
		}
	})()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
		r.note(ctx, r.check(ctx))
		if wait.For(ctx, recheckPause) != nil {
			return nil
		}
	}
}

// note logs that NetworkManager refuses, once until it does not any more.
func (r *recheck) note(ctx context.Context, err error) {
	switch {
	case err == nil:
		r.isDenied = false
	case ctx.Err() != nil:
	case !isDenied(err):
		r.logger.Debug("NetworkManager does not check", "cause", err)
	case !r.isDenied:
		r.isDenied = true
		r.logger.Info("NetworkManager refuses to check after a login, so the desktop hears of it when NetworkManager checks by itself",
			"polkit_action", "org.freedesktop.NetworkManager.network-control",
			"action_allows", "to check the connectivity, and to activate and deactivate connections", "error", err)
	}
}
