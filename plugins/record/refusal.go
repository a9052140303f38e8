package record

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"hotspot-helper/internal/strict"
	"hotspot-helper/portal"
)

// addRefusals adds the cases in which the portal refuses typed values.
func (d *drafter) addRefusals() {
	for i, a := range d.session.actions {
		s := d.steps[i+1]
		if !s.reads(".input.") {
			continue
		}
		switch {
		case s.action == "submit":
			d.refusedByPage(s, a, s.target)
		case a.first().kind == document && a.formWith() != "":
			d.refusedByPage(s, a, a.formWith())
		case jsonOf(a.last().page.Body) != nil:
			d.refusedByDocument(s, a)
		}
	}
}

// reads reports whether a template of the step contains a reference such as ".input.".
func (s *step) reads(kind string) bool {
	return strings.Contains(s.target, kind) || slices.ContainsFunc(s.sent, func(f templateField) bool { return strings.Contains(f.template, kind) }) ||
		s.json != nil && strings.Contains(inline(s.json), kind)
}

// refusedByPage adds a case for a page with the same form, unless a success shows it, too.
func (d *drafter) refusedByPage(s *step, a *action, form string) {
	if onlyForm(d.work, a.last().page, form) {
		return
	}
	if a.refused == nil {
		d.doubt(s, "that a refusal shows the same form again is a guess: the capture has no refused attempt")
	} else if !onlyForm(d.work, a.refused.page, form) {
		d.doubt(s, "an attempt was refused, and the page did not show the form again: write a case for what it showed")
		return
	}
	s.cases = append(s.cases, decision{
		when: fmt.Sprintf("{ css = %s }", strict.Quote(form)), result: "denied", reason: "the portal shows its form again",
	})
}

// word matches a state in JSON, as opposed to a number or a sentence.
var word = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]{1,39}$`)

// refusedByDocument adds a case for JSON whose state differs from that after the login.
func (d *drafter) refusedByDocument(s *step, a *action) {
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
		key, is, was := changedWord(page.Body, a.last().page.Body)
		if key == "" {
			continue
		}
		s.expect = append(s.expect, fmt.Sprintf("{ json = %s, equals = %s }", strict.Quote(key), strict.Quote(is)))
		s.cases = append(s.cases, decision{
			when: fmt.Sprintf("{ json = %s, equals = %s }", strict.Quote(key), strict.Quote(was)), result: "denied",
			reason: "the portal says " + was,
		})
		if a.refused == nil {
			d.doubt(s, "that %s other than %s means a refusal is a guess: the capture has no refused attempt", key, is)
		}
		return
	}
	d.doubt(s, "how the portal refuses is not known: write a case for it")
}

// changedWord returns a key whose word differs between two JSON objects.
func changedWord(then, now string) (key, is, was string) {
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
