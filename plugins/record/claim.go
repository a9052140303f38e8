package record

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"hotspot-helper/portal"
)

// addClaims adds rules for the portal's page. They are more confident if its host has a name, or is that of the one
// network of a pinned draft.
func (d *drafter) addClaims() {
	landing := d.session.landing()
	rule := claim{comment: "By the content of the portal's page. If no other portal has it, the confidence may be high.", confidence: "medium"}
	mark, marked := d.mark(landing)
	if host := landing.url.Hostname(); isNamed(host) || d.isPinned {
		rule = claim{"By the portal's host and the content of its page.", "high", []claimKey{{"portal_host", []string{host}}}}
		if marked {
			d.claims = []claim{{"By the host alone: the probe may not get the page in time.", "medium", slices.Clone(rule.keys)}}
		}
	}
	if path := landing.url.Path; (len(path) > 1 || d.isPinned) && !slices.ContainsFunc(strings.Split(path, "/"), isToken) || len(rule.keys) == 0 && !marked {
		rule.keys = append(rule.keys, claimKey{"portal_path", []string{cmp.Or(path, "/")}})
	}
	if d.marked = marked; marked {
		rule.keys = append(rule.keys, d.withShape(landing.page, mark)...)
	} else {
		d.unsure = append(d.unsure, "pack.toml: the portal's page has nothing that distinguishes it from others: find something")
	}
	d.claims = slices.Insert(d.claims, 0, rule)
}

// mark returns what distinguishes the portal's page: the form that was sent, with all its
// names, or a URL that its script requests, preferably the login. For a pinned draft the names of the
// parameters of its URL will do.
func (d *drafter) mark(landing *exchange) (claimKey, bool) {
	for i, a := range slices.Backward(d.session.actions) {
		if a.page == landing || a.refused == a.page {
			if best := a.fill(); best != nil && d.steps[i+1].action == "submit" {
				return claimKey{"css", []string{d.allOf(landing.page, best.form, d.steps[i+1].target)}}, true
			}
			if form := a.formWith(); form != "" {
				return claimKey{"css", []string{form}}, true
			}
		}
		if path := a.first().url.Path; len(path) > 1 && strings.Contains(landing.page.Body, path) {
			return claimKey{"body", []string{path}}, true
		}
	}
	names := d.parameters(landing)
	return claimKey{"portal_query", names}, d.isPinned && len(names) >= fewParameters
}

// fewParameters is how many parameters a URL has at least that few other portals have, too.
const fewParameters = 2

// parameters returns the names of the parameters in the URL of the portal's page.
func (d *drafter) parameters(landing *exchange) []string {
	n := d.names()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(landing.url.Query())), func(name string) bool { return !isFieldName(name) || n.isTyped(name) })
}

// allOf returns a selector of all names of a form, or the fallback.
func (d *drafter) allOf(page *portal.Page, form *pageForm, fallback string) string {
	selector := allNames(form)
	if selector == "form" || !onlyForm(d.work, page, selector) {
		return fallback
	}
	return selector
}

// mostNames is how many names of controls a page has at most for its shape to be known.
const mostNames = 24

// withShape returns the mark of a page, for a pinned draft with the names of all controls that the page
// has: those and no others.
func (d *drafter) withShape(page *portal.Page, mark claimKey) []claimKey {
	if !d.isPinned {
		return []claimKey{mark}
	}
	controls := map[string]string{} // selectors of their kinds by name
	for _, control := range find(d.work, page, "[name]").EachIter() {
		if kind := goquery.NodeName(control); slices.Contains(controlTags(), kind) {
			controls[control.AttrOr("name", "")] = kind + hidden(control)
		}
	}
	shape, others := "html", ""
	for _, name := range slices.Sorted(maps.Keys(controls)) {
		if name == "" || isRandom(name) || len(controls) > mostNames {
			return []claimKey{mark} // it may have other ones next time
		}
		shape, others = shape+":has("+controls[name]+named(name)+")", others+":not("+named(name)+")"
	}
	for _, kind := range controlTags() {
		shape += ":not(:has(" + kind + "[name]" + others + "))"
	}
	if mark.name == "css" {
		if len(controls) == 0 {
			shape += ":has(" + mark.values[0] + ")"
		}
		return []claimKey{{"css", []string{shape}}}
	}
	return []claimKey{mark, {"css", []string{shape}}}
}

// hidden returns what tells a hidden field from one that people fill in.
func hidden(control *goquery.Selection) string {
	kind, ok := control.Attr("type")
	switch {
	case goquery.NodeName(control) != "input":
		return ""
	case ok && strings.EqualFold(kind, "hidden"):
		return `[type="` + kind + `"]`
	}
	return `:not([type="hidden"])`
}

// controlTags are the elements that people fill in, and hidden fields.
func controlTags() []string { return []string{"input", "select", "textarea"} }
