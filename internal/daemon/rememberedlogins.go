package daemon

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"hotspot-helper/agent"
	"hotspot-helper/plugins/remember"
	"hotspot-helper/probe"
)

// rememberedLogins follows how the logins of a running agent end that a person did once. The first that
// goes well is announced, and one that fails again and again is set aside.
type rememberedLogins struct {
	store  remember.Store
	logger *slog.Logger

	mu    sync.Mutex
	first map[string]agent.Transition // by interface: the first use of the login of its session
}

// maxUnread is how many ends of logins wait until they are recorded. Logins have a pace, so more are
// never made.
const maxUnread = 64

// run records the ends of logins until the context ends.
func (r *rememberedLogins) run(ctx context.Context, ag listened) error {
	ended := make(chan agent.Transition, maxUnread)
	stop := ag.Listen(func(t agent.Transition) {
		r.forgetFirst(t)
		if _, isEnd := endOfLogin(t); !isEnd || !remember.IsName(t.Helper) {
			return
		}
		select {
		case ended <- t:
		default:
		}
	})
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case t := <-ended:
			r.note(t)
		}
	}
}

// endOfLogin reports whether a transition is the end of a login, and whether that worked. What a person
// has to do first is no failure, and neither is what the portal wants to be tried later.
func endOfLogin(t agent.Transition) (worked, isEnd bool) {
	if t.From != agent.Authenticating && t.From != agent.Verifying {
		return false, false
	}
	switch t.To {
	case agent.Authenticated:
		return true, true
	case agent.Failed:
		return false, true
	case agent.PresentingUI, agent.Deferred:
		failures := []agent.NeedKind{agent.NeedPage, agent.NeedCode, agent.NeedUnchanged}
		return false, t.Need != nil && slices.Contains(failures, t.Need.Kind)
	case agent.Evaluating:
		return false, t.From == agent.Verifying && t.Verdict == probe.VerdictPortal
	}
	return false, false
}

// note records the end of a login.
func (r *rememberedLogins) note(t agent.Transition) {
	worked, _ := endOfLogin(t)
	now, before, err := r.store.Note(t.Helper, worked, t.Cause)
	attrs := []any{"helper", t.Helper, "interface", t.Interface, "ssid", t.SSID.String()}
	switch {
	case errors.Is(err, remember.ErrUnknown): // it was forgotten meanwhile
	case err != nil:
		r.logger.Warn("end of a remembered login cannot be recorded", append(attrs, "error", err)...)
	case !now.Used.IsZero() && before.Used.IsZero():
		r.mu.Lock()
		if r.first == nil {
			r.first = map[string]agent.Transition{}
		}
		r.first[t.Interface] = t
		r.mu.Unlock()
		r.logger.Info("remembered login is used for the first time: 'helper remembered forget' takes it back", attrs...)
	case !now.SetAside.IsZero() && before.SetAside.IsZero():
		r.logger.Warn("remembered login is set aside: its logins failed; log in once more, and it can be replaced", append(attrs, "reason", now.Why)...)
	}
}

// forgetFirst takes that the session of an interface is over.
func (r *rememberedLogins) forgetFirst(t agent.Transition) {
	if t.To == agent.Authenticated || t.To == agent.Maintaining {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.first, t.Interface)
}

// withRemembered is an agent whose status has the remembered logins, too.
type withRemembered struct {
	withTunnels

	logins *rememberedLogins
}

// Status adds the remembered logins to the associations.
func (w withRemembered) Status() agent.Status {
	status := w.withTunnels.Status()
	all, _ := w.logins.store.List() // what cannot be read was logged with the packs
	if len(all) == 0 {
		return status
	}
	status.Associations = slices.Clone(status.Associations)
	for i := range status.Associations {
		as := &status.Associations[i]
		for _, l := range all {
			if l.Network.Same(as.Identity) {
				as.Remembered = append(as.Remembered, w.logins.shown(&l, as))
			}
		}
	}
	return status
}

// shown returns what the status says of a remembered login.
func (r *rememberedLogins) shown(l *remember.Login, as *agent.Association) agent.Remembered {
	r.mu.Lock()
	first, isFirst := r.first[as.Interface]
	r.mu.Unlock()
	isOn := as.Phase == agent.Authenticated || as.Phase == agent.Maintaining
	shown := agent.Remembered{Helper: l.Name, FirstUse: isFirst && isOn && as.Helper == l.Name && first.Helper == l.Name, Why: l.Why}
	if !l.SetAside.IsZero() {
		shown.SetAside = &l.SetAside
	}
	return shown
}
