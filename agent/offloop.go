package agent

import (
	"context"
	"maps"

	"hotspot-helper/probe"
)

// Masking takes time in proportion to what the network sent, so the loop does none of it. What is
// masked here is masked in goroutines, which post the result.

// finishMasked goes on when a text is masked with all secrets that are known. Used are those that
// it is masked with already; redact masks it with more.
func (a *Agent) finishMasked(loop context.Context, as *association, used redactors, redact func(more redactor), goOn func(loop context.Context)) {
	known, more, old := as.secrets, as.secrets.beyond(used), as.late.done
	if len(more) == 0 && old == nil {
		goOn(loop)
		return
	}
	a.start(loop, as, func(ctx context.Context, _ func(func())) func(context.Context) {
		redact(more.all())
		if old != nil {
			select {
			case <-old:
			case <-ctx.Done():
			}
		}
		return func(loop context.Context) { a.finishMasked(loop, as, known, redact, goOn) }
	})
}

// handleMasked handles an event of a probe whose texts are masked with some of the secrets.
func (a *Agent) handleMasked(loop context.Context, as *association, used redactors, e event) {
	a.finishMasked(loop, as, used, func(more redactor) {
		e.cause.Text, e.need = more.text(e.cause.Text), e.need.redacted(more)
	}, func(loop context.Context) { a.handle(loop, as, e) })
}

// lateMasks are secrets that are known since a short time: what was found before is being masked
// with them. The zero value has none.
type lateMasks struct {
	masks redactors
	done  chan struct{} // closed when it is masked with all of them; nil: there are none
}

// learn masks more secrets from now on, and in what was found before. That is held back until it
// is masked.
func (a *Agent) learn(loop context.Context, as *association, masks redactors) {
	more := maps.Clone(masks)
	maps.DeleteFunc(more, func(key string, _ *knownSecrets) bool { return as.secrets[key] != nil })
	if len(more) == 0 {
		return
	}
	as.secrets, as.late.masks = as.secrets.join(more), as.late.masks.join(more)
	if as.late.done == nil {
		as.late.done = make(chan struct{})
		a.maskFound(loop, as)
	}
}

// maskFound masks what was found before with the late secrets, until there are no more of them.
func (a *Agent) maskFound(loop context.Context, as *association) {
	before, masks := as.found(), as.late.masks
	a.tasks.Go(func() {
		after := before.redacted(masks.all())
		a.post(loop, func(loop context.Context) {
			as.replaceFound(before, after)
			as.late.masks = as.late.masks.beyond(masks)
			if len(as.late.masks) > 0 {
				a.maskFound(loop, as)
				return
			}
			close(as.late.done)
			as.late = lateMasks{}
		})
	})
}

// isHeld reports whether what is known of the network may still have a secret in it.
func (as *association) isHeld() bool {
	return as.stored != nil && !as.stored.taken || as.late.done != nil
}

// found is what an association keeps of what the network said.
type found struct {
	evidence, portal, early *probe.Evidence
	journal                 []Transition
	need                    *Need
	said                    said
	step                    string
}

func (as *association) found() found {
	return found{as.findings.evidence, as.findings.portal, as.task.early, as.journal, as.need, as.login.said, as.task.step}
}

// redacted returns copies without secrets.
func (f found) redacted(mask redactor) found {
	for _, evidence := range []**probe.Evidence{&f.evidence, &f.portal, &f.early} {
		if *evidence != nil {
			masked := redactEvidence(**evidence, mask)
			*evidence = &masked
		}
	}
	journal := make([]Transition, len(f.journal))
	for i, t := range f.journal {
		t.Cause, t.Need = mask.text(t.Cause), t.Need.redacted(mask)
		journal[i] = t
	}
	f.journal, f.need, f.said, f.step = journal, f.need.redacted(mask), f.said.redacted(mask), mask.text(f.step)
	return f
}

// replaceFound puts the masked copies in place of what they were made of. What came meanwhile was
// masked before it came.
func (as *association) replaceFound(before, after found) {
	replace(&as.findings.evidence, before.evidence, after.evidence)
	replace(&as.findings.portal, before.portal, after.portal)
	replace(&as.task.early, before.early, after.early)
	replace(&as.need, before.need, after.need)
	replace(&as.login.said, before.said, after.said)
	replace(&as.task.step, before.step, after.step)
	masked := map[Transition]Transition{}
	for i, t := range before.journal {
		masked[t] = after.journal[i]
	}
	journal := make([]Transition, len(as.journal))
	for i, t := range as.journal {
		if after, ok := masked[t]; ok {
			t = after
		}
		journal[i] = t
	}
	as.journal = journal
}

func replace[T comparable](place *T, before, after T) {
	if *place == before {
		*place = after
	}
}
