package flow

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/andybalholm/cascadia"
)

// selector is a CSS selector, with its text for messages.
type selector struct {
	text  string
	group cascadia.SelectorGroup
}

// cssSource finds elements: the value of an attribute, else the text.
type cssSource struct {
	selector selector
	attr     string // lower case; "" is the text
}

func (s cssSource) String() string {
	if s.attr != "" {
		return fmt.Sprintf("css %q attr %s", s.selector.text, s.attr)
	}
	return fmt.Sprintf("css %q", s.selector.text)
}

func (s cssSource) values(v *view) []string {
	var values []string
	for _, node := range cascadia.QueryAll(v.root(), s.selector.group) {
		if len(values) == maxFound {
			break
		}
		if s.attr == "" {
			values = append(values, textOf(node))
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

// urlSource finds the page's URL where it contains a text, or the values of a parameter of its query.
type urlSource struct{ contains, param string }

func (s urlSource) String() string {
	if s.param != "" {
		return fmt.Sprintf("url %q param %s", s.contains, s.param)
	}
	return fmt.Sprintf("url %q", s.contains)
}

func (s urlSource) values(v *view) []string {
	if v.page.URL == nil || !containsInOrder(v.page.URL.String(), strings.Split(s.contains, "*")) {
		return nil
	}
	if s.param == "" {
		return []string{v.page.URL.String()}
	}
	query, _ := url.ParseQuery(v.page.URL.RawQuery) // what is malformed is left out
	return firstOf(query[s.param])
}

// containsInOrder says whether the parts stand in the text one behind the other.
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

func firstOf(values []string) []string { return values[:min(len(values), maxFound)] }

// jsonSource finds a value in a JSON body by keys and indexes.
type jsonSource struct{ path []string }

func (s jsonSource) String() string { return fmt.Sprintf("json %q", strings.Join(s.path, ".")) }

func (s jsonSource) values(v *view) []string {
	value := v.json()
	for _, step := range s.path {
		switch node := value.(type) {
		case map[string]any:
			value = node[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(node) {
				return nil
			}
			value = node[i]
		default:
			return nil
		}
	}
	return jsonText(value)
}

// jsonText returns a scalar as text, a table or list as JSON; null is no value.
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

// decodeJSON keeps numbers as they are written. Anything behind the value is ignored.
func decodeJSON(body string) any {
	decoder := json.NewDecoder(strings.NewReader(strings.TrimPrefix(body, "\ufeff")))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil
	}
	return value
}

// headerSource finds the values of a response header.
type headerSource struct{ name string }

func (s headerSource) String() string { return "header " + s.name }

func (s headerSource) values(v *view) []string { return firstOf(v.page.Header.Values(s.name)) }

// cookieSource finds the cookie that would be sent to the page.
type cookieSource struct{ name string }

func (s cookieSource) String() string { return "cookie " + s.name }

func (s cookieSource) values(v *view) []string {
	if value, ok := v.cookie(s.name); ok {
		return []string{value}
	}
	return nil
}

// regexSource finds a pattern in the body: its first group, or the whole where it has none.
type regexSource struct{ pattern *regexp.Regexp }

func (s regexSource) String() string { return fmt.Sprintf("regex %q", s.pattern) }

func (s regexSource) values(v *view) []string {
	var values []string
	for _, match := range s.pattern.FindAllStringSubmatch(v.page.Body, maxFound) {
		values = append(values, match[min(1, len(match)-1)])
	}
	return values
}

// statusSource finds the page's status where it is among the codes.
type statusSource struct{ codes []int }

func (s statusSource) String() string { return fmt.Sprintf("status %v", s.codes) }

func (s statusSource) values(v *view) []string {
	if slices.Contains(s.codes, v.page.Status) {
		return []string{strconv.Itoa(v.page.Status)}
	}
	return nil
}
