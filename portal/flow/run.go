package flow

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

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
		return Result{Outcome: NeedsUser, Reason: refusal}, nil
	}
	for i := 0; i < len(f.steps); {
		if refusal := env.refusal(f.steps[i].terms); refusal != "" {
			return r.result(i, NeedsUser, refusal), nil
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

// refusal says why terms may not be accepted; empty: they may, or there are none.
func (e *Env) refusal(terms string) string {
	switch {
	case terms == "":
		return ""
	case e.Terms == nil:
		return fmt.Sprintf("nobody agreed to %q", terms)
	}
	return e.Terms(terms)
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

func (r *run) capture(v *view, captures []capture) error {
	for _, c := range captures {
		value, found := c.query.first(v)
		switch {
		case !found && !c.optional:
			return fmt.Errorf("capture %s: want %s; %s", c.name, c.query, v.instead(c.query))
		case len(value) > maxCapture:
			return fmt.Errorf("capture %s: %d bytes, at most %d", c.name, len(value), maxCapture)
		}
		r.keep(c.name, value)
	}
	return nil
}

// captures says whether what is found counts where the case decides: it does unless the
// login ends there in vain.
func (b *branch) captures() bool { return b.outcome == OutcomeUnknown || b.outcome == Submitted }

// captureFound captures what is there, where a case decides: another way may need it, and a
// session that is won already, or by a click, has a logoff URL too.
func (r *run) captureFound(v *view, captures []capture) {
	for _, c := range captures {
		if value, found := c.query.first(v); found && len(value) <= maxCapture {
			r.keep(c.name, value)
		}
	}
}

func (r *run) keep(name, value string) {
	if r.session.ContainsSecret(value) {
		r.captures[name] = portal.Secret(value) // the portal gave a secret back
		return
	}
	if slices.Contains(r.env.SessionCaptures, name) {
		r.session.DeclareTokens(value)
	}
	r.captures[name] = portal.Plain(value)
}

// stepError names the step and the page. Its cause tells no secret: what
// actions report is masked, and what is quoted from a page is redacted.
func (r *run) stepError(i int, err error) error {
	e := &StepError{Flow: r.flow.file, Step: r.flow.steps[i].id, Err: err}
	page := r.session.Page()
	if page == nil {
		return e
	}
	if page.URL != nil {
		e.URL = r.session.Redact(portal.MaskURL(page.URL))
	}
	// The page is a redirect that would have carried a secret on: why it is not the page
	// that was expected. It is told and not wrapped, because what was asked for was sent.
	if refused, ok := errors.AsType[*portal.SecretError](page.Refused); ok {
		e.Err = fmt.Errorf("%w; redirect not followed: %v", err, refused)
	}
	return e
}

func (r *run) result(i int, outcome Outcome, reason string) Result {
	result := Result{Outcome: outcome, Step: r.flow.steps[i].id, Reason: reason, Captures: map[string]string{}}
	for name, value := range r.captures {
		if !value.IsSecret() {
			result.Captures[name] = value.Reveal()
		}
	}
	if outcome == Submitted {
		result.Expires = r.expires()
	}
	return result
}

// ended is the result of a case. One that asks the user for what is not given says what.
func (r *run) ended(i int, b *branch) Result {
	result := r.result(i, b.outcome, "")
	for _, q := range b.when {
		if name, ok := q.lacks(); ok && b.outcome == NeedsUser && result.Missing == "" {
			in, _ := r.flow.input(name)
			result.Missing, result.Reason = name, in.Prompt
		}
	}
	if b.reason != "" || result.Reason == "" {
		result.Reason = r.reason(b)
	}
	return result
}

// reason returns the author's reason, else what the portal shows there.
func (r *run) reason(b *branch) string {
	if b.reason != "" {
		return b.reason
	}
	v := r.view()
	for _, q := range b.when {
		if text, _ := q.first(v); text != "" && q.tells() {
			return "the portal says " + v.quote(text)
		}
	}
	return fmt.Sprintf("%s %s", b.when[0], v.where())
}

// expires reads how long the login lasts; 0 where the flow does not tell, or the
// portal told nonsense.
func (r *run) expires() time.Duration {
	if r.flow.expires == nil {
		return 0
	}
	text, err := r.plain(r.flow.expires)
	if err != nil {
		return 0 // a capture on a way that was not taken
	}
	return parseExpires(strings.TrimSpace(text))
}

// parseExpires reads seconds or a Go duration.
func parseExpires(text string) time.Duration {
	lasts, err := time.ParseDuration(text)
	if seconds, bad := strconv.ParseFloat(text, 64); bad == nil && !math.IsNaN(seconds) {
		lasts, err = time.Duration(min(max(seconds, 0), maxExpires.Seconds()+1)*float64(time.Second)), nil
	}
	if err != nil || lasts < 0 || lasts > maxExpires {
		return 0
	}
	return lasts
}
