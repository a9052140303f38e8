package flow

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// validFlows are the flows of other tests, and one with the remaining keys.
func validFlows() []string {
	return []string{
		fullFlow, openNDSFlow, openNDSLogoff, nodogsplashFlow, mikrotikFlow, pollFlow, caseFlow, queriesFlow(), newKeysFlow,
		fortinetFlow, fortinetMaintain, fortinetLogoff, opnsenseFlow, merakiFlow, ciscoFlow, h3cFlow, h3cMaintain, sophosFlow, chilliPageFlow, pfsenseFlow,
	}
}

// newKeysFlow has the keys that joined format 1 later.
const newKeysFlow = `
format = 1
hosts  = ["a.test"]
secret_in_address = true

[inputs.user]
prompt = "User name"
default = ""
[inputs.pass]
prompt = "Password"
secret = true

[[step]]
id = "page"
visit = "check"
capture = { name = { css = "input", attr = "name" }, now = { header = "Date", optional = true } }
  [[step.case]]
  when = [{ session = "token", equals = "{{.link.address}}" }, { json = "plans[type=free].id" }]
  goto = "api"

[[step]]
id = "realm"
open = "/realm"
basic = { user = "{{.input.user}}", password = "{{.input.pass}}" }

[[step]]
id = "login"
open = "http://a.test/login?u={{.input.user}}&p={{urlencode .input.pass}}"
headers = { X-Requested-With = "XMLHttpRequest", Authorization = "Basic {{base64 .input.pass}}" }
next = "end"

[[step]]
id = "api"
post = "/api"
json = { "{{.capture.name}}" = "{{null}}", data = "{{jsonquote .input.user}}{{slice .capture.now 0 3}}" }
`

// queriesFlow has the queries and actions that have tests of their own.
func queriesFlow() string {
	return "terms = 'Terms of Cafe'\n" + step0 + `expect = [
	{ header = "X" }, { cookie = "X" }, { regex = "x", matches = "x" }, { css = "a", attr = "href", absent = true },
]
[[step]]
id = "two"
submit = "form"
drop = ["x"]
	[[step.case]]
	when = [{ url = "*" }]
	result = "later"
	cause = "unreachable"
[[step]]
id = "three"
follow = "a"
closed = { goto = "four", late = "four" }
[[step]]
id = "four"
wait = { seconds = 1 }
`
}

// Each key is in a valid flow.
func TestEveryKeyHasACase(t *testing.T) {
	seen := map[string]bool{}
	for _, text := range validFlows() {
		mustParse(t, text)
		var file map[string]any
		if _, err := toml.Decode(text, &file); err != nil {
			t.Fatal(err)
		}
		note(seen, "flow", file)
	}
	for key := range keys() {
		if !seen[key] {
			t.Errorf("no valid flow has the key %s", key)
		}
	}
}

// note records the keys of a table and its subtables.
func note(seen map[string]bool, table string, value any) {
	switch value := value.(type) {
	case []map[string]any:
		for _, entry := range value {
			note(seen, table, entry)
		}
	case []any:
		for _, entry := range value {
			note(seen, table, entry)
		}
	case map[string]any:
		for key, inner := range value {
			noteKey(seen, table, key, inner)
		}
	}
}

func noteKey(seen map[string]bool, table, key string, inner any) {
	if _, known := keys()[table+"."+key]; !known && table == "capture" {
		table = "query"
	}
	full := table + "." + key
	seen[full] = true
	tables := map[string]string{
		"flow.step": "step", "step.wait": "wait", "step.basic": "basic", "step.closed": "closed", "step.case": "case", "step.expect": "query", "wait.until": "query", "case.when": "query",
	}
	byName := map[string]string{"flow.inputs": "input", "step.capture": "capture"}
	if next := tables[full]; next != "" {
		note(seen, next, inner)
	} else if next := byName[full]; next != "" {
		for _, entry := range inner.(map[string]any) {
			note(seen, next, entry)
		}
	}
}

