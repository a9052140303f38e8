package record_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/plugins/record"
)

// keepsNothing looks for typed values in all files of a draft, in any case of letters.
func keepsNothing(t *testing.T, dir string, values ...string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		for _, value := range values {
			for _, spelled := range []string{value, url.QueryEscape(value), url.PathEscape(value), base64.StdEncoding.EncodeToString([]byte(value)), hex.EncodeToString([]byte(value))} {
				if bytes.Contains(bytes.ToLower(text), []byte(strings.ToLower(spelled))) {
					t.Errorf("%s contains %q:\n%s", name, spelled, text)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// What a script sent in a URL was typed, unless a response explains it: it becomes an input,
// and the draft does not contain it.
func TestQueriesOfScripts(t *testing.T) {
	const portal = "http://portal.test/"
	script := `<script src=a.js></script><input id=u><input id=p type=password><script>var token = "a8f3kd92q"; go("Standard")</script>`
	for name, test := range map[string]struct {
		kind, path, body string
		typed, inputs    []string
		want             []string // in authenticate.toml
	}{
		"user and password": {path: "api/login?username=grace%40navy.test&password=sea+horse%2Bx&cmd=login", typed: []string{"grace@navy.test", "navy", "sea horse", "horse"}, inputs: []string{"username", "password"}, want: []string{"cmd=login"}},
		"card and PIN":      {path: "api/login?card=90817263&pin=1835", typed: []string{"90817263", "1835"}, inputs: []string{"card", "pin"}},
		"room and name":     {path: "api/login?room=417&lastname=Hopper", typed: []string{"417", "Hopper"}, inputs: []string{"room", "lastname"}},
		"short names":       {path: "api/login?u=hopper&p=seahorse&t=1777629605000", typed: []string{"hopper", "seahorse"}, inputs: []string{"u", "p"}},
		"names that say nothing": {
			path: "go?a=Hopper&b=Zimmer+vier&c=1&d=true&e=Standard&f=a8f3kd92q", typed: []string{"Hopper", "Zimmer"}, inputs: []string{"a", "b"},
			want: []string{"&c=1&d=true&e=Standard&f={{.capture."},
		},
		"in the path":     {path: "voucher/AB-1234-CD/redeem", typed: []string{"1234"}, inputs: []string{"path"}},
		"a window":        {kind: "document", path: "login?user=hopper&code=seahorse", typed: []string{"hopper", "seahorse"}, inputs: []string{"user", "code"}},
		"packed together": {path: "go?auth=" + base64.StdEncoding.EncodeToString([]byte("hopper:seahorse")) + "&user=hopper&pass=seahorse", typed: []string{"seahorse", base64.StdEncoding.EncodeToString([]byte("hopper:seahorse"))}, inputs: []string{"auth", "user", "pass"}},
	} {
		t.Run(name, func(t *testing.T) {
			kind := test.kind
			if kind == "" {
				kind = "xhr"
			}
			c := capture(t, intercepted(portal), page(portal, script), entry{kind: kind, url: portal + test.path, body: `{"ok": true}`, content: "application/json"}, online())
			dir := filepath.Join(t.TempDir(), "draft")
			made, err := c.DraftPack(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(dir, "authenticate.toml"))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(made.Inputs, test.inputs) {
				t.Errorf("inputs %q, want %q\n%s", made.Inputs, test.inputs, text)
			}
			for _, want := range test.want {
				if !strings.Contains(string(text), want) {
					t.Errorf("missing: %s\n%s", want, text)
				}
			}
			keepsNothing(t, dir, test.typed...)
			replays(t, dir, load(t, dir))
		})
	}
}

// More values than a flow may have inputs, and values without a name, make a draft, too.
func TestManyQueryValues(t *testing.T) {
	var many strings.Builder
	typed := []string{"Hopper00"}
	for i := range 40 {
		value := fmt.Sprintf("Hopper%d", 1000+i)
		typed = append(typed, value)
		fmt.Fprintf(&many, "&n%d=%s", i, value)
	}
	c := capture(t, intercepted("http://portal.test/"), page("http://portal.test/", "<input id=x>"),
		entry{kind: "xhr", url: "http://portal.test/go?=Hopper00" + many.String(), body: "{}", content: "application/json"}, online())
	dir := filepath.Join(t.TempDir(), "draft")
	made, err := c.DraftPack(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(made.Inputs) != 20 {
		t.Errorf("inputs %q", made.Inputs)
	}
	keepsNothing(t, dir, typed...)
	replays(t, dir, load(t, dir))
}

// A value that is also the name of its input does not break the draft.
func TestTypedNames(t *testing.T) {
	c := capture(t, intercepted("http://portal.test/"), page("http://portal.test/", "<form method=post action=/go><input name=card><input name=pin></form>"),
		entry{kind: "document", method: "POST", url: "http://portal.test/go", mime: urlencoded, sent: "card=card&pin=input", body: "Welcome"}, online())
	dir := filepath.Join(t.TempDir(), "draft")
	if _, err := c.DraftPack(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if got := load(t, dir).Inputs(); len(got) != 2 {
		t.Errorf("inputs %v", got)
	}
}

// Some browsers do not write entries in the order of time.
func TestUnordered(t *testing.T) {
	entries := []string{
		`{"startedDateTime":"2026-05-01T10:00:09.5Z","_resourceType":"document","request":{"method":"GET","url":"http://check.test/"},"response":{"status":204}}`,
		`{"startedDateTime":"2026-05-01T12:00:05+02:00","_resourceType":"document","request":{"method":"POST","url":"http://portal.test/go","postData":{"mimeType":"application/x-www-form-urlencoded","text":"card=4711"}},"response":{"status":200,"content":{"mimeType":"text/html","text":"Welcome"}}}`,
		`{"startedDateTime":"2026-05-01T10:00:00Z","_resourceType":"document","request":{"method":"GET","url":"http://check.test/"},"response":{"status":302,"redirectURL":"http://portal.test/"}}`,
		`{"startedDateTime":"2026-05-01T10:00:01Z","_resourceType":"document","request":{"method":"GET","url":"http://portal.test/"},"response":{"status":200,"content":{"mimeType":"text/html","text":"<form method=post action=/go><input name=card></form>"}}}`,
	}
	c, err := record.Read(strings.NewReader(`{"log":{"entries":[` + strings.Join(entries, ",") + `]}}`))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "draft")
	made, err := c.DraftPack(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if !made.Online || !slices.Equal(made.Inputs, []string{"card"}) {
		t.Errorf("%+v", made)
	}
}
