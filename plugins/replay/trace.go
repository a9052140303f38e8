package replay

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"hotspot-helper/claims"
	"hotspot-helper/portal/flow"
)

// trace collects the lines of a replay. All secrets are known only at its end, so a line is
// a function that redacts its texts.
type trace struct {
	lines   []func(redact func(string) string) string
	reached []position
	live    func(line func(redact func(string) string) string) // receives the lines instead, unless nil
}

// position is a step, or a case of it.
type position struct {
	flow, step string
	number     int // of the case, from 1; 0: the step itself
}

// add adds a line. Only the arguments may contain secrets.
func (t *trace) add(format string, args ...string) {
	line := func(redact func(string) string) string {
		redacted := make([]any, len(args))
		for i, arg := range args {
			redacted[i] = oneLine(redact(arg))
		}
		return strings.TrimRight(fmt.Sprintf(format, redacted...), " ")
	}
	if t.live != nil {
		t.live(line)
		return
	}
	t.lines = append(t.lines, line)
}

// text returns the redacted trace.
func (t *trace) text(redact func(string) string) string {
	var b strings.Builder
	for _, line := range t.lines {
		b.WriteString(line(redact))
		b.WriteByte('\n')
	}
	return b.String()
}

// oneLine escapes unprintable characters and invalid UTF-8 as Go does. It keeps backslashes,
// because patterns are quoted already.
func oneLine(text string) string {
	var line strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		char := text[:size]
		if text = text[size:]; !strconv.IsPrint(r) || r == utf8.RuneError && size == 1 {
			quoted := strconv.Quote(char)
			char = quoted[1 : len(quoted)-1]
		}
		line.WriteString(char)
	}
	return line.String()
}

func (t *trace) addClaim(c claims.Claim) {
	if c.Confidence == claims.None {
		t.add("claim none: %s", c.Reason)
		return
	}
	t.add("claim %s: %s", c.Confidence.String(), c.Rule)
}

func (t *trace) addStep(flowName, step string) {
	t.reached = append(t.reached, position{flowName, step, 0})
	t.add("")
	t.add("step %s", step)
}

// addExchange adds a request and its answer; nil: none was recorded.
func (t *trace) addExchange(request *http.Request, body []byte, answer *Answer) {
	t.add("  %s %s", request.Method, target(request))
	sent := sentHeaders(request)
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		scheme, credentials, isTwo := strings.Cut(sent[name], " ")
		if name == "Authorization" && isTwo { // the scheme is no secret
			t.add("    %s: %s %s", name, scheme, credentials)
		} else {
			t.add("    %s: %s", name, sent[name])
		}
	}
	t.addBody(request, body)
	switch {
	case answer == nil:
		t.add("  not recorded")
	case answer.Error != "":
		t.add("  no answer: %s", answer.Error)
	case answer.location() != "":
		t.add(fmt.Sprintf("  %d to %%s", answer.Status), answer.location())
	default:
		t.add(fmt.Sprintf("  %d %%s", answer.Status), answer.Header.http().Get("Content-Type"))
	}
}

// addBody adds a line for each sent field, in order.
func (t *trace) addBody(request *http.Request, body []byte) {
	kind := request.Header.Get("Content-Type")
	switch {
	case len(body) == 0:
	case strings.HasPrefix(kind, "application/x-www-form-urlencoded"):
		for pair := range strings.SplitSeq(string(body), "&") {
			name, value, _ := strings.Cut(pair, "=")
			t.add("    %s = %s", plain(name), plain(value))
		}
	case strings.HasPrefix(kind, "multipart/form-data"):
		form := formOf(request, body)
		for _, name := range slices.Sorted(maps.Keys(form)) {
			for _, value := range form[name] {
				t.add("    %s = %s", name, value)
			}
		}
	default:
		t.add("    %s", string(body))
	}
}

func plain(text string) string {
	if decoded, err := url.QueryUnescape(text); err == nil {
		return decoded
	}
	return text
}

// addDecision adds the deciding case and the captures.
func (t *trace) addDecision(flowName string, d flow.Decision) {
	if d.Closed != "" {
		t.reached = append(t.reached, position{flowName, d.Step, closedCase(d.Closed)})
		t.add("  closed %s, go to %s", d.Closed, d.Goto)
	}
	if d.Case > 0 {
		t.reached = append(t.reached, position{flowName, d.Step, d.Case})
		line := fmt.Sprintf("  case %d: %%s", d.Case)
		if d.Goto != "" {
			t.add(line+", go to %s", d.When, d.Goto)
		} else {
			t.add(line, d.When)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Captures)) {
		t.add("  capture %s = %s", name, d.Captures[name].String())
	}
}

// inPack shortens the name of a flow's file to its base, so that a trace does not depend on
// the directory of the pack.
func inPack(err error) error {
	if broken, ok := errors.AsType[*flow.StepError](err); ok {
		within := *broken
		within.Flow = path.Base(broken.Flow)
		return &within
	}
	return err
}

// addResult adds the outcome.
func (t *trace) addResult(result flow.Result, err error) {
	t.add("")
	switch {
	case err != nil:
		t.add("broke off: %s", inPack(err).Error())
	default:
		text := result.Outcome.String()
		if result.Step != "" {
			text += " at " + result.Step
		}
		if result.Reason != "" {
			text += ": " + result.Reason
		}
		t.add("%s", text)
	}
	if result.Cause != "" {
		t.add("cause: %s", string(result.Cause))
	}
	if result.Expires > 0 {
		t.add("expires in %s", result.Expires.String())
	}
	if result.After > 0 {
		t.add("again after %s", result.After.String())
	}
}
