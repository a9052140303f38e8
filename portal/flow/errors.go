package flow

import (
	"errors"
	"fmt"
	"strings"

	"hotspot-helper/portal"
)

// StepError is a step that failed: the portal did not answer, or not as the
// flow expects. Its text holds no secret.
type StepError struct {
	Flow string // file of the flow
	Step string // id of the step
	URL  string // current page, masked; empty before the first
	Err  error
}

// Error names the flow, the step and the page before the cause.
func (e *StepError) Error() string {
	at := ""
	if e.URL != "" {
		at = " at " + e.URL
	}
	cause := strings.TrimPrefix(e.Err.Error(), fmt.Sprintf("step %q: ", e.Step)) // a session names the step, too
	return fmt.Sprintf("run %s: step %q%s: %s", e.Flow, e.Step, at, cause)
}

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }

// missingInput is a required input that the user has not given.
type missingInput struct{ name, prompt string }

func (e *missingInput) Error() string { return "input is missing: " + e.prompt }

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

// isFinal says whether trying again cannot help.
func isFinal(err error) bool {
	var host *portal.HostError
	var secret *portal.SecretError
	var input *missingInput
	return errors.As(err, &host) || errors.As(err, &secret) || errors.As(err, &input)
}
