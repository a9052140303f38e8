package record

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"

	"hotspot-helper/portal"
)

// conclude has the steps that send what was typed tell a refusal.
func (d *drafter) conclude() {
	for i, a := range d.story.acts {
		s := d.steps[i+1]
		if !s.reads(".input.") {
			continue
		}
		switch {
		case s.action == "submit":
			d.refusedByPage(s, a, s.target)
		case a.sent.kind == document && formWith(a) != "":
			d.refusedByPage(s, a, formWith(a))
		case jsonOf(a.answer().page.Body) != nil:
			d.refusedByDocument(s, a)
		}
	}
}

// reads says whether the step sends something of a kind.
func (s *step) reads(kind string) bool {
	return slices.ContainsFunc(s.sent, func(f sending) bool { return strings.Contains(f.template, kind) }) ||
		s.json != nil && strings.Contains(inline(s.json), kind)
}

// refusedByPage takes the same form once more for a refusal, unless success looks like that.
func (d *drafter) refusedByPage(s *step, a *act, form string) {
	matcher, err := cascadia.ParseGroup(form)
	if err != nil || onlyForm(a.answer().page, matcher) {
		return
	}
	if a.refused == nil {
		d.doubt(s, "that a refusal shows the same form again is a guess: no attempt of the capture was refused")
	} else if !onlyForm(a.refused.page, matcher) {
		d.doubt(s, "an attempt was refused, and the page did not show the form again: write a case for what it showed")
		return
	}
	s.cases = append(s.cases, decision{
		when: fmt.Sprintf("{ css = %s }", quote(form)), result: "denied", reason: "the portal shows its form again",
	})
}

