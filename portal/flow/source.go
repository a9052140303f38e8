package flow

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// cssSource finds an attribute of elements, or their text.
type cssSource struct {
	selector *web.Selector
	attr     string // lower case; "" is the text
}

func (s cssSource) String() string {
	if s.attr != "" {
		return fmt.Sprintf("css %q attr %s", s.selector, s.attr)
	}
	return fmt.Sprintf("css %q", s.selector)
}

func (s cssSource) values(v *view, most int) []string {
	search := v.work.Part(v.ctx, portal.MaxWork)
	found, err := findAll(search, v.page, s.selector)
	if err != nil {
		v.fail(s, err)
		return nil
	}
	var values []string
	for _, node := range found.Nodes {
		if len(values) == most {
			break
		}
		if s.attr == "" {
			text, err := textOf(search, node)
			if err != nil {
				v.fail(s, err)
				return nil
			}
			values = append(values, text)
			continue
		}
		for _, attr := range node.Attr {
			if attr.Namespace == "" && attr.Key == s.attr {
				values = append(values, attr.Val)
				break
			}
		}
	}
	return values
}

// findAll selects what is on a page that a selector matches. The error is
// [web.ErrTooComplex], or why the search ended.
func findAll(search *web.Search, page *portal.Page, sel *web.Selector) (*goquery.Selection, error) {
	if page.TooComplex() {
		return nil, web.ErrTooComplex
	}
	found := page.Document().FindMatcher(search.Matcher(sel))
	return found, search.Err()
}

// urlSource finds the page's URL if it contains a text, or the values of a query parameter.
type urlSource struct{ contains, param string }

func (s urlSource) String() string {
	if s.param != "" {
		return fmt.Sprintf("url %q param %s", s.contains, s.param)
	}
	return fmt.Sprintf("url %q", s.contains)
}

func (s urlSource) values(v *view, most int) []string { return firstOf(s.of(v, v.page), most) }

func (s urlSource) of(v *view, page *portal.Page) []string {
	if page.URL == nil || !v.work.Spend(readPerByte*sizeOfURL(page.URL)) || !containsInOrder(page.URL.String(), strings.Split(s.contains, "*")) {
		return nil
	}
	if s.param == "" {
		return []string{page.URL.String()}
	}
	query, _ := url.ParseQuery(page.URL.RawQuery) // without malformed parameters
	return query[s.param]
}

// sizeOfURL returns about how many bytes a URL has.
func sizeOfURL(u *url.URL) int { return len(u.Host) + len(u.Path) + len(u.RawQuery) + len(u.Fragment) }

// viaSource is a urlSource for the page's URL and those that led to it, the last first.
type viaSource struct{ urlSource }

func (s viaSource) String() string { return "via" + strings.TrimPrefix(s.urlSource.String(), "url") }

func (s viaSource) values(v *view, most int) []string {
	values := s.of(v, v.page)
	for _, page := range v.hops {
		if len(values) >= most {
			break
		}
		values = append(values, s.of(v, page)...)
	}
	return firstOf(values, most)
}

// containsInOrder reports whether the text contains the parts one after the other.
func containsInOrder(text string, parts []string) bool {
	for _, part := range parts {
		_, after, ok := strings.Cut(text, part)
		if !ok {
			return false
		}
		text = after
	}
	return true
}

func firstOf(values []string, most int) []string { return values[:min(len(values), most)] }

// jsonSource finds a value in a JSON body by keys and indexes.
type jsonSource struct{ path, decode []string }

func (s jsonSource) String() string {
	return fmt.Sprintf("json %q", strings.Join(s.path, ".")) + behind(s.decode)
}

// jsonPath splits a path at the dots outside of filters. A filter such as [type=free] is a
// step; other brackets are part of a key.
func jsonPath(text string) []string {
	steps := []string{""}
	for text != "" {
		last := &steps[len(steps)-1]
		end := strings.IndexByte(text, ']')
		switch {
		case text[0] == '[' && strings.Contains(text[:max(0, end)], "="):
			if *last == "" {
				*last = text[:end+1]
			} else {
				steps = append(steps, text[:end+1])
			}
			text = text[end+1:]
			if strings.HasPrefix(text, ".") {
				steps, text = append(steps, ""), text[1:]
			}
			continue
		case text[0] == '.':
			steps = append(steps, "")
		default:
			*last += text[:1]
		}
		text = text[1:]
	}
	return steps
}

