package flow

import (
	"errors"
	"fmt"
	"strings"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// StepError is the error of a step: the portal did not answer, or not as the flow
// expects. Its text contains no secret.
type StepError struct {
	Flow string // file of the flow
	Step string // id of the step
	URL  string // of the current page, redacted; empty before the first
	Err  error
}

// Error names the flow, the step and the page before the cause.
func (e *StepError) Error() string {
	at := ""
	if e.URL != "" {
		at = " at " + e.URL
	}
	cause := strings.TrimPrefix(e.Err.Error(), fmt.Sprintf("step %q: ", e.Step)) // errors of a session name the step, too
	return fmt.Sprintf("run %s: step %q%s: %s", e.Flow, e.Step, at, cause)
}

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }

// UnexpectedError is the error of a page that a step does not expect. Another try does not help,
// unless the portal was out of order.
type UnexpectedError struct{ err error }

func (e *UnexpectedError) Error() string { return e.err.Error() }

// missingInput is the error of a required input without a value.
type missingInput struct{ name, prompt string }

func (e *missingInput) Error() string { return "input is missing: " + e.prompt }

// stepError adds the step and the page to an error. It contains no secret: errors of
// actions and quotes of a page are redacted.
func (r *run) stepError(i int, err error) error {
	e := &StepError{Flow: r.flow.file, Step: r.flow.steps[i].id, Err: err}
	page := r.session.Page()
	if page == nil {
		return e
	}
	if page.URL != nil {
		e.URL = r.session.Redact(web.RedactURL(page.URL))
	}
	// The page is a redirect that was not followed because of a secret, which explains why it
	// is not the expected page. It is not wrapped, because the request itself was sent.
	if refused, ok := errors.AsType[*portal.SecretError](page.Refused); ok {
		e.Err = fmt.Errorf("%w; redirect not followed: %v", err, refused)
	}
	return e
}

// isFinal reports whether another attempt cannot help.
func isFinal(err error) bool {
	_, host := errors.AsType[*portal.HostError](err)
	_, secret := errors.AsType[*portal.SecretError](err)
	_, input := errors.AsType[*missingInput](err)
	_, terms := errors.AsType[*termsNeeded](err)
	return host || secret || input || terms || errors.Is(err, portal.ErrManySecrets) || errors.Is(err, errSecret) || errors.Is(err, errSecretHost)
}
