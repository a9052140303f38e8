package flow

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"hotspot-helper/internal/strict"
	"hotspot-helper/portal"
)

func (l *loader) steps(steps []rawStep) {
	path := at(nil, "step")
	if len(steps) == 0 {
		l.wrong(path, "want at least one [[step]]")
	}
	if !l.limited(path, len(steps), maxSteps) {
		return
	}
	for i, raw := range steps {
		l.flow.steps = append(l.flow.steps, l.step(at(path, i), raw))
	}
}

func (l *loader) step(path strict.Path, raw rawStep) step {
	l.stepID(path, raw.ID)
	l.templates = nil
	s := step{id: raw.ID, action: l.action(path, raw), templates: l.templates, target: raw.Next}
	l.templates = nil
	if terms := at(path, "terms"); l.doc.Has(terms...) {
		s.terms = l.terms(terms, raw.Terms)
		if l.doc.Has("terms") {
			l.wrong(terms, "the terms of the whole flow cover this step: remove one of the two")
		}
	}
	if l.limited(at(path, "case"), len(raw.Cases), maxCases) {
		for i, c := range raw.Cases {
			s.cases = append(s.cases, l.branch(at(path, "case", i), c))
		}
	}
	s.closed = l.closed(at(path, "closed"), raw)
	s.expect = l.queries(at(path, "expect"), raw.Expect)
	if captures := at(path, "capture"); l.limited(captures, len(raw.Capture), maxFields) {
		for _, name := range l.doc.Keys(captures...) {
			s.captures = append(s.captures, l.capture(at(captures, name), name, raw.Capture[name]))
		}
	}
	s.tests = l.templates
	return s
}

// closed loads where a step goes on if the connection is closed without an answer, nil without.
func (l *loader) closed(path strict.Path, raw rawStep) *closed {
	if !l.doc.Has(path...) {
		return nil
	}
	if len(l.present(path[:len(path)-1], "wait")) > 0 {
		l.wrong(path, "goes with open, submit, post, follow and visit")
	}
	if !l.doc.Has(at(path, "goto")...) {
		l.wrong(path, "want {goto}: the later step that comes next if there is no answer")
	}
	return &closed{target: raw.Closed.Goto, late: raw.Closed.Late}
}

func (l *loader) stepID(path strict.Path, id string) {
	switch {
	case id == "":
		l.wrong(path, `want id = "…": messages and the trace name the step by it`)
	case len(id) > maxName || strings.IndexFunc(id, notOfID) >= 0:
		l.wrong(at(path, "id"), "want letters, digits, - and _, at most %d", maxName)
	case slices.ContainsFunc(l.flow.steps, func(s step) bool { return s.id == id }):
		l.wrong(at(path, "id"), "another step before this one is %q: ids are unique", id)
	}
}

