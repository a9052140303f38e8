package record

import (
	"regexp"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// find returns what a selector matches on a page; nothing if the selector is not valid, or if
// that is too much work.
func find(search *web.Search, page *portal.Page, selector string) *goquery.Selection {
	sel, err := web.ParseSelector(selector)
	if err != nil {
		return &goquery.Selection{}
	}
	return page.Document().FindMatcher(search.Matcher(sel))
}

// formOf returns the only form of a page that a selector matches.
func formOf(search *web.Search, page *portal.Page, selector string) (*portal.Form, bool) {
	sel, err := web.ParseSelector(selector)
	if err != nil {
		return nil, false
	}
	form, err := page.Form(search, sel)
	return form, err == nil
}

// allNames returns a selector of forms by the names of their controls, at most six.
func allNames(form *pageForm) string {
	const most = 6
	selector := "form"
	names := map[string]bool{}
	for _, c := range form.controls {
		if c.Name != "" && !isRandom(c.Name) && !names[c.Name] && len(names) < most {
			names[c.Name] = true
			selector += ":has(" + named(c.Name) + ")"
		}
	}
	return selector
}

// selectorOf returns a selector that matches only this form of the page: by the typed
// controls, by all names, by one of them, or by an attribute of the form.
func selectorOf(work *web.Search, page *portal.Page, form *pageForm) string {
	for _, selector := range slices.Concat(byControls(form), byAttributes(page), []string{"form"}) {
		if found, ok := formOf(work, page, selector); ok && found.Node() == form.Node() {
			return selector
		}
	}
	return ""
}

// byControls returns selectors of a form by its controls.
func byControls(form *pageForm) []string {
	typed := "form"
	list := []string{allNames(form)}
	for _, c := range form.controls {
		switch {
		case c.Name == "" || isRandom(c.Name):
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

// byAttributes returns selectors of the forms of a page by their attributes.
func byAttributes(page *portal.Page) []string {
	var list []string
	for _, form := range page.Document().FindMatcher(web.Tags(atom.Form)).EachIter() {
		for _, key := range []string{"id", "name", "action"} {
			if value := form.AttrOr(key, ""); value != "" && !isRandom(value) {
				list = append(list, "form["+key+"="+cssString(value)+"]")
			}
		}
	}
	return list
}

// plainName matches a name that needs no quotes in a selector.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// named returns the selector of a name attribute.
func named(name string) string { return "[name=" + cssString(name) + "]" }

// cssString returns a text as a string of CSS.
func cssString(text string) string {
	if plainName.MatchString(text) {
		return text
	}
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\a `).Replace(text) + "'"
}
