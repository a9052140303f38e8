package record_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What a script puts into a path or, without a name, into a query was typed, unless a response or a
// script before has it: it becomes an input, and the draft does not contain it.
func TestTypedInPaths(t *testing.T) {
	const script = `<div id=app></div><label>Voucher <input id=a></label><script src=a.js></script>`
	posted := func(path string) entry {
		return entry{kind: "xhr", method: "POST", url: "http://portal.test" + path, mime: "application/json", sent: `{"ok":true}`, body: `{"ok": true}`}
	}
	got := func(path string) entry {
		return entry{kind: "xhr", url: "http://portal.test" + path, body: `{"ok": true}`}
	}
	type test struct {
		sent   entry
		typed  []string
		inputs []string
		want   string // in authenticate.toml
	}
	tests := map[string]test{
		"two":             {got("/login/hopper/seahorse"), []string{"hopper", "seahorse"}, []string{"path", "path_2"}, `"/login/{{.input.path | urlencode}}/{{.input.path_2 | urlencode}}"`},
		"a file":          {got("/api/seahorse.json"), []string{"seahorse"}, []string{"path"}, `"/api/{{.input.path | urlencode}}.json"`},
		"the whole query": {got("/go?seahorse"), []string{"seahorse"}, []string{"path"}, `"/go?{{.input.path | urlencode}}"`},
		"a list":          {got("/go?hopper,seahorse"), []string{"hopper", "seahorse"}, []string{"path"}, `"/go?{{.input.path | urlencode}}"`},
		"parameters":      {got("/login;user=hopper;pass=seahorse"), []string{"hopper", "seahorse"}, []string{"path"}, `"/{{.input.path | urlencode}}"`},
		"words":           {got("/api/v2/guest-login.php"), nil, []string{"path"}, `"/api/v2/{{.input.path | urlencode}}.php"`},
		"no typed word":   {posted("/api/v2/login.php"), nil, nil, `"/api/v2/login.php"`},
	}
	for _, voucher := range []string{"48213", "27182818", "Summer24", "SUMMERTIME", "gold-fish", "correct-horse-battery", "P@ssw0rd", "a.lovelace@mail.test", "O'Brien"} {
		path := "/api/voucher/" + url.PathEscape(voucher)
		tests[voucher] = test{posted(path + "/redeem"), []string{voucher}, []string{"path"}, `"/api/voucher/{{.input.path | urlencode}}/redeem"`}
		tests[voucher+" at the end"] = test{got(path), []string{voucher}, []string{"path"}, `"/api/voucher/{{.input.path | urlencode}}"`}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			made, dir, text := drafted(t, script, test.sent)
			if !slices.Equal(made.Inputs, test.inputs) || !strings.Contains(text, test.want) {
				t.Errorf("inputs %q, want %q and %s\n%s", made.Inputs, test.inputs, test.want, text)
			}
			for _, typed := range test.typed {
				keepsNothing(t, dir, typed, url.PathEscape(typed), strings.ReplaceAll(typed, "-", "_"))
			}
			replays(t, dir, load(t, dir))
		})
	}
}

// A word of a script file that was loaded before is the portal's.
func TestPathsOfScripts(t *testing.T) {
	for name, test := range map[string]struct{ loaded, want string }{
		"before": {`fetch("/gate/" + value + "/knock")`, `post = "/gate/{{.input.path | urlencode}}/knock"`},
		"never":  {"", `post = "/{{.input.path | urlencode}}/{{.input.path_2 | urlencode}}/{{.input.path_3 | urlencode}}"`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "draft")
			_, err := capture(t, intercepted("http://portal.test/"), page("http://portal.test/", `<input id=a><script src=a.js></script>`),
				entry{kind: "script", url: "http://portal.test/a.js", body: test.loaded, content: "text/javascript"},
				entry{kind: "xhr", method: "POST", url: "http://portal.test/gate/seahorse/knock", mime: "application/json", sent: `{"ok":true}`, body: `{"ok": true}`},
				entry{kind: "script", url: "http://portal.test/b.js", body: `say("seahorse")`, content: "text/javascript"},
				online()).DraftPack(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(filepath.Join(dir, "authenticate.toml"))
			if err != nil || !strings.Contains(string(data), test.want) {
				t.Errorf("%v, missing: %s\n%s", err, test.want, data)
			}
			keepsNothing(t, dir, "seahorse")
		})
	}
}

// Parts of a path beyond the limit of inputs are left out.
func TestManyParts(t *testing.T) {
	var path strings.Builder
	var typed []string
	for i := range 30 {
		typed = append(typed, fmt.Sprintf("seahorse%d", 10+i))
		path.WriteString("/" + typed[i])
	}
	made, dir, _ := drafted(t, `<input id=a>`, entry{kind: "xhr", url: "http://portal.test" + path.String(), body: "{}"})
	if len(made.Inputs) != 20 || !strings.Contains(strings.Join(made.Unsure, "\n"), "more values than a flow may have inputs") {
		t.Errorf("%q, %q", made.Inputs, made.Unsure)
	}
	keepsNothing(t, dir, typed...)
}