// word is a text of a document that is meant for programs: a state, not a number.
var word = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]{1,39}$`)

// refusedByDocument takes for success what a document says now and said otherwise before.
func (d *drafter) refusedByDocument(s *step, a *act) {
	var before []*portal.Page
	if a.refused != nil {
		before = append(before, a.refused.page)
	}
	for _, at := range d.seen {
		if at.step != s {
			before = append(before, at.page)
		}
	}
	for _, page := range before {
		key, is, was := turned(page.Body, a.answer().page.Body)
		if key == "" {
			continue
		}
		s.expect = append(s.expect, fmt.Sprintf("{ json = %s, equals = %s }", quote(key), quote(is)))
		s.cases = append(s.cases, decision{
			when: fmt.Sprintf("{ json = %s, equals = %s }", quote(key), quote(was)), result: "denied",
			reason: "the portal says " + was,
		})
		if a.refused == nil {
			d.doubt(s, "that %s other than %s means a refusal is a guess: no attempt of the capture was refused", key, is)
		}
		return
	}
	d.doubt(s, "how the portal refuses is not known: write a case for it")
}

// turned finds a key of two documents whose word is another one in the second.
func turned(then, now string) (key, is, was string) {
	before, _ := jsonOf(then).(map[string]any)
	after, _ := jsonOf(now).(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(after)) {
		is, was := scalar(after[key]), scalar(before[key])
		if is != was && word.MatchString(is) && word.MatchString(was) && !strings.Contains(key, ".") {
			return key, is, was
		}
	}
	return "", "", ""
}

// accept finds out whether somebody's terms were accepted: by a box that was ticked, by a
// button that says so, or by a click where nothing else was asked for.
func (d *drafter) accept() {
	agreed := len(d.inputs) == 0
	for i, a := range d.story.acts {
		switch s := d.steps[i+1]; s.action {
		case "submit":
			agreed = agreed || agrees(a)
		case "post":
			agreed = agreed || saysYes(a.sent)
		}
	}
	if agreed {
		d.terms = "the terms of use of " + d.label
		d.unsure = append(d.unsure, "the flow seems to accept terms: say whose they are, or take the key terms out")
	}
}

// saysYes says whether a script sent a field of consent.
func saysYes(x *exchange) bool {
	return slices.ContainsFunc(x.fields, func(f field) bool { return f.value != "" && speaksOfTerms(f.name) }) || consents(x.json)
}

// consents looks for such a field in a document.
func consents(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			if said, isBool := below.(bool); isBool && said && speaksOfTerms(key) || consents(below) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, consents)
	}
	return false
}

// speaksOfTerms looks for words of consent, in the languages that portals have most.
func speaksOfTerms(text string) bool {
	return speaks(text, "accept", "agree", "terms", "condition", "akzept", "zustimm", "einverstanden", "nutzungsbed", "accetto", "acepto")
}

// agrees says whether a form has words of consent on what was pressed or ticked.
func agrees(a *act) bool {
	best := fill(a)
	if best == nil {
		return false
	}
	sent := valuesOf(a.sent.fields)
	for _, c := range best.form.Controls() {
		ticked := c.Type == "checkbox" && !c.Checked && sent[c.Name] != nil
		pressed := (c.Type == "submit" || c.Type == "button") && (c.Name == "" || sent[c.Name] != nil)
		if (ticked || pressed) && speaksOfTerms(c.Label+" "+c.Value) {
			return true
		}
	}
	return false
}

// claim makes rules of the portal's page: sure where it is on a host with a name.
func (d *drafter) claim() {
	landing := d.story.hops[len(d.story.hops)-1]
	rule := claim{comment: "By what is on the portal's page. If nobody else's page has that, it may be high.", confidence: "medium"}
	mark, marked := d.mark(landing)
	if host := landing.url.Hostname(); isNamed(host) {
		rule = claim{"By the portal's host and what is on its page.", "high", []sending{{"portal_host", host}}}
		if marked {
			d.claims = []claim{{"The host alone: the portal may not show its page in time.", "medium", slices.Clone(rule.keys)}}
		}
	}
	if path := landing.url.Path; len(path) > 1 && !slices.ContainsFunc(strings.Split(path, "/"), isToken) || len(rule.keys) == 0 && !marked {
		rule.keys = append(rule.keys, sending{"portal_path", cmp.Or(path, "/")})
	}
	if marked {
		rule.keys = append(rule.keys, mark)
	} else {
		d.unsure = append(d.unsure, "pack.toml: the portal's page has nothing that tells it from others: find something")
	}
	d.claims = slices.Insert(d.claims, 0, rule)
}

// mark finds what tells the portal's page: the form that was sent, with all its names, or
// what its script calls, the login at best.
func (d *drafter) mark(landing *exchange) (sending, bool) {
	for i, a := range slices.Backward(d.story.acts) {
		if a.from == landing || a.refused == a.from {
			if best := fill(a); best != nil && d.steps[i+1].action == "submit" {
				return sending{"css", d.allOf(landing.page, best.form, d.steps[i+1].target)}, true
			}
			if form := formWith(a); form != "" {
				return sending{"css", form}, true
			}
		}
		if path := a.sent.url.Path; len(path) > 1 && strings.Contains(landing.page.Body, path) {
			return sending{"body", path}, true
		}
	}
	return sending{}, false
}

// allOf makes a selector of all names of a form, or returns the one that there is.
func (d *drafter) allOf(page *portal.Page, form *portal.Form, otherwise string) string {
	selector := allNames(form)
	if matcher, err := cascadia.ParseGroup(selector); err != nil || selector == "form" || !onlyForm(page, matcher) {
		return otherwise
	}
	return selector
}

// allNames is the selector of forms with controls of the same names, as far as one reads.
func allNames(form *portal.Form) string {
	const most = 6
	selector := "form"
	names := map[string]bool{}
	for _, c := range form.Controls() {
		if c.Name != "" && !isDrawn(c.Name) && !names[c.Name] && len(names) < most {
			names[c.Name] = true
			selector += ":has(" + named(c.Name) + ")"
		}
	}
	return selector
}
