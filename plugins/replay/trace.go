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

// notes is the trace of a replay as it grows. What is hidden in the end is known in the
// end only, so texts that may hold a secret are kept apart until then.
type notes struct {
	lines []func(hide func(string) string) string
	marks []mark
	live  func(line func(hide func(string) string) string) // told each line as it comes; nil: nobody is
}

// mark is a step, or a case of it, that was reached.
type mark struct {
	flow, step string
	number     int // of the case, from 1; 0: the step itself
}

// add notes a line; the arguments may hold secrets, the format does not.
func (n *notes) add(format string, args ...string) {
	line := func(hide func(string) string) string {
		hidden := make([]any, len(args))
		for i, arg := range args {
			hidden[i] = oneLine(hide(arg))
		}
		return strings.TrimRight(fmt.Sprintf(format, hidden...), " ")
	}
	if n.live != nil {
		n.live(line)
		return
	}
	n.lines = append(n.lines, line)
}

// text is the whole trace.
func (n *notes) text(hide func(string) string) string {
	var b strings.Builder
	for _, line := range n.lines {
		b.WriteString(line(hide))
		b.WriteByte('\n')
	}
	return b.String()
}

// oneLine writes what would break a line, or is no text, as Go does. A backslash stays
// as it is: patterns come quoted.
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

func (n *notes) claim(c claims.Claim) {
	if c.Confidence == claims.None {
		n.add("claim none: %s", c.Reason)
		return
	}
	n.add("claim %s: %s", c.Confidence.String(), c.Rule)
}

func (n *notes) begin(flowName, step string) {
	n.marks = append(n.marks, mark{flowName, step, 0})
	n.add("")
	n.add("step %s", step)
}

// exchange notes a request and its answer; nil: none was recorded.
func (n *notes) exchange(request *http.Request, body []byte, answer *Answer) {
	n.add("  %s %s", request.Method, target(request))
	n.body(request, body)
	switch {
	case answer == nil:
		n.add("  not recorded")
	case answer.Error != "":
		n.add("  no answer: %s", answer.Error)
	case answer.location() != "":
		n.add(fmt.Sprintf("  %d to %%s", answer.Status), answer.location())
	default:
		n.add(fmt.Sprintf("  %d %%s", answer.Status), answer.Header.http().Get("Content-Type"))
	}
}

// body notes what was sent: a line for each field, in the order in which it was sent.
func (n *notes) body(request *http.Request, body []byte) {
	kind := request.Header.Get("Content-Type")
	switch {
	case len(body) == 0:
	case strings.HasPrefix(kind, "application/x-www-form-urlencoded"):
		for pair := range strings.SplitSeq(string(body), "&") {
			name, value, _ := strings.Cut(pair, "=")
			n.add("    %s = %s", plain(name), plain(value))
		}
	case strings.HasPrefix(kind, "multipart/form-data"):
		form := formOf(request, body)
		for _, name := range slices.Sorted(maps.Keys(form)) {
			for _, value := range form[name] {
				n.add("    %s = %s", name, value)
			}
		}
	default:
		n.add("    %s", string(body))
	}
}

func plain(text string) string {
	if decoded, err := url.QueryUnescape(text); err == nil {
		return decoded
	}
	return text
}

// decided notes the case that was taken, or what was captured.
func (n *notes) decided(flowName string, d flow.Decision) {
	if d.Case > 0 {
		n.marks = append(n.marks, mark{flowName, d.Step, d.Case})
		line := fmt.Sprintf("  case %d: %%s", d.Case)
		if d.Goto != "" {
			n.add(line+", go to %s", d.When, d.Goto)
		} else {
			n.add(line, d.When)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Captures)) {
		n.add("  capture %s = %s", name, d.Captures[name].String())
	}
}

// inPack names a flow's file as the pack does: where the pack lies is nobody's affair.
func inPack(err error) error {
	if broken, ok := errors.AsType[*flow.StepError](err); ok {
		within := *broken
		within.Flow = path.Base(broken.Flow)
		return &within
	}
	return err
}

// end notes the outcome, and what was recorded for nothing.
func (n *notes) end(result flow.Result, err error) {
	n.add("")
	switch {
	case err != nil:
		n.add("broke off: %s", inPack(err).Error())
	case result.Step != "":
		n.add("%s at %s: %s", result.Outcome.String(), result.Step, result.Reason)
	default:
		n.add("%s: %s", result.Outcome.String(), result.Reason)
	}
	if result.Expires > 0 {
		n.add("expires in %s", result.Expires.String())
	}
}
