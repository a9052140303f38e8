package record

import (
	"cmp"
	"slices"
	"strings"

	"hotspot-helper/portal"
)

// addClaims adds rules for the portal's page. They are more confident if its host has a name.
func (d *drafter) addClaims() {
	landing := d.session.landing()
	rule := claim{comment: "By the content of the portal's page. If no other portal has it, the confidence may be high.", confidence: "medium"}
	mark, marked := d.mark(landing)
	if host := landing.url.Hostname(); isNamed(host) {
		rule = claim{"By the portal's host and the content of its page.", "high", []templateField{{"portal_host", host}}}
		if marked {
			d.claims = []claim{{"By the host alone: the probe may not get the page in time.", "medium", slices.Clone(rule.keys)}}
		}
	}
	if path := landing.url.Path; len(path) > 1 && !slices.ContainsFunc(strings.Split(path, "/"), isToken) || len(rule.keys) == 0 && !marked {
		rule.keys = append(rule.keys, templateField{"portal_path", cmp.Or(path, "/")})
	}
	if marked {
		rule.keys = append(rule.keys, mark)
	} else {
		d.unsure = append(d.unsure, "pack.toml: the portal's page has nothing that distinguishes it from others: find something")
	}
	d.claims = slices.Insert(d.claims, 0, rule)
}

// mark returns what distinguishes the portal's page: the form that was sent, with all its
// names, or a URL that its script requests, preferably the login.
func (d *drafter) mark(landing *exchange) (templateField, bool) {
	for i, a := range slices.Backward(d.session.actions) {
		if a.page == landing || a.refused == a.page {
			if best := fill(a); best != nil && d.steps[i+1].action == "submit" {
				return templateField{"css", d.allOf(landing.page, best.form, d.steps[i+1].target)}, true
			}
			if form := formWith(a); form != "" {
				return templateField{"css", form}, true
			}
		}
		if path := a.first().url.Path; len(path) > 1 && strings.Contains(landing.page.Body, path) {
			return templateField{"body", path}, true
		}
	}
	return templateField{}, false
}

// allOf returns a selector of all names of a form, or the fallback.
func (d *drafter) allOf(page *portal.Page, form *portal.Form, fallback string) string {
	selector := allNames(form)
	if selector == "form" || !onlyForm(page, selector) {
		return fallback
	}
	return selector
}
