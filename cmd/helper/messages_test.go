package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// messageCalls lists the calls, by file, that make messages for authors of packs.
func messageCalls() map[string][]string {
	return map[string][]string{
		"internal/strict/fill.go":          {"Sprintf"},
		"internal/strict/keys.go":          {"Sprintf"},
		"internal/strict/strict.go":        {"Sprintf", "Errorf"},
		"internal/strict/places.go":        {"exceed"},
		"internal/strict/lex.go":           {"exceed"},
		"plugins/pack/lint.go":             {"Errorf"},
		"plugins/pack/load.go":             {"Report"},
		"plugins/pack/name.go":             {"Errorf"},
		"plugins/pack/flows.go":            {"Errorf"},
		"plugins/replay/load.go":           {"wrong", "Report"},
		"claims/conditions.go":             {"Errorf", "New"},
		"claims/confidence.go":             {"Errorf"},
		"claims/list.go":                   {"Errorf", "New"},
		"internal/web/patterns.go":         {"Errorf"},
		"claims/pattern.go":                {"Errorf"},
		"claims/compile.go":                {"Errorf", "New"},
		"wifi/bssid.go":                    {"Errorf"},
		"wifi/ssid.go":                     {"Errorf", "New"},
		"portal/errors.go":                 {"Sprintf"},
		"portal/hosts.go":                  {"Errorf", "New"},
		"portal/hostparam.go":              {"New"},
		"portal/hostpatterns.go":           {"Errorf", "New"},
		"internal/web/url.go":              {"Errorf"},
		"portal/target.go":                 {"Errorf"},
		"portal/visit.go":                  {"Errorf", "New"},
		"portal/redactor.go":               {"Errorf"},
		"portal/flow/load.go":              {"wrong", "Warning"},
		"portal/flow/texts.go":             {"Errorf", "New", "Sprintf"},
		"portal/extra.go":                  {"Errorf"},
		"portal/basic.go":                  {"Errorf", "New"},
		"portal/flow/loadhosts.go":         {"wrong"},
		"portal/flow/loadinput.go":         {"wrong"},
		"portal/flow/loadjson.go":          {"wrong"},
		"portal/flow/loadquery.go":         {"wrong", "filled"},
		"portal/flow/loadstep.go":          {"wrong", "filled"},
		"portal/flow/loadtemplate.go":      {"wrong"},
		"portal/flow/check.go":             {"wrong"},
		"portal/flow/templatecompiler.go":  {"Errorf", "New"},
		"portal/flow/template.go":          {"Errorf", "New"},
		"portal/flow/templatefunctions.go": {"Errorf", "New", "Sprintf", "read"},
		"portal/flow/action.go":            {"Errorf"},
		"portal/flow/capture.go":           {"Errorf"},
		"portal/flow/errors.go":            {"Errorf"},
		"portal/flow/render.go":            {"Errorf", "New"},
		"portal/flow/run.go":               {"Errorf"},
	}
}

// verb is what stands for a value in a format.
var verb = regexp.MustCompile(`%[a-zA-Z]`)

// documented converts a format to the form of the manual; empty: it is no message by itself.
func documented(format string) string {
	text := strings.TrimPrefix(verb.ReplaceAllString(format, "…"), ": ")
	if !regexp.MustCompile(`[a-z]{2}`).MatchString(text) {
		return ""
	}
	return text
}

// sources lists the messages for authors of packs, each with its place in the source.
func sources(t *testing.T) map[string]string {
	t.Helper()
	messages := map[string]string{}
	for file, calls := range messageCalls() {
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, filepath.Join("..", "..", file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for node := range ast.Preorder(parsed) {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				continue
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			name, plain := "", false
			if ok {
				name = selector.Sel.Name
			} else if ident, is := call.Fun.(*ast.Ident); is {
				name, plain = ident.Name, true
			}
			if !slices.Contains(calls, name) || plain && name != "read" {
				continue
			}
			for _, argument := range call.Args {
				text := literal(argument)
				if name == "filled" && text != "" {
					text = "want " + text
				}
				if strings.Contains(text, " ") && documented(text) != "" {
					messages[documented(text)] = fset.Position(call.Pos()).String()
				}
			}
		}
	}
	return messages
}

// literal returns the text of string literals and of their sums.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return literal(e.X) + literal(e.Y)
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	}
	return ""
}

// TestManualMessages checks that the manual has every message, and no others.
func TestManualMessages(t *testing.T) {
	t.Parallel()
	_, part, _ := strings.Cut(manual(t), "\n## Messages\n")
	part, _, ok := strings.Cut(part, "\n## ")
	if !ok {
		t.Fatal("the manual has no part named Messages")
	}
	rows := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(.+?)` \\|").FindAllStringSubmatch(part, -1) {
		rows[strings.ReplaceAll(row[1], `\|`, "|")] = true
	}
	messages := sources(t)
	if len(messages) < 100 {
		t.Fatalf("only %d messages in the source", len(messages))
	}
	for message, place := range messages {
		if !rows[message] {
			t.Errorf("the manual has no %q of %s", message, place)
		}
		delete(rows, message)
	}
	for row := range rows {
		if !slices.Contains(elsewhere(), row) {
			t.Errorf("the manual has %q, which is no message", row)
		}
	}
}

// elsewhere lists messages that do not concern packs, or are parts of others.
func elsewhere() []string {
	return []string{
		"host or port contain a secret", // the reason of a portal.HostError
		"parse security …: want one of …",
		"want @param:NAME, the name of a query parameter",
		"find form: selector matches … of the … forms on the page",
		"find button: selector matches … submit buttons of the form",
		"parse button selector: …",
		"method dialog sends nothing",
		"more than … requests in one session",
		"too much work on this page",
		"no complete answer within …: …",
		"URL has … bytes, at most …",
		"body has more than … bytes",
		"host or port contain a secret",
	}
}
