package record

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"hotspot-helper/internal/strict"
	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// isToken reports whether a text looks random or is a URL, and so differs at each login.
func isToken(text string) bool {
	const shortest = 6
	return len(text) >= shortest && (strings.ContainsAny(text, "0123456789") || strings.Contains(text, "://")) && !strings.ContainsAny(text, " \t\n")
}

// isRandom reports whether a name looks random: names that people choose have few digits.
func isRandom(name string) bool {
	digits := 0
	for _, r := range name {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	const most = 3
	return digits > most
}

// findQuery returns the query that reads a value from a page: from a field, the URL, JSON, a
// script, an attribute, a cookie, or the text before the value.
func findQuery(work *web.Search, page *portal.Page, value string) (query string, found bool) {
	for _, find := range []func(*web.Search, *portal.Page, string) string{
		inField, inURL, inJSON, inScript, inAttribute, inCookie, inText,
	} {
		if query := find(work, page, value); query != "" {
			return query, true
		}
	}
	return "", false
}

func inField(work *web.Search, page *portal.Page, value string) string {
	for _, field := range find(work, page, "input[name][value]").EachIter() {
		if field.AttrOr("value", "") != value {
			continue
		}
		selector := "input" + named(field.AttrOr("name", ""))
		if found, ok := find(work, page, selector).Attr("value"); ok && found == value {
			return fmt.Sprintf("{ css = %s, attr = \"value\" }", strict.Quote(selector))
		}
	}
	return ""
}

// inURL finds the parameter of the page's URL that has the value; of several the first one by name.
func inURL(work *web.Search, page *portal.Page, value string) string {
	if !work.Spend(costQuery * len(page.URL.RawQuery)) {
		return ""
	}
	first := ""
	for name, values := range page.URL.Query() {
		if name != "" && values[0] == value && (first == "" || name < first) {
			first = name
		}
	}
	if first == "" {
		return ""
	}
	return fmt.Sprintf("{ url = \"*\", param = %s }", strict.Quote(first))
}

func inJSON(work *web.Search, page *portal.Page, value string) string {
	if !work.Spend(costParse * len(page.Body)) {
		return ""
	}
	var doc any
	if json.Unmarshal([]byte(page.Body), &doc) != nil {
		return ""
	}
	if path, ok := pathTo(doc, value); ok && path != "" {
		return fmt.Sprintf("{ json = %s }", strict.Quote(path))
	}
	return ""
}

// pathTo returns the path of a scalar in a document.
func pathTo(doc any, value string) (string, bool) {
	switch doc := doc.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(doc)) {
			if path, ok := below(key, doc[key], value); ok && !strings.Contains(key, ".") {
				return path, true
			}
		}
	case []any:
		for i, element := range doc {
			if path, ok := below(strconv.Itoa(i), element, value); ok {
				return path, true
			}
		}
	default:
		return "", scalar(doc) == value
	}
	return "", false
}

// below returns the path of a scalar below a key.
func below(key string, doc any, value string) (string, bool) {
	path, ok := pathTo(doc, value)
	if path != "" {
		key += "." + path
	}
	return key, ok
}

// scalar returns a JSON value as a flow reads it, "" for null.
func scalar(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(value)
	}
	return ""
}

// maxCandidates is the maximum number of names that inScript tries.
const maxCandidates = 20

// inScript finds a name that an inline script assigns the value to, or calls with it.
func inScript(work *web.Search, page *portal.Page, value string) string {
	if !work.Spend(2 * costRegexp * len(page.Body)) {
		return ""
	}
	pattern := regexp.MustCompile(`([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)["']?\s*[=:(]\s*["']` + regexp.QuoteMeta(value) + `["']`)
	for _, found := range pattern.FindAllStringSubmatch(page.Body, maxCandidates) {
		if !work.Spend(costParse * len(page.Body)) {
			return ""
		}
		if literals := flow.ScriptLiterals(page, found[1], 0); len(literals) > 0 && literals[0] == value {
			return fmt.Sprintf("{ script = %s }", strict.Quote(found[1]))
		}
	}
	return ""
}

// inAttribute finds an attribute that equals the value, such as a link.
func inAttribute(work *web.Search, page *portal.Page, value string) string {
	for _, element := range find(work, page, "*").EachIter() {
		name := goquery.NodeName(element)
		for _, a := range element.Nodes[0].Attr {
			if a.Val != value || a.Key == "class" || a.Key == "style" {
				continue
			}
			selector := fmt.Sprintf("%s[%s]", name, a.Key)
			if id := element.AttrOr("id", ""); id != "" && !isToken(id) {
				selector = name + "[id=" + cssString(id) + "]"
			}
			if found, ok := find(work, page, selector).Attr(a.Key); ok && found == value {
				return fmt.Sprintf("{ css = %s, attr = %s }", strict.Quote(selector), strict.Quote(a.Key))
			}
		}
	}
	return ""
}

func inCookie(work *web.Search, page *portal.Page, value string) string {
	for _, line := range page.Header["Set-Cookie"] {
		if !work.Spend(costCookie + costParse*len(line)) {
			return ""
		}
	}
	for _, cookie := range web.ReadCookies(page.Header) {
		if cookie.Value == value {
			return fmt.Sprintf("{ cookie = %s }", strict.Quote(cookie.Name))
		}
	}
	return ""
}

// inText finds the value by the word before it.
func inText(work *web.Search, page *portal.Page, value string) string {
	if !work.Spend(2 * costRegexp * len(page.Body)) {
		return ""
	}
	found := regexp.MustCompile(`([A-Za-z_-]{2,20}["']?[ \t]*[=:?/][ \t]*["']?)` + regexp.QuoteMeta(value)).FindStringSubmatch(page.Body)
	if found == nil {
		return ""
	}
	expression := regexp.QuoteMeta(found[1]) + `([A-Za-z0-9+/=_~.%-]+)`
	if first := regexp.MustCompile(expression).FindStringSubmatch(page.Body); first == nil || first[1] != value {
		return ""
	}
	return fmt.Sprintf("{ regex = %s }", strict.Quote(expression))
}
