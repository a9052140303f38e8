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
	done  chan struct{} // closed when all are looked up
	masks redactors     // by helper; valid then
	names []string      // of the helpers
	until time.Time     // when to go on without them
}

// lookUpStored begins to look up the secrets in its own goroutine, except for those that are known.
// Secrets that are found later than the probe waits are masked in what it found.
func (a *Agent) lookUpStored(loop context.Context, as *association) *storedSecrets {
	names := slices.DeleteFunc(a.store.senders(as.identity), func(name string) bool { return as.secrets[storedKey(name)] != nil })
	if as.stored != nil && slices.Equal(as.stored.names, names) && as.stored.isRunning() {
		return as.stored
	}
	s := &storedSecrets{done: make(chan struct{}), masks: redactors{}, names: names, until: time.Now().Add(storedTime)}
	as.stored = s
	registry, inputs := a.settings.Registry, a.settings.Inputs
	if len(names) == 0 || registry == nil || inputs == nil {
		close(s.done)
		return s
	}
	dataOf := as.dataOf
	a.tasks.Go(func() {
		for _, name := range names {
			helper, err := registry.Helper(name)
			if err != nil {
				continue // it is not installed any more
			}
			if mask, complete := storedMask(helper, inputs); complete {
				s.masks[storedKey(name)] = &mask
			}
		}
		close(s.done)
		a.post(loop, func(loop context.Context) {
			if as.dataOf == dataOf {
				a.learn(loop, as, s.masks)
			}
		})
	})
	return s
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

// known returns the masks if all are looked up, else nil.
func (s *storedSecrets) known() redactors {
	if s == nil || s.isRunning() {
		return nil
	}
	return s.masks
}

// storedKey is the key of a helper's stored secrets among redactors.
func storedKey(helper string) string { return helper + " stored" }

// storedMask returns what masks the secrets of a helper. It is not complete if one cannot be
// read now.
func storedMask(helper plugins.Helper, inputs func(plugins.Helper, string) (portal.Value, bool, error)) (mask redactor, complete bool) {
	asks, ok := helper.(plugins.WithInputs)
	if !ok {
		return func(text string) string { return text }, true
	}
	var values []portal.Value
	complete = true
	for _, input := range asks.Inputs() {
		value, _, err := inputs(helper, input.Name)
		values = append(values, value)
		complete = complete && err == nil
	}
	return portal.RedactSecrets(values...), complete
}

// withStored goes on when the secrets are looked up, or take too long.
func (a *Agent) withStored(ctx context.Context, as *association, goOn func(context.Context)) {
	stored := a.lookUpStored(ctx, as)
	if !stored.isRunning() {
		a.learn(ctx, as, stored.masks)
		goOn(ctx)
		return
	}
	a.start(ctx, as, func(ctx context.Context, _ func(func())) func(context.Context) {
		masks := stored.wait(ctx)
		return func(ctx context.Context) {
			a.learn(ctx, as, masks)
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
