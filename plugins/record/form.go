package record

import (
	"fmt"
	"slices"

	"hotspot-helper/internal/strict"
	"hotspot-helper/portal"
)

// filled is a form of the page with the button that may have been pressed.
type filled struct {
	form   *portal.Form
	button string         // selector; empty: the default
	base   []portal.Entry // of the form without input
	cost   int            // how much the request differs from base
}

// submit makes the step submit a form of the page, if one fits. It looks for the form on the
// page of the action, which may be a later version of the flow's page.
func (d *drafter) submit(s *step, a *action) bool {
	best := fill(a)
	if best == nil {
		return false
	}
	selector := selectorOf(a.page.page, best.form)
	if selector == "" || !onlyForm(d.page.page, selector) {
		return false
	}
	s.action, s.target, s.body, s.button = "submit", selector, "fields", best.button
	sent := valuesOf(a.first().fields)
	offered := map[string][]string{}
	for _, e := range best.base {
		offered[e.Name] = append(offered[e.Name], e.Value.Reveal())
	}
	for _, f := range a.first().fields {
		if slices.Equal(offered[f.name], sent[f.name]) || slices.ContainsFunc(s.sent, func(known templateField) bool { return known.name == f.name }) {
			continue
		}
		if offered[f.name] != nil && d.control(a, f.name) == nil {
			continue // where an image button was pressed: the form sends 0,0
		}
		if len(sent[f.name]) > 1 {
			d.doubt(s, "the field %s was sent more than once, the first is kept", f.name)
		}
		s.sent = append(s.sent, templateField{f.name, d.value(s, a, f)})
	}
	s.dropUnsent(best.base, sent)
	d.expectForm(selector)
	return true
}

// dropUnsent makes the step leave out what the form offered and the browser did not send.
func (s *step) dropUnsent(offered []portal.Entry, sent map[string][]string) {
	for _, e := range offered {
		if sent[e.Name] == nil && !slices.Contains(s.drop, e.Name) {
			s.drop = append(s.drop, e.Name)
		}
	}
}

// expectForm makes the step before fail unless its page has the form.
func (d *drafter) expectForm(selector string) {
	before := d.steps[len(d.steps)-2]
	before.expect = append(before.expect, fmt.Sprintf("{ css = %s }", strict.Quote(selector)))
}

func onlyForm(page *portal.Page, selector string) bool {
	_, ok := formOf(newSearch(), page, selector)
	return ok
}

func valuesOf(fields []field) map[string][]string {
	values := map[string][]string{}
	for _, f := range fields {
		values[f.name] = append(values[f.name], f.value)
	}
	return values
}

// fill returns the form and the button that fit the request best.
func fill(a *action) *filled {
	var best *filled
	for _, form := range a.page.page.Forms() {
		if form.Action == nil || form.Method != a.first().method || !goesTo(form, a.first()) {
			continue
		}
		for _, button := range buttons(form) {
			base, err := form.Entries(button)
			if err != nil {
				continue
			}
			f := &filled{form: form, button: button, base: base, cost: difference(form, base, a.first().fields)}
			if best == nil || f.cost < best.cost {
				best = f
			}
		}
	}
	return best
}

// formWith returns the selector of the form that has all sent fields, regardless of the
// URL that a script sent it to, "" if there is none.
func formWith(a *action) string {
	for _, form := range a.page.page.Forms() {
		foreign := slices.ContainsFunc(a.first().fields, func(f field) bool {
			return !slices.ContainsFunc(form.Controls(), func(c portal.Control) bool { return c.Name == f.name })
		})
		if !foreign && len(a.first().fields) > 0 {
			return selectorOf(a.page.page, form)
		}
	}
	return ""
}

// goesTo reports whether a form is sent to the URL of an exchange. The query of a GET form is
// its fields.
func goesTo(form *portal.Form, x *exchange) bool {
	if form.Method == "GET" {
		return form.Action.Host == x.url.Host && form.Action.Path == x.url.Path
	}
	to := *form.Action
	to.Fragment, to.RawFragment = "", ""
	return to.String() == x.url.String()
}

// maxButtons is how many selectors of buttons are tried.
const maxButtons = 100

// buttons returns selectors of the buttons; "" is the default.
func buttons(form *portal.Form) []string {
	list := []string{""}
	for _, c := range form.Controls() {
		if len(list) >= maxButtons {
			break
		}
		if c.Type != "submit" && c.Type != "image" || c.Name == "" {
			continue
		}
		list = append(list, named(c.Name))
		if c.Value != "" && !isToken(c.Value) {
			list = append(list, named(c.Name)+"[value="+cssString(c.Value)+"]")
		}
	}
	return list
}

// difference returns how much fields differ from the form. One that the form does not have
// counts more, because it is unlikely to be of this form.
func difference(form *portal.Form, base []portal.Entry, fields []field) int {
	sent, cost := valuesOf(fields), 0
	for _, e := range base {
		if values := sent[e.Name]; values == nil {
			cost += 4
		} else if values[0] != e.Value.Reveal() {
			cost++
		}
	}
	for _, f := range fields {
		known := slices.ContainsFunc(form.Controls(), func(c portal.Control) bool { return c.Name == f.name })
		offered := slices.ContainsFunc(base, func(e portal.Entry) bool { return e.Name == f.name })
		switch {
		case !known:
			cost += 8
		case !offered:
			cost += 2
		}
	}
	return cost
}
