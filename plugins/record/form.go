package record

import (
	"fmt"
	"slices"

	"github.com/andybalholm/cascadia"

	"hotspot-helper/portal"
)

// filled is a form of the page as it may have been sent.
type filled struct {
	form   *portal.Form
	button string         // selector of what was pressed; empty: the default
	base   []portal.Entry // what the form sends by itself
	cost   int            // how many fields are other than the form would send
}

// submit makes a step of a form of the page, unless none fits. The form is looked for on
// the page that it was sent from, which may be a later view of the flow's.
func (d *drafter) submit(s *step, a *act) bool {
	best := fill(a)
	if best == nil {
		return false
	}
	selector := selectorOf(a.from.page, best.form)
	if matcher, err := cascadia.ParseGroup(selector); selector == "" || err != nil || !onlyForm(d.page.page, matcher) {
		return false
	}
	s.action, s.target, s.body, s.button = "submit", selector, "fields", best.button
	sent := valuesOf(a.sent.fields)
	offered := map[string][]string{}
	for _, e := range best.base {
		offered[e.Name] = append(offered[e.Name], e.Value.Reveal())
	}
	for _, f := range a.sent.fields {
		if slices.Equal(offered[f.name], sent[f.name]) || slices.ContainsFunc(s.sent, func(known sending) bool { return known.name == f.name }) {
			continue
		}
		if len(sent[f.name]) > 1 {
			d.doubt(s, "the field %s was sent more than once, of which the first is kept", f.name)
		}
		s.sent = append(s.sent, sending{f.name, d.value(s, a, f)})
	}
	for _, e := range best.base {
		if sent[e.Name] == nil && !slices.Contains(s.drop, e.Name) {
			s.drop = append(s.drop, e.Name)
		}
	}
	d.expectForm(selector)
	return true
}

// expectForm has the step before say where its page is another one.
func (d *drafter) expectForm(selector string) {
	before := d.steps[len(d.steps)-2]
	before.expect = append(before.expect, fmt.Sprintf("{ css = %s }", quote(selector)))
}

func onlyForm(page *portal.Page, matcher cascadia.Matcher) bool {
	_, err := page.Form(matcher)
	return err == nil
}

func valuesOf(fields []field) map[string][]string {
	values := map[string][]string{}
	for _, f := range fields {
		values[f.name] = append(values[f.name], f.value)
	}
	return values
}

// fill finds the form and the button that what was sent is nearest to.
func fill(a *act) *filled {
	var best *filled
	for _, form := range a.from.page.Forms() {
		if form.Action == nil || form.Method != a.sent.method || !goesTo(form, a.sent) {
			continue
		}
		for _, button := range buttons(form) {
			base, err := form.Entries(button)
			if err != nil {
				continue
			}
			f := &filled{form: form, button: button, base: base, cost: difference(form, base, a.sent.fields)}
			if best == nil || f.cost < best.cost {
				best = f
			}
		}
	}
	return best
}

// formWith selects the form of the page that has all that was sent, wherever the page's
// script sent it; empty where there is none.
func formWith(a *act) string {
	for _, form := range a.from.page.Forms() {
		foreign := slices.ContainsFunc(a.sent.fields, func(f field) bool {
			return !slices.ContainsFunc(form.Controls(), func(c portal.Control) bool { return c.Name == f.name })
		})
		if !foreign && len(a.sent.fields) > 0 {
			return selectorOf(a.from.page, form)
		}
	}
	return ""
}

// goesTo says whether a form is sent to where an exchange goes. The query of a GET is
// what the form holds.
func goesTo(form *portal.Form, x *exchange) bool {
	if form.Method == "GET" {
		return form.Action.Host == x.url.Host && form.Action.Path == x.url.Path
	}
	to := *form.Action
	to.Fragment, to.RawFragment = "", ""
	return to.String() == x.url.String()
}

// buttons lists what may be pressed; the empty one is the default.
func buttons(form *portal.Form) []string {
	list := []string{""}
	for _, c := range form.Controls() {
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

// difference counts the fields that are other than the form offers. One that the form does
// not have at all counts more: it is hardly of this form.
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

// selectorOf makes a selector that only this form of the page matches: by what a person
// fills in, by all names in it, by one of them, by a name of its own.
func selectorOf(page *portal.Page, form *portal.Form) string {
	for _, selector := range slices.Concat(byControls(form), byAttributes(page), []string{"form"}) {
		matcher, err := cascadia.ParseGroup(selector)
		if err != nil {
			continue
		}
		if found, err := page.Form(matcher); err == nil && same(found, form) {
			return selector
		}
	}
	return ""
}

// byControls lists selectors of a form by what is in it.
func byControls(form *portal.Form) []string {
	typed := "form"
	list := []string{allNames(form)}
	for _, c := range form.Controls() {
		switch {
		case c.Name == "" || isDrawn(c.Name):
		case isTyped(c):
			typed += ":has(" + named(c.Name) + ")"
		default:
			list = append(list, "form:has("+named(c.Name)+")")
		}
	}
	if typed == "form" {
		return list
	}
	return slices.Insert(list, 0, typed)
}

// byAttributes lists selectors of the forms of a page by what they are called.
func byAttributes(page *portal.Page) []string {
	var list []string
	for _, node := range page.Document().Find("form").Nodes {
		for _, key := range []string{"id", "name", "action"} {
			if value := attribute(node, key); value != "" && !isDrawn(value) {
				list = append(list, "form["+key+"="+cssString(value)+"]")
			}
		}
	}
	return list
}

func same(a, b *portal.Form) bool {
	return fmt.Sprint(a.Action) == fmt.Sprint(b.Action) && fmt.Sprint(a.Controls()) == fmt.Sprint(b.Controls())
}
