package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"hotspot-helper/portal"
)

// Run carries the flow out on a session. It ends within portal.FlowTimeout,
// each step within portal.StepTimeout, whatever the portal does. The error is
// a *[StepError]; a missing input is none, but the outcome [NeedsUser].
func (f *Flow) Run(ctx context.Context, s *portal.Session, env Env) (Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, portal.FlowTimeout, fmt.Errorf("flow takes longer than %v", portal.FlowTimeout))
	defer cancel()
	r := &run{flow: f, session: s, env: env, captures: map[string]portal.Value{}}
	r.mask()
	if refusal := env.refusal(f.terms); refusal != "" {
		return Result{Outcome: NeedsUser, Reason: refusal, Terms: f.terms}, nil
	}
	for i := 0; i < len(f.steps); {
		if refusal := env.refusal(f.steps[i].terms); refusal != "" {
			result := r.result(i, NeedsUser, refusal)
			result.Terms = f.steps[i].terms
			return result, nil
		}
		next, end, err := r.step(ctx, i)
		var missing *missingInput
		switch {
		case errors.As(err, &missing):
			result := r.result(i, NeedsUser, missing.prompt)
			result.Missing = missing.name
			return result, nil
		case err != nil:
			return Result{}, r.stepError(i, err)
		case end != nil:
			return r.ended(i, end), nil
		}
		i = next
	}
	return r.result(len(f.steps)-1, Submitted, "all steps went as expected"), nil
}

// run is one run of a flow.
type run struct {
	flow     *Flow
	session  *portal.Session
	env      Env
	captures map[string]portal.Value // secret where they hold a secret that was sent
}

// mask hides what the session was given by the flow that logged in: who has it has the session.
func (r *run) mask() {
	for _, name := range slices.Concat(r.env.SessionCaptures, r.flow.SessionNames()) {
		r.session.DeclareTokens(r.env.Session[name])
	}
}

// step runs one step: the action, then the first case that holds, else what is
// expected, then the captures. It returns the next step, or the case that ends the flow.
func (r *run) step(ctx context.Context, i int) (next int, end *branch, err error) {
	s := &r.flow.steps[i]
	r.session.SetStep(s.id)
	if r.env.Progress != nil {
		r.env.Progress(s.id)
	}
	if err := r.act(ctx, s.action); err != nil {
		return 0, nil, err
	}
	v := r.view()
	for j := range s.cases {
		b := &s.cases[j]
		if _, not, err := unmet(b.when, v); err != nil {
			return 0, nil, err
		} else if not {
			continue
		}
		if b.captures() {
			r.captureFound(v, s.captures)
		}
		r.observe(i, j)
		if b.outcome != OutcomeUnknown {
			return 0, b, nil
		}
		return b.next, nil, nil
	}
	if err := r.expect(v, s.expect); err != nil {
		return 0, nil, err
	}
	if err := r.capture(v, s.captures); err != nil {
		return 0, nil, err
	}
	r.observe(i, -1)
	return i + 1, nil, nil
}

// expect fails where a query does not hold; an input that is expected is one that is missing.
func (r *run) expect(v *view, queries []query) error {
	missing, not, err := unmet(queries, v)
	if err != nil || !not {
		return err
	}
	if source, ok := missing.source.(inputSource); ok && missing.test.kind != testAbsent {
		in, _ := r.flow.input(source.name)
		return &missingInput{name: in.Name, prompt: in.Prompt}
	}
	return fmt.Errorf("expect %s; %s", missing, v.instead(missing))
}

func (r *run) act(ctx context.Context, a action) error {
	limit := a.limit()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("step takes longer than %v", limit))
	defer cancel()
	err := a.run(ctx, r)
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}
