package record

import (
	"encoding/json"
	"hash/maphash"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// observation is a response to a step.
type observation struct {
	step *step
	*exchange
}

// mayHold reports whether a value may be one of those that [findQuery] finds besides the body's text. It reads them once, and keeps
// their hashes: most values are looked for in all pages, and are in few.
func (x *exchange) mayHold(work *web.Search, value string) bool {
	if x.hashes == nil {
		x.hashes = []uint64{}
		for value := range valuesIn(work, x.page) {
			x.hashes = append(x.hashes, maphash.String(hashSeed, value))
		}
		x.hashes = slices.Clip(x.hashes)
		slices.Sort(x.hashes)
	}
	_, found := slices.BinarySearch(x.hashes, maphash.String(hashSeed, value))
	return found
}

var hashSeed = maphash.MakeSeed()

// valuesIn returns the values of a page that its body may spell otherwise: attributes, parameters
// of the URL, cookies and scalars of JSON.
func valuesIn(work *web.Search, page *portal.Page) map[string]bool {
	values := map[string]bool{}
	for _, element := range find(work, page, "*").EachIter() {
		for _, a := range element.Nodes[0].Attr {
			values[a.Val] = true
		}
	}
	for _, list := range page.URL.Query() {
		for _, value := range list {
			values[value] = true
		}
	}
	for _, cookie := range web.ReadCookies(page.Header) {
		values[cookie.Value] = true
	}
	var doc any
	if json.Unmarshal([]byte(page.Body), &doc) == nil {
		addScalars(values, doc)
	}
	return values
}

func addScalars(values map[string]bool, doc any) {
	switch doc := doc.(type) {
	case map[string]any:
		for _, below := range doc {
			addScalars(values, below)
		}
	case []any:
		for _, below := range doc {
			addScalars(values, below)
		}
	default:
		values[scalar(doc)] = true
	}
}

// query returns the query that reads a value from a response, "" if there is none or if that is too much work.
func (d *drafter) query(at observation, value string) string {
	if !d.mayHave(at.page.Body, value) && !at.mayHold(d.work, value) {
		return ""
	}
	query, _ := findQuery(d.work, at.page, value)
	return query
}

// mayHave reports whether a text contains a value, as far as the work goes.
func (d *drafter) mayHave(text, value string) bool {
	return d.work.Spend(1+len(text)/bytesPerOne) && strings.Contains(text, value)
}

// wasSeen reports whether an earlier response or its URL contains the value as a word.
func (d *drafter) wasSeen(value string) bool {
	return d.isWordIn(d.texts, value)
}

// isWordIn reports whether one of the texts, which the portal sent, contains the value as a word. What a portal repeats
// of an attempt that failed before does not count.
func (d *drafter) isWordIn(texts []string, value string) bool {
	return d.matches(texts, value, `(?:^|[^\pL\pN])`+quoted(value)+`(?:[^\pL\pN]|$)`)
}

// isAssigned reports whether an earlier response or its URL gives the value to the name of its field, as scripts, JSON,
// attributes and queries do.
func (d *drafter) isAssigned(f field) bool {
	if f.name == "" {
		return false
	}
	return d.matches(d.texts, f.value, `(?:^|[^\pL\pN_])`+quoted(f.name)+`["'\])]*(?:(?:\.value)?\s*[=:,]|\s+value\s*=)\s*["'(]*`+quoted(f.value)+`(?:[^\pL\pN]|$)`)
}

// quoted returns the expression of a text.
func quoted(text string) string { return regexp.QuoteMeta(strings.ToValidUTF8(text, "\ufffd")) }

// matches reports whether an expression that contains a value matches one of the texts.
func (d *drafter) matches(texts []string, value, expression string) bool {
	isValid := utf8.ValidString(value) // else it may be in a text otherwise
	if before, wasSent := d.session.before(value); wasSent {
		texts = before
	}
	var compiled *regexp.Regexp
	return slices.ContainsFunc(texts, func(text string) bool {
		if isValid && !d.mayHave(text, value) || !d.work.Spend(costRegexp*len(text)) {
			return false
		}
		if compiled == nil {
			compiled = regexp.MustCompile(expression)
		}
		return compiled.MatchString(text)
	})
}
