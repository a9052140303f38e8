package record

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/portal"
)

// isToken says whether a text looks as if the portal had drawn it, or leads somewhere: such
// a one is another one tomorrow.
func isToken(text string) bool {
	const shortest = 6
	return len(text) >= shortest && (strings.ContainsAny(text, "0123456789") || strings.Contains(text, "://")) && !strings.ContainsAny(text, " \t\n")
}

// isDrawn says whether a name looks drawn by lot: those that people give have few digits.
func isDrawn(name string) bool {
	digits := 0
	for _, r := range name {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	const most = 3
	return digits > most
}

// seek finds how a flow reads a value on a page: of its fields, its URL, a document, a
// script, a link, a cookie, or at last by what stands in front of it.
func seek(page *portal.Page, value string) (query string, found bool) {
	for _, look := range []func(*portal.Page, string) string{
		inField, inURL, inJSON, inScript, inAttribute, inCookie, inText,
	} {
		if query := look(page, value); query != "" {
			return query, true
		}
	}
	return "", false
}

func inField(page *portal.Page, value string) string {
	for _, node := range page.Document().Find("input[name][value]").Nodes {
		if attribute(node, "value") != value {
			continue
		}
		selector := "input" + named(attribute(node, "name"))
		if first, _ := page.Document().Find(selector).First().Attr("value"); first == value {
			return fmt.Sprintf("{ css = %s, attr = \"value\" }", quote(selector))
		}
	}
	return ""
}

func inURL(page *portal.Page, value string) string {
	for _, name := range slices.Sorted(maps.Keys(page.URL.Query())) {
		if page.URL.Query().Get(name) == value && name != "" {
			return fmt.Sprintf("{ url = \"*\", param = %s }", quote(name))
		}
	}
	return ""
}

func inJSON(page *portal.Page, value string) string {
	var doc any
	if json.Unmarshal([]byte(page.Body), &doc) != nil {
		return ""
	}
	if path, ok := pathTo(doc, value); ok && path != "" {
		return fmt.Sprintf("{ json = %s }", quote(path))
	}
	return ""
}

// pathTo finds a scalar in a document.
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

// below finds a scalar under a key.
func below(key string, doc any, value string) (string, bool) {
	path, ok := pathTo(doc, value)
	if path != "" {
		key += "." + path
	}
	return key, ok
}

// scalar writes a value of JSON as a flow reads it; null is none.
func scalar(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(value)
	}
	return ""
}

// inScript finds the name that an inline script assigns the value to, or calls with it.
func inScript(page *portal.Page, value string) string {
	pattern := regexp.MustCompile(`([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)["']?\s*[=:(]\s*["']` + regexp.QuoteMeta(value) + `["']`)
	for node := range page.Document().Nodes[0].Descendants() {
		if node.Type != html.TextNode || node.Parent.DataAtom != atom.Script {
			continue
		}
		for _, found := range pattern.FindAllStringSubmatch(node.Data, -1) {
			// The flow takes the first literal of the name.
			first := regexp.MustCompile(regexp.QuoteMeta(found[1]) + `["']?\s*[=:(]\s*["']([^"']*)["']`)
			if own := first.FindStringSubmatch(node.Data); own != nil && own[1] == value {
				return fmt.Sprintf("{ script = %s }", quote(found[1]))
			}
		}
	}
	return ""
}

// inAttribute finds a value that is a whole attribute, such as a link.
func inAttribute(page *portal.Page, value string) string {
	for node := range page.Document().Nodes[0].Descendants() {
		for _, a := range node.Attr {
			if a.Val != value || a.Key == "class" || a.Key == "style" || node.Type != html.ElementNode {
				continue
			}
			selector := fmt.Sprintf("%s[%s]", node.Data, a.Key)
			if id := attribute(node, "id"); id != "" && !isToken(id) {
				selector = node.Data + "[id=" + cssString(id) + "]"
			}
			if first, _ := page.Document().Find(selector).First().Attr(a.Key); first == value {
				return fmt.Sprintf("{ css = %s, attr = %s }", quote(selector), quote(a.Key))
			}
		}
	}
	return ""
}

func inCookie(page *portal.Page, value string) string {
	for _, cookie := range (&http.Response{Header: page.Header}).Cookies() {
		if cookie.Value == value {
			return fmt.Sprintf("{ cookie = %s }", quote(cookie.Name))
		}
	}
	return ""
}

// inText finds a value by the word in front of it.
func inText(page *portal.Page, value string) string {
	found := regexp.MustCompile(`([A-Za-z_-]{2,20}["']?[ \t]*[=:?/][ \t]*["']?)` + regexp.QuoteMeta(value)).FindStringSubmatch(page.Body)
	if found == nil {
		return ""
	}
	expression := regexp.QuoteMeta(found[1]) + `([A-Za-z0-9+/=_~.%-]+)`
	if first := regexp.MustCompile(expression).FindStringSubmatch(page.Body); first == nil || first[1] != value {
		return ""
	}
	return fmt.Sprintf("{ regex = %s }", quote(expression))
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// plainName is a name that needs no quotes in a selector.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// named is the selector of a name.
func named(name string) string { return "[name=" + cssString(name) + "]" }

// cssString writes a text as a selector has it.
func cssString(text string) string {
	if plainName.MatchString(text) {
		return text
	}
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\a `).Replace(text) + "'"
}
