package flow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// Run runs the flow in a session. It ends within portal.FlowTimeout and each step within
// portal.StepTimeout. The error is a *[StepError]. A missing input is not an error, but the
// outcome [NeedsUser].
func (f *Flow) Run(ctx context.Context, s *portal.Session, env Env) (Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, portal.FlowTimeout, fmt.Errorf("flow takes longer than %v", portal.FlowTimeout))
	defer cancel()
	r := &run{flow: f, session: s, env: env, captures: map[string]string{}}
	r.declareTokens()
	if refusal := env.refusal(f.terms); refusal != "" {
		return Result{Outcome: NeedsUser, Reason: refusal, Terms: f.terms}, nil
	}
	last := 0
	for i := 0; i < len(f.steps); {
		last = i
		if refusal := env.refusal(f.steps[i].terms); refusal != "" {
			result := r.result(i, NeedsUser, refusal)
			result.Terms = f.steps[i].terms
			return result, nil
		}
		next, end, err := r.step(ctx, i)
		refused, isRefused := errors.AsType[*portal.UseError](err)
		missing, isMissing := errors.AsType[*missingInput](err)
		needed, needsTerms := errors.AsType[*termsNeeded](err)
		switch {
		case isRefused:
			return r.result(i, NeedsUser, refused.Reason), nil
		case needsTerms:
			result := r.result(i, NeedsUser, needed.refusal)
			result.Terms = needed.terms
			return result, nil
		case isMissing:
			result := r.result(i, NeedsUser, missing.prompt)
			result.Missing = missing.name
			return result, nil
		case err != nil:
			return Result{}, r.stepError(i, err)
		case end != nil:
			return r.ended(ctx, i, end), nil
		}
		i = next
	}
	return r.result(last, Submitted, "all steps went as expected"), nil
}

// run is one run of a flow.
type run struct {
	flow     *Flow
	session  *portal.Session
	env      Env
	captures map[string]string // see [run.kept]
	captured int               // bytes of them

	work *web.Search // the budget of the current step: all that it does with texts takes its work from there

	terms   string // of the current step
	gave    bool   // the current step sends a value that the user gave, or one computed from it
	answers bool   // gave, also counting the credentials that answer a challenge

	given map[string]bool // secrets that were sent; the portal may return them

	offers  []portal.Offer  // the forms of the pages so far
	offered int             // size of them
	last    *portal.Page    // whose forms are among them
	opened  map[string]bool // URLs so far
	probed  bool            // what the probe saw is among them
}

// declareTokens makes the session redact values of the login: they identify the user's session.
func (r *run) declareTokens() {
	for _, name := range slices.Concat(r.env.SessionCaptures, r.flow.SessionNames()) {
		r.session.DeclareTokens(r.env.Session[name])
	}
}

// step runs a step: the action, then the first case that holds, else the expectations and
// the captures. It returns the next step, or the case that ends the flow.
func (r *run) step(ctx context.Context, i int) (next int, end *branch, err error) {
	s := &r.flow.steps[i]
	r.session.SetStep(s.id)
	r.terms, r.gave, r.answers = s.terms, false, false
	r.work = web.NewSearch(ctx, maxWork)
	if r.env.Progress != nil {
		r.env.Progress(s.id)
	}
	began := r.env.now()
	if err := r.act(ctx, s.action); err != nil {
		return r.unanswered(ctx, i, r.env.now().Sub(began), err)
	}
	return r.decide(ctx, i)
}

// decide evaluates the page after step i.
func (r *run) decide(ctx context.Context, i int) (next int, end *branch, err error) {
	s := &r.flow.steps[i]
	v := r.view(ctx)
	for j := range s.cases {
		b := &s.cases[j]
		if _, unmet, err := firstUnmet(b.when, v); err != nil {
			return 0, nil, err
		} else if unmet {
			continue
		}
		if b.captures() {
			if err := r.captureFound(v, s.captures); err != nil {
				return 0, nil, err
			}
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
	return s.next, nil, nil
}

// unanswered returns the step that comes next if the connection of step i was closed without an answer;
// any other error ends the flow. The page stays the one before.
func (r *run) unanswered(ctx context.Context, i int, took time.Duration, err error) (next int, end *branch, failed error) {
	c := r.flow.steps[i].closed
	if c == nil || ctx.Err() != nil || !portal.IsClosed(err) {
		return 0, nil, err
	}
	isLate := took >= closedLate
	r.observeClosed(i, isLate)
	if isLate {
		return c.nextLate, nil, nil
	}
	return c.next, nil, nil
}

// expect fails unless all queries hold. An input that is expected and absent is missing.
func (r *run) expect(v *view, queries []query) error {
	missing, unmet, err := firstUnmet(queries, v)
	if err != nil || !unmet {
		return err
	}
	if source, ok := missing.source.(inputSource); ok && missing.test.kind != testAbsent {
		in, _ := r.flow.input(source.name)
		return &missingInput{name: in.Name, prompt: in.Prompt}
	}
	unexpected := fmt.Errorf("expect %s; %s", missing, v.found(missing))
	if page := r.session.Page(); page == nil || page.Status >= http.StatusInternalServerError || page.Status == http.StatusTooManyRequests {
		return unexpected
	}
	return &UnexpectedError{unexpected}
}

// act runs an action within its limit.
func (r *run) act(ctx context.Context, a action) error {
	limit := a.limit()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("step takes longer than %v", limit))
	defer cancel()
	err := a.run(ctx, r)
	r.remember(r.session.Page())
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}