func notOfID(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// actionOf maps the keys that go with one action to that action.
func actionOf() map[string]string {
	return map[string]string{"fields": "submit", "drop": "submit", "button": "submit", "form": "post", "json": "post"}
}

func (l *loader) action(path strict.Path, raw rawStep) action {
	actions := []string{"open", "submit", "post", "follow", "wait", "visit"}
	present := l.present(path, slices.Clone(actions)...)
	if len(present) != 1 {
		found := "none is here"
		if len(present) > 1 {
			found = words(present) + ": make each a step of its own"
		}
		l.wrong(path, "want exactly one of %s; %s", strings.Join(actions, ", "), found)
		return nil
	}
	for _, key := range l.present(path, "fields", "drop", "button", "form", "json") {
		if with := actionOf()[key]; with != present[0] {
			l.wrong(at(path, key), "goes with %s, not with %s", with, present[0])
		}
	}
	headers := l.headers(path, present[0], raw)
	basic := l.basic(path, present[0], raw)
	path = at(path, present[0])
	switch present[0] {
	case "open":
		return &openAction{url: l.urlTemplate(path, raw.Open), headers: headers, basic: basic}
	case "visit":
		if raw.Visit != visitCheck {
			l.wrong(path, "want visit = %q: ask for the page that the network intercepts again", visitCheck)
		}
		return visitAction{}
	case "submit":
		return l.submit(path, raw, headers, basic)
	case "post":
		return l.post(path, raw, headers, basic)
	case "follow":
		return l.follow(path, raw.Follow, headers)
	default:
		return l.wait(path, raw.Wait, headers)
	}
}

// headers loads the further headers of the requests of a step.
func (l *loader) headers(step strict.Path, action string, raw rawStep) []field {
	path := at(step, "headers")
	if !l.limited(path, len(raw.Headers), maxHeaders) {
		return nil
	}
	pause := action == "wait" && l.doc.Has(at(step, "wait", "seconds")...)
	if l.doc.Has(path...) && (action == "visit" || pause) {
		l.wrong(path, "goes with open, submit, post, follow and wait with open")
	}
	var loaded []field
	seen := names{}
	for _, name := range l.doc.Keys(path...) {
		canonical := http.CanonicalHeaderKey(name)
		if err := portal.CheckHeaderName(name); err != nil {
			l.wrong(at(path, name), "%v", err)
		}
		if seen[canonical] {
			l.wrong(at(path, name), "header %s is there twice: keep one", canonical)
		}
		seen[canonical] = true
		loaded = append(loaded, field{name: canonical, value: l.template(at(path, name), raw.Headers[name], allowSecret)})
	}
	return loaded
}

// basic loads the credentials that answer a challenge, nil without.
func (l *loader) basic(step strict.Path, action string, raw rawStep) *basic {
	path := at(step, "basic")
	if !l.doc.Has(path...) {
		return nil
	}
	if action != "open" && action != "submit" && action != "post" {
		l.wrong(path, "goes with open, submit and post")
	}
	for name := range raw.Headers {
		if http.CanonicalHeaderKey(name) == "Authorization" {
			l.wrong(path, "cannot stand beside the header Authorization")
		}
	}
	if len(l.present(path, "user", "password")) != 2 {
		l.wrong(path, "want {user, password}")
		return nil
	}
	return &basic{
		user:     l.template(at(path, "user"), raw.Basic.User, allowSecret),
		password: l.template(at(path, "password"), raw.Basic.Password, allowSecret),
	}
}

func (l *loader) submit(path strict.Path, raw rawStep, headers []field, basic *basic) action {
	step := path[:len(path)-1]
	if l.doc.Has(at(step, "button")...) {
		l.selector(at(step, "button"), raw.Button)
	}
	l.drop(at(step, "drop"), raw)
	return &submitAction{
		form:   l.selector(path, raw.Submit),
		fields: l.fields(at(step, "fields"), raw.Fields),
		drop:   raw.Drop,
		button: raw.Button,

		headers: headers,
		basic:   basic,
	}
}

func (l *loader) drop(path strict.Path, raw rawStep) {
	l.limited(path, len(raw.Drop), maxFields)
	for i, name := range raw.Drop {
		l.filled(at(path, i), name, "the name of a field")
		if _, ok := raw.Fields[name]; ok {
			l.wrong(at(path, i), "field %s is in fields, too: keep it in one of them", name)
		}
	}
}

func (l *loader) post(path strict.Path, raw rawStep, headers []field, basic *basic) action {
	step := path[:len(path)-1]
	if bodies := l.present(step, "form", "json"); len(bodies) != 1 {
		l.wrong(path, "want exactly one of form and json; form = {} sends an empty body")
	}
	p := &postAction{url: l.urlTemplate(path, raw.Post), form: l.fields(at(step, "form"), raw.Form), headers: headers, basic: basic}
	if raw.JSON != nil {
		p.json = l.json(at(step, "json"), raw.JSON, 0)
	}
	return p
}

func (l *loader) fields(path strict.Path, fields map[string]string) []field {
	if !l.limited(path, len(fields), maxFields) {
		return nil
	}
	var loaded []field
	for _, name := range l.doc.Keys(path...) {
		loaded = append(loaded, field{name: name, template: l.name(at(path, name), name), value: l.template(at(path, name), fields[name], allowSecret)})
	}
	return loaded
}

func (l *loader) follow(path strict.Path, text string, headers []field) action {
	if text == followMeta {
		return &followAction{meta: true, headers: headers}
	}
	return &followAction{link: l.selector(path, text), headers: headers}
}

// wait loads a pause or a poll.
func (l *loader) wait(path strict.Path, raw rawWait, headers []field) action {
	if l.doc.Has(at(path, "seconds")...) {
		if more := l.present(path, "open", "every", "at_most", "until"); len(more) > 0 {
			l.wrong(path, "%s cannot stand beside seconds", words(more))
		}
		return &pauseAction{pause: l.seconds(at(path, "seconds"), raw.Seconds)}
	}
	for _, key := range []string{"open", "every", "at_most", "until"} {
		if !l.doc.Has(at(path, key)...) {
			l.wrong(path, "want {seconds} or {open, every, at_most, until}: %s is missing", key)
			return nil
		}
	}
	if len(raw.Until) == 0 {
		l.wrong(at(path, "until"), "want at least one query")
	}
	for i := range raw.Until {
		if input := at(path, "until", i, "input"); l.doc.Has(input...) {
			l.wrong(input, "an input does not change while the flow waits: use it in when or expect")
		}
	}
	return &pollAction{
		url:    l.urlTemplate(at(path, "open"), raw.Open),
		every:  l.seconds(at(path, "every"), raw.Every),
		atMost: l.seconds(at(path, "at_most"), raw.AtMost),
		until:  l.queries(at(path, "until"), raw.Until),

		headers: headers,
	}
}

func (l *loader) seconds(path strict.Path, seconds int) time.Duration {
	limit := int(portal.StepTimeout / time.Second)
	if seconds < 1 || seconds > limit {
		l.wrong(path, "want 1 to %d seconds", limit)
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// words joins words with commas and "and".
func words(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return fmt.Sprintf("%s and %s", strings.Join(list[:len(list)-1], ", "), list[len(list)-1])
}

func (l *loader) branch(path strict.Path, raw rawCase) branch {
	b := branch{when: l.queries(at(path, "when"), raw.When), reason: raw.Reason, target: raw.Goto}
	if len(raw.When) == 0 {
		l.wrong(path, `want when with at least one query; url = "*" always holds`)
	}
	if len(l.present(path, "result", "goto")) != 1 {
		l.wrong(path, "want exactly one of result and goto")
	}
	if len(l.present(path, "reason", "goto")) == 2 {
		l.wrong(at(path, "reason"), "goes with result, not with goto")
	}
	if l.doc.Has(at(path, "result")...) {
		outcome, ok := parseOutcome(raw.Result)
		if !ok {
			l.wrong(at(path, "result"), "no result %q; want one of %s", raw.Result, strings.Join(outcomeNames[1:], ", "))
		}
		b.outcome = outcome
	}
	if cause := at(path, "cause"); l.doc.Has(cause...) {
		b.cause = Cause(raw.Cause)
		if of := b.cause.outcome(); of == OutcomeUnknown || of != b.outcome {
			l.wrong(cause, `no cause %q here; want unreachable with result = "later", or code with result = "needs-user"`, raw.Cause)
		}
	}
	if after := at(path, "after"); l.doc.Has(after...) {
		if b.outcome != Later {
			l.wrong(after, `goes with result = "later" only: it says when another attempt may work`)
		}
		before := l.templates
		b.after = l.template(after, raw.After, plainOnly)
		l.templates = before // it is no query
	}
	return b
}