// TestTemplate, or the test of clock and randomness, calls each function.
func TestEveryFunctionHasACase(t *testing.T) {
	text := "now_ms random_hex"
	for _, c := range templateCases() {
		text += " " + c.text
	}
	words := regexp.MustCompile(`\w+`).FindAllString(text, -1)
	for _, name := range functionNames() {
		if !slices.Contains(words, name) {
			t.Errorf("no case calls %s", name)
		}
	}
}

// TestParseMistakes has a case for each message of the loader.
func TestEveryMessageHasACase(t *testing.T) {
	var said strings.Builder
	for _, m := range mistakes() {
		_, err := Parse(m.kind(), m.part(), []byte(m.text))
		said.WriteString(err.Error() + "\n")
	}
	formats := messages(t, formatOf)
	if len(formats) < 50 {
		t.Fatalf("only %d messages found in the source", len(formats))
	}
	for place, format := range formats {
		if !printed(format).MatchString(said.String()) {
			t.Errorf("%s: no case has %q", place, format)
		}
	}
}

// printed matches the output of a format. A format of only verbs shows other messages.
func printed(format string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("(?s)")
	for i, part := range regexp.MustCompile(`%[qvsdw]`).Split(format, -1) {
		if i > 0 {
			b.WriteString(".*")
		}
		b.WriteString(regexp.QuoteMeta(part))
	}
	return regexp.MustCompile(b.String())
}

// messages returns the formats in the calls of this package, by place; of returns the format
// of a call.
func messages(t *testing.T, of func(file string, call *ast.CallExpr) ast.Expr) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	formats := map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fset := gotoken.NewFileSet()
		file, err := parser.ParseFile(fset, name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for node := range ast.Preorder(file) {
			if call, ok := node.(*ast.CallExpr); ok {
				if argument := of(name, call); argument != nil {
					formats[fset.Position(call.Pos()).String()] = literalText(argument)
				}
			}
		}
	}
	return formats
}

// formatOf returns the format of a call that reports a mistake.
func formatOf(file string, call *ast.CallExpr) ast.Expr {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	switch x, _ := selector.X.(*ast.Ident); {
	case x == nil:
	case x.Name == "l" && selector.Sel.Name == "wrong":
		return call.Args[1]
	case x.Name == "l" && selector.Sel.Name == "filled":
		return call.Args[2]
	case slices.Contains([]string{"template.go", "compile.go"}, file) && makesError(call):
		return call.Args[0]
	}
	return nil
}

// literalText returns the text of string literals, also concatenated.
func literalText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return literalText(e.X) + literalText(e.Y)
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	default:
		return ""
	}
}

// The tests contain the longest constant part of each message of a run.
func TestEveryMessageOfARunHasACase(t *testing.T) {
	tests, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range tests {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	formats := messages(t, func(file string, call *ast.CallExpr) ast.Expr {
		runs := []string{"action.go", "run.go", "render.go", "functions.go", "urls.go", "template.go", "compile.go", "result.go"}
		if !slices.Contains(runs, file) || !makesError(call) {
			return nil
		}
		return call.Args[0]
	})
	for place, format := range formats {
		longest := ""
		for _, part := range regexp.MustCompile(`%[qvsdw]`).Split(format, -1) {
			if part = strings.TrimSpace(part); len(part) > len(longest) {
				longest = part
			}
		}
		if !strings.Contains(all.String(), longest[:min(len(longest), 40)]) {
			t.Errorf("%s: no test has %q", place, longest)
		}
	}
}

// makesError reports whether a call is errors.New or fmt.Errorf.
func makesError(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, _ := selector.X.(*ast.Ident)
	return x != nil && (x.Name == "errors" && selector.Sel.Name == "New" || x.Name == "fmt" && selector.Sel.Name == "Errorf")
}
