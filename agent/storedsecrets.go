package agent

import (
	"context"
	"slices"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
)

// storedTime bounds how long the log and the result of a probe wait for secrets that are kept in a
// keyring. After that time, what the network says is held back until the keyring has answered.
const storedTime = 3 * time.Second

// storedSecrets looks up what the user gave the helpers that sent it to a network before. The
// portal still has it after a restart of the agent, and may repeat it to a probe.
type storedSecrets struct {
	done   chan struct{} // closed when all are looked up
	masks  redactors     // by helper; valid then, of those whose secrets can all be read
	unread *Need         // valid then: the first that cannot be read; nil: all can
	names  []string      // of the helpers
	until  time.Time     // when to go on without them
	taken  bool          // all are known to the loop, which alone reads this
}

// lookUpStored begins to look up the secrets in its own goroutine, except for those that are known.
// Secrets that are found later than the probe waits are masked in what it found. Those that cannot be
// read now, such as those of a locked keyring, are looked up again by the next probe.
func (a *Agent) lookUpStored(loop context.Context, as *association) *storedSecrets {
	names := a.unknownSendersTo(as)
	if as.stored != nil && slices.Equal(as.stored.names, names) && as.stored.isRunning() {
		return as.stored
	}
	s := &storedSecrets{done: make(chan struct{}), masks: redactors{}, names: names, until: time.Now().Add(storedTime)}
	as.stored = s
	registry, inputs := a.settings.Registry, a.settings.Inputs
	if len(names) == 0 || registry == nil || inputs == nil {
		close(s.done)
		s.taken, as.heldFor = true, nil
		return s
	}
	a.tasks.Go(func() {
		s.lookUp(registry, inputs)
		close(s.done)
		a.post(loop, func(loop context.Context) {
			if as.stored == s {
				a.takeStored(loop, as)
			}
		})
	})
	return s
}

// lookUpForReport begins to look up the secrets as lookUpStored does, for a report alone: nothing is
// held back meanwhile, and nothing that was found before changes.
func (a *Agent) lookUpForReport(as *association) *storedSecrets {
	s := &storedSecrets{done: make(chan struct{}), masks: redactors{}, names: a.unknownSendersTo(as), until: time.Now().Add(storedTime)}
	registry, inputs := a.settings.Registry, a.settings.Inputs
	if len(s.names) == 0 || registry == nil || inputs == nil {
		close(s.done)
		return s
	}
	a.tasks.Go(func() {
		s.lookUp(registry, inputs)
		close(s.done)
	})
	return s
}

// unknownSendersTo returns those helpers of sendersTo whose stored secrets are not known.
func (a *Agent) unknownSendersTo(as *association) []string {
	return slices.DeleteFunc(a.sendersTo(as), func(name string) bool { return as.secrets[storedKey(name)] != nil })
}

// sendersTo returns the helpers that may have sent secrets to the network joined now, or to the one that
// the data of the association is of.
func (a *Agent) sendersTo(as *association) []string {
	names := a.store.senders(as.identity)
	if as.dataOf != as.identity {
		names = append(names, a.store.senders(as.dataOf)...)
		slices.Sort(names)
	}
	return slices.Compact(names)
}

// lookUp reads the secrets of all the helpers.
func (s *storedSecrets) lookUp(registry *plugins.Registry, inputs func(plugins.Helper, string) (portal.Value, bool, error)) {
	for _, name := range s.names {
		helper, err := registry.Helper(name)
		if err != nil {
			continue // it is not installed any more
		}
		known, err := storedOf(helper, inputs)
		if err == nil {
			s.masks[storedKey(name)] = known
			continue
		}
		if s.unread == nil {
			s.unread, _ = needOfError(err)
			s.unread.Helper = name
		}
	}
}

// takeStored learns the secrets that are looked up, if they are by now.
func (a *Agent) takeStored(loop context.Context, as *association) {
	s := as.stored
	if s == nil || s.isRunning() {
		return
	}
	a.learn(loop, as, s.masks)
	s.taken, as.heldFor = s.unread == nil, s.unread
	a.showDomains(loop, as)
}

// redacted returns the need without secrets. Nil becomes nil.
func (n *Need) redacted(mask redactor) *Need {
	if n == nil {
		return nil
	}
	masked := *n
	masked.URL, masked.Text = mask.text(n.URL), mask.text(n.Text)
	masked.Old, masked.New = n.Old.redacted(mask), n.New.redacted(mask)
	return &masked
}

// redacted returns the destination without secrets, to be shown. Nil becomes nil.
func (d *Destination) redacted(mask redactor) *Destination {
	if d == nil {
		return nil
	}
	masked := *d
	masked.Host, masked.Form = mask.text(d.Host), mask.text(d.Form)
	return &masked
}

// isRunning reports whether secrets are being looked up. Nil is not running.
func (s *storedSecrets) isRunning() bool {
	if s == nil {
		return false
	}
	select {
	case <-s.done:
		return false
	default:
		return true
	}
}

// isOpen reports whether there may be secrets that are not known: they are being looked up, or
// cannot be read now. Nil has none. It may be called outside of the loop.
func (s *storedSecrets) isOpen() bool { return s.isRunning() || s != nil && s.unread != nil }

// known returns the masks if all are looked up, else nil.
func (s *storedSecrets) known() redactors {
	if s == nil || s.isRunning() {
		return nil
	}
	return s.masks
}

// storedKey is the key of a helper's stored secrets among redactors.
func storedKey(helper string) string { return helper + " stored" }

// storedOf returns the secrets of a helper: those that can be read now, with an [inputError] if one cannot.
func storedOf(helper plugins.Helper, inputs func(plugins.Helper, string) (portal.Value, bool, error)) (*knownSecrets, error) {
	var values []portal.Value
	var unread error
	asks, ok := helper.(plugins.WithInputs)
	if !ok {
		return secretsOf(nil), nil
	}
	for _, input := range asks.Inputs() {
		value, _, err := inputs(helper, input.Name)
		values = append(values, value)
		if err != nil && unread == nil {
			unread = &inputError{input.Name, err}
		}
	}
	return secretsOf(values), unread
}

// secretsOf returns the secrets among values.
func secretsOf(values []portal.Value) *knownSecrets {
	return &knownSecrets{portal.RedactSecrets(values...), portal.ContainsSecret(values...), portal.MaskSecrets(values...)}
}

// withStored goes on when the secrets are looked up, or take too long.
func (a *Agent) withStored(ctx context.Context, as *association, goOn func(context.Context)) {
	stored := a.lookUpStored(ctx, as)
	if !stored.isRunning() {
		a.takeStored(ctx, as)
		goOn(ctx)
		return
	}
	a.start(ctx, as, func(ctx context.Context, _ func(func())) func(context.Context) {
		stored.wait(ctx)
		return func(ctx context.Context) {
			a.takeStored(ctx, as)
			goOn(ctx)
		}
	})
}

// wait returns the masks when all are looked up, nil if that takes too long.
func (s *storedSecrets) wait(ctx context.Context) redactors {
	ctx, stop := context.WithDeadline(ctx, s.until)
	defer stop()
	select {
	case <-s.done:
		return s.masks
	case <-ctx.Done():
		return nil
	}
}
