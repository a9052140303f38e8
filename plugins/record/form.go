package record

import (
	"fmt"
	"net/http"
	"slices"

	"hotspot-helper/internal/strict"
	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// filled is a form of the page with the button that may have been pressed.
type filled struct {
	form   *pageForm
	button string         // selector; empty: the default
	base   []portal.Entry // of the form without input
	cost   int            // how much the request differs from base
}

// submit makes the step submit a form of the page, if one fits. It looks for the form on the
// page of the action, which may be a later version of the flow's page.
func (d *drafter) submit(s *step, a *action) bool {
	best := a.fill()
	if best == nil {
		return false
	}
	selector := selectorOf(d.work, a.page.page, best.form)
	if selector == "" || !onlyForm(d.work, d.page.page, selector) {
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

func onlyForm(work *web.Search, page *portal.Page, selector string) bool {
	_, ok := formOf(work, page, selector)
	return ok
}

func valuesOf(fields []field) map[string][]string {
	values := map[string][]string{}
	for _, f := range fields {
		values[f.name] = append(values[f.name], f.value)
	}
	return values
}

// fill returns the form and the button that fit the request best, nil if none does. It looks for them once for each tree of
// the page: the form is in the tree that the page has now.
func (a *action) fill() *filled {
	found, known := a.page.derived.fills[a]
	if !known {
		found = a.findFilled()
		if a.page.derived.fills == nil {
			a.page.derived.fills = map[*action]*filled{}
		}
		a.page.derived.fills[a] = found
	}
	return found
}

func (a *action) findFilled() *filled {
	var best *filled
	for _, form := range a.page.pageForms() {
		for _, button := range buttons(form) {
			work := costParse*len(a.page.page.Body) + costControl*(len(form.controls)+len(a.first().fields))
			if !a.work.Spend(work) || !goesTo(form, button, a.first()) {
				continue
			}
			base, err := form.Entries(button)
			if err != nil {
				continue
			}
			f := &filled{form: form, button: button, base: base, cost: form.difference(base, a.first().fields)}
			if best == nil || f.cost < best.cost {
				best = f
			}
		}
	}
	return best
}

// formWith returns the selector of the form that has all sent fields, regardless of the
// URL that a script sent it to, "" if there is none.
func (a *action) formWith() string {
	for _, form := range a.page.pageForms() {
		if !a.work.Spend(costControl * len(form.controls) * len(a.first().fields)) {
			return ""
		}
		foreign := slices.ContainsFunc(a.first().fields, func(f field) bool { return !form.has(f.name) })
		if !foreign && len(a.first().fields) > 0 {
			return selectorOf(a.work, a.page.page, form)
		}
	}
	return ""
}

// goesTo reports whether a button sends its form to the URL of an exchange. The query of a GET form is
// its fields.
func goesTo(form *pageForm, button string, x *exchange) bool {
	method, action, err := form.Target(button)
	switch {
	case err != nil || method != x.method:
		return false
	case method == http.MethodGet:
		return action.Host == x.url.Host && action.Path == x.url.Path
	}
	to := *action
	to.Fragment, to.RawFragment = "", ""
	return to.String() == x.url.String()
}

// maxButtons is how many selectors of buttons are tried.
const maxButtons = 100

// buttons returns selectors of the buttons; "" is the default.
func buttons(form *pageForm) []string {
	list := []string{""}
	for _, c := range form.controls {
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
func (f *pageForm) difference(base []portal.Entry, fields []field) int {
	sent, cost := valuesOf(fields), 0
	known, offered := map[string]bool{}, map[string]bool{}
	for _, c := range f.controls {
		known[c.Name] = true
	}
	for _, e := range base {
		offered[e.Name] = true
		if values := sent[e.Name]; values == nil {
			cost += 4
		} else if values[0] != e.Value.Reveal() {
			cost++
		}
	}
	for _, f := range fields {
		switch {
		case !known[f.name]:
			cost += 8
		case !offered[f.name]:
			cost += 2
		}
	}
	return cost
}
