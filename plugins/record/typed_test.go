package record_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/plugins/record"
)

// drafted drafts a pack from a portal's page and what was sent from it. It returns the
// directory and authenticate.toml.
func drafted(t *testing.T, body string, sent entry) (made *record.PackDraft, dir, text string) {
	t.Helper()
	const portal = "http://portal.test/"
	dir = filepath.Join(t.TempDir(), "draft")
	made, err := capture(t, intercepted(portal), page(portal, body), sent, online()).DraftPack(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "authenticate.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return made, dir, string(data)
}

// What no earlier response explains was typed, in each kind of request and as each kind of
// value: it becomes an input, and the draft does not contain it.
func TestTypedInBodies(t *testing.T) {
	const (
		form   = `<form method=post action=/go><input name=card><input name=pin type=password><button name=do value="Go &amp; surf">Go</button></form>`
		script = `<div id=app></div><input id=a><input id=b type=password><script src=a.js></script><script>var plan = "Standard", size = 1500, big = 123456789, to = "http:\/\/welcome.test\/";</script>`
		hidden = `<form method=post action=/go><input id=x><input type=hidden name=user><input type=hidden name=pass><input type=hidden name=mac><input type=hidden name=plan><input type=hidden name=kept value=Lobby><button>Go</button></form>`
	)
	posted := func(kind, mime, sent string) entry {
		return entry{kind: kind, method: "POST", url: "http://portal.test/go", mime: mime, sent: sent, body: `{"ok": true}`}
	}
	for name, test := range map[string]struct {
		page          string
		sent          entry
		typed, inputs []string
		secret        []string // of inputs
		want          []string // in authenticate.toml
		differs       bool     // the draft opens another URL than the capture has
	}{
		"numbers in JSON": {
			page: script, sent: posted("xhr", "application/json", `{"user":"hopper","pin":27182818,"size":1500,"n":1,"on":true}`),
			typed: []string{"hopper", "27182818"}, inputs: []string{"pin", "user"}, secret: []string{"pin"},
			want: []string{`n = 1, on = true, pin = "{{.input.pin}}", size = 1500, user = `, "unsure: the field pin was a number"},
		},
		"numbers of a form in JSON": {
			page: form, sent: posted("xhr", "application/json", `{"card":4711081547110815471,"pin":27182818}`),
			typed: []string{"47110815", "27182818"}, inputs: []string{"card", "pin"}, secret: []string{"pin"},
		},
		"a number of an earlier response": {
			page: script, sent: posted("xhr", "application/json", `{"id":123456789,"list":[{"room":417}]}`),
			typed: []string{"417"}, inputs: []string{"room"}, want: []string{`id = "{{.capture.id}}"`},
		},
		"a post of the window": {
			page: script, sent: posted("document", urlencoded, "login=hopper&password=seahorse&q=Zimmer&plan=Standard&n=1"),
			typed: []string{"hopper", "seahorse", "Zimmer"}, inputs: []string{"login", "password", "q"}, secret: []string{"password"},
			want: []string{`plan = "Standard", n = "1"`},
		},
		"a post of a script": {
			page: script, sent: posted("fetch", urlencoded, "login=hopper&password=seahorse&q=Zimmer&plan=Standard"),
			typed: []string{"hopper", "seahorse", "Zimmer"}, inputs: []string{"login", "password", "q"}, secret: []string{"password"},
			want: []string{`plan = "Standard"`},
		},
		"fields of no form": {
			page: script + form, sent: posted("document", urlencoded, "u=hopper&password=seahorse"),
			typed: []string{"hopper", "seahorse"}, inputs: []string{"u", "password"}, secret: []string{"password"},
		},
		"hidden fields that a script filled": {
			page: script + hidden, sent: posted("document", urlencoded, "user=hopper&pass=seahorse&mac=Zimmer&plan=Standard&kept=Lobby"),
			typed: []string{"hopper", "seahorse", "Zimmer"}, inputs: []string{"user", "pass", "mac"}, secret: []string{"pass"},
			want: []string{`plan = "Standard"`},
		},
		"an image button": {
			page: `<form method=post action=/go><input name=card><input type=image name=in src=in.png></form>`,
			sent: posted("document", urlencoded, "card=4711&in.x=34&in.y=17"), typed: []string{"4711"}, inputs: []string{"card"},
			want: []string{`fields = { card = "{{.input.card}}" }`},
		},
		"a password like a URL": {
			page: form, sent: posted("document", urlencoded, "card=4711&pin=sea%3A%2F%2Fhorse&do=Go+%26+surf"),
			typed: []string{"sea://horse", "4711"}, inputs: []string{"card", "pin"}, secret: []string{"pin"},
		},
		"a password that is a URL of the page": {
			page: script + form, sent: posted("document", urlencoded, "card=4711&pin=http%3A%2F%2Fwelcome.test%2F&do=Go+%26+surf"),
			typed: []string{"4711"}, inputs: []string{"card", "pin"}, secret: []string{"pin"},
		},
		"URLs": {
			page: script, sent: posted("xhr", urlencoded, "from=http%3A%2F%2Fcheck.test%2F&to=http%3A%2F%2Fwelcome.test%2F&z=sea%3A%2F%2Fhorse"),
			typed: []string{"sea://horse"}, inputs: []string{"z"}, want: []string{`from = "http://check.test/"`, `to = "http://welcome.test/"`},
		},
		"keys of JSON": {
			page: script, sent: posted("xhr", "application/json", `{"27182818":{"k":1},"hopper@navy.test":true,"list":[{"Grace Hopper":2}],"of_seahorse":1,"Standard":1,"user":"seahorse"}`),
			typed: []string{"27182818", "hopper", "navy", "seahorse"}, inputs: []string{"user"},
			want: []string{`list = [{ removed = 2 }]`, `removed = { k = 1 }`, `removed_2 = true`, `Standard = 1`, `user = "{{.input.user}}"`},
		},
		"names of fields": {
			page: script, sent: posted("fetch", urlencoded, "27182818=x&hopper%40navy.test=1&seahorse_1=ok&user=seahorse&plan=Standard"),
			typed: []string{"27182818", "hopper", "navy", "seahorse"}, inputs: []string{"user"}, want: []string{`user = "{{.input.user}}"`, `plan = "Standard"`},
		},
		"names and values alike": {
			page: script, sent: posted("fetch", urlencoded, "seahorse=seahorse&q=seahorse"),
			typed: []string{"seahorse"}, inputs: []string{"typed"}, want: []string{`q = "{{.input.typed}}"`},
		},
		"names of parameters": {
			page: script, sent: entry{kind: "xhr", url: "http://portal.test/go?hopper%40navy.test=1&seahorse=seahorse&27182818=&user=seahorse", body: "{}"},
			typed: []string{"hopper", "navy", "seahorse", "27182818"}, inputs: []string{"typed"}, differs: true, want: []string{`user={{.input.typed | urlencode}}`},
		},
		"what JSON repeats": {
			page: script, sent: entry{kind: "xhr", method: "POST", url: "http://portal.test/go/seahorse", mime: "application/json", sent: `{"user":"Seahorse"}`, body: `{"state":"Seahorse"}`},
			typed: []string{"seahorse"}, inputs: []string{"path", "user"},
		},
		"a URL in a query": {
			page: script, sent: entry{kind: "xhr", url: "http://portal.test/go?a=http%3A%2F%2Fcheck.test%2F&c=sea%3A%2F%2Fhorse", body: "{}"},
			typed: []string{"sea://horse"}, inputs: []string{"c"}, want: []string{`a=http%3A%2F%2Fcheck.test%2F`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			made, dir, text := drafted(t, test.page, test.sent)
			var secret []string
			for _, q := range made.Questions {
				if q.Secret {
					secret = append(secret, q.Input)
				}
			}
			if !slices.Equal(made.Inputs, test.inputs) || !slices.Equal(secret, test.secret) {
				t.Errorf("inputs %q, want %q; secret %q, want %q\n%s", made.Inputs, test.inputs, secret, test.secret, text)
			}
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("missing: %s\n%s", want, text)
				}
			}
			keepsNothing(t, dir, test.typed...)
			if !test.differs {
				replays(t, dir, load(t, dir))
			} else if !strings.Contains(strings.Join(made.Unsure, "\n"), "it is left out") {
				t.Errorf("unsure: %q", made.Unsure)
			}
		})
	}
}

// A body with more values than a flow may have inputs makes a draft without the rest.
func TestManyValues(t *testing.T) {
	var form, numbers, typed []string
	for i := range 40 {
		form = append(form, fmt.Sprintf("n%d=Hopper%d", i, 1000+i))
		numbers = append(numbers, fmt.Sprintf(`"n%d":%d`, i, 27182000+i))
		typed = append(typed, fmt.Sprintf("Hopper%d", 1000+i), fmt.Sprint(27182000+i))
	}
	for mime, sent := range map[string]string{urlencoded: strings.Join(form, "&"), "application/json": "{" + strings.Join(numbers, ",") + "}"} {
		made, dir, text := drafted(t, "<input id=x>", entry{kind: "xhr", method: "POST", url: "http://portal.test/go", mime: mime, sent: sent, body: "{}"})
		if len(made.Inputs) != 20 || !strings.Contains(text, "removed") {
			t.Errorf("inputs %q\n%s", made.Inputs, text)
		}
		keepsNothing(t, dir, typed...)
		replays(t, dir, load(t, dir))
	}
}