// chosen returns the first element of a list whose field has the value of a filter, as in
// [type=free].
func chosen(list []any, step string) (any, bool) {
	name, want, ok := strings.Cut(strings.Trim(step, "[]"), "=")
	if !ok || step[0] != '[' {
		return nil, false
	}
	for _, element := range list {
		fields, _ := element.(map[string]any)
		switch field := fields[name].(type) {
		case string, json.Number, bool:
			if jsonText(field)[0] == want {
				return element, true
			}
		}
	}
	return nil, false
}

func (s jsonSource) values(v *view, _ int) []string {
	value, err := v.body(s.decode).json()
	if err != nil {
		v.fail(s, err)
		return nil
	}
	for _, step := range s.path {
		var ok bool
		if value, ok = below(v, value, step); !ok {
			return nil
		}
	}
	values := jsonText(value)
	for _, text := range values {
		v.work.Spend(readPerByte * len(text))
	}
	return values
}

// below returns what a step of a path leads to.
func below(v *view, value any, step string) (any, bool) {
	switch node := value.(type) {
	case map[string]any:
		return node[step], true
	case []any:
		if !v.work.Spend(unitsPerField * len(node)) {
			return nil, false
		}
		if element, ok := chosen(node, step); ok {
			return element, true
		}
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(node) {
			return nil, false
		}
		return node[i], true
	default:
		return nil, false
	}
}

// jsonText returns a scalar as text, an object or array as JSON, nothing for null.
func jsonText(value any) []string {
	switch value := value.(type) {
	case nil:
		return nil
	case string:
		return []string{value}
	case json.Number:
		return []string{value.String()}
	case bool:
		return []string{strconv.FormatBool(value)}
	default:
		text, _ := json.Marshal(value) // what was decoded can be encoded
		return []string{string(text)}
	}
}

// headerSource finds the values of a response header.
type headerSource struct{ name string }

func (s headerSource) String() string { return "header " + s.name }

func (s headerSource) values(v *view, most int) []string {
	return firstOf(v.page.Header.Values(s.name), most)
}

// cookieSource finds a cookie that would be sent to the page.
type cookieSource struct{ name string }

func (s cookieSource) String() string { return "cookie " + s.name }

func (s cookieSource) values(v *view, _ int) []string {
	if value, ok := v.cookie(s.name); ok {
		return []string{value}
	}
	return nil
}

// regexSource finds a pattern in the body: its first group, else the whole match.
type regexSource struct {
	pattern *web.Pattern
	decode  []string
}

func (s regexSource) String() string { return fmt.Sprintf("regex %q", s.pattern) + behind(s.decode) }

func (s regexSource) values(v *view, most int) []string {
	found, err := v.work.Submatches(s.pattern, v.body(s.decode).text, most)
	if err != nil {
		v.fail(s, err)
	}
	var values []string
	for _, match := range found {
		values = append(values, match[min(1, len(match)-1)])
	}
	return values
}

// statusSource finds the page's status if it is among the codes.
type statusSource struct{ codes []int }

func (s statusSource) String() string { return fmt.Sprintf("status %v", s.codes) }

func (s statusSource) values(v *view, _ int) []string {
	if slices.Contains(s.codes, v.page.Status) {
		return []string{strconv.Itoa(v.page.Status)}
	}
	return nil
}

// inputSource finds whether the user gave an input that is not empty. It does not reveal
// the value.
type inputSource struct{ name string }

func (s inputSource) String() string { return "input " + s.name }

func (s inputSource) values(v *view, _ int) []string {
	given, err := v.given(s.name)
	if err != nil {
		v.err = err
	}
	if !given {
		return nil
	}
	return []string{"given"}
}

// sessionSource finds a value that an earlier flow captured, unless it is empty.
type sessionSource struct{ name string }

func (s sessionSource) String() string { return "session " + s.name }

func (s sessionSource) values(v *view, _ int) []string {
	if value := v.kept[s.name]; value != "" {
		return []string{value}
	}
	return nil
}
