package live

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// Authenticate logs in.
func (h *Helper) Authenticate(ctx context.Context, job plugins.Job) (flow.Result, error) {
	for _, terms := range h.description.Terms {
		if refusal := job.TermsRefusal(terms); refusal != "" {
			return flow.Result{Outcome: flow.NeedsUser, Reason: refusal, Terms: terms}, nil
		}
	}
	return h.run(ctx, job, plugins.FlowAuthenticate, methodAuth)
}

// Maintain keeps the session. A helper without a keepalive has nothing to do.
func (h *Helper) Maintain(ctx context.Context, job plugins.Job) (flow.Result, error) {
	nothing := flow.Result{Outcome: flow.Submitted, Reason: "the helper has no keepalive", Captures: job.Session}
	if h.noMaintain.Load() {
		return nothing, nil
	}
	result, err := h.run(ctx, job, plugins.FlowMaintain, methodMaintain)
	if isNoMethod(err) {
		h.noMaintain.Store(true)
		return nothing, nil
	}
	if err == nil && result.Captures == nil {
		result.Captures = job.Session
	}
	return result, err
}

// Logoff ends the session.
func (h *Helper) Logoff(ctx context.Context, job plugins.Job) (flow.Result, error) {
	result, err := h.run(ctx, job, plugins.FlowLogoff, methodLogoff)
	if isNoMethod(err) {
		return flow.Result{Outcome: flow.Unsupported, Reason: "the helper cannot log off"}, nil
	}
	return result, err
}

func isNoMethod(err error) bool { return errors.Is(err, errNotThere) }

// run runs one flow. The program gets what the user gave to it, and to no other.
func (h *Helper) run(ctx context.Context, job plugins.Job, step, method string) (flow.Result, error) {
	session, err := job.Open(h.description.Hosts, h.description.SharedHosts)
	if err != nil {
		return flow.Result{}, err
	}
	session.SetStep(step)
	if job.Progress != nil {
		job.Progress(step)
	}
	inputs, missing, err := h.lookUp(job, session)
	switch {
	case err != nil:
		return flow.Result{}, err
	case missing.Name != "" && step != plugins.FlowLogoff:
		return flow.Result{Outcome: flow.NeedsUser, Step: step, Reason: missing.Prompt, Missing: missing.Name}, nil
	}
	parameters, err := parametersOf(job, inputs)
	if err != nil {
		return flow.Result{}, fmt.Errorf("run helper %s: %w", h.name, err)
	}
	x := &exchanger{session: session, secrets: h.description.SecretFields, job: job, helper: h.name, logger: h.log(), notes: h.notes, presses: newPresses(h.description.Terms, step, job, inputs)}
	if step != plugins.FlowAuthenticate {
		parameters["session"] = sessionOf(job)
	}
	var reply json.RawMessage
	err = h.converse(ctx, command{h.capacity.flows, flowTime, session.Redact}, func(c *conn) (err error) {
		reply, err = c.call(method, parameters, func(m message) (any, *callError) { return x.serve(ctx, m) })
		return err
	})
	if errors.Is(err, errChanged) && step != plugins.FlowAuthenticate {
		err = errReplaced
	}
	if err != nil && x.refused == nil {
		text := err.Error()
		if failed, ok := errors.AsType[*callError](err); ok {
			text = failed.text() // it may hold a secret
		}
		return flow.Result{}, fmt.Errorf("run helper %s: %s: %w", h.name, step, &shownError{shown(text, session.Redact, maxReported), err})
	}
	return h.conclude(x, step, reply)
}

// shownError is an error with another text, see [shown].
type shownError struct {
	text string
	err  error
}

func (e *shownError) Error() string { return e.text }

// Is looks into the cause.
func (e *shownError) Is(target error) bool { return errors.Is(e.err, target) }

// lookUp looks up the inputs and declares them to the session, before anything is sent. Missing is the
// first that has no value and is not optional.
func (h *Helper) lookUp(job plugins.Job, session *portal.Session) (inputs map[string]portal.Value, missing flow.Input, err error) {
	inputs = map[string]portal.Value{}
	for _, in := range h.Inputs() {
		if job.Inputs == nil {
			break
		}
		value, ok, err := job.Inputs(in.Name)
		switch {
		case err != nil:
			return nil, missing, fmt.Errorf("look up input %s: %w", in.Name, err)
		case !ok && !in.Optional && missing.Name == "":
			missing = in
		}
		if !ok {
			continue
		}
		if in.Secret {
			value = portal.Secret(value.Reveal()) // regardless of what the lookup returned
		}
		session.Declare(value)
		inputs[in.Name] = value
	}
	return inputs, missing, nil
}

func newPresses(terms []string, step string, job plugins.Job, inputs map[string]portal.Value) *presses {
	p := &presses{terms: terms, isLogin: step == plugins.FlowAuthenticate, isLogoff: step == plugins.FlowLogoff, hasInput: portal.ContainsSecret(slices.Collect(maps.Values(inputs))...)}
	for _, value := range inputs {
		if value.Reveal() != "" {
			p.given = append(p.given, value.Reveal())
		}
	}
	p.see(job.Evidence)
	return p
}

// randomBytes is how much randomness a helper gets, so that a recorded login can be replayed.
const randomBytes = 32

// parametersOf are the parameters that all flows have. The values of the inputs are in the clear: they
// go to the standard input of the program, and nowhere else.
func parametersOf(job plugins.Job, inputs map[string]portal.Value) (map[string]any, error) {
	now, random := time.Now, job.Random
	if job.Now != nil {
		now = job.Now
	}
	if random == nil {
		random = rand.Reader
	}
	seed := make([]byte, randomBytes)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("draw random bytes: %w", err)
	}
	revealed := map[string]string{}
	for name, value := range inputs {
		revealed[name] = value.Reveal()
	}
	return map[string]any{
		"network": networkOf(job.Network), "portal": factsOf(job.Evidence), "inputs": revealed,
		"now": now().UTC().Format(time.RFC3339), "random": hex.EncodeToString(seed),
	}, nil
}

func sessionOf(job plugins.Job) map[string]string {
	if job.Session == nil {
		return map[string]string{}
	}
	return job.Session
}
