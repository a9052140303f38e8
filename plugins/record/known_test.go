package record_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/plugins/record"
	"hotspot-helper/portal"
)

// typedText returns a control with a text that was typed into it at once.
func typedText(name, kind, text string) record.Control {
	return record.Control{Name: name, Type: kind, Values: []portal.Value{portal.Secret(text)}}
}

// recorded returns the capture of entries, with what is known to be typed.
func recorded(t *testing.T, typed *record.Typed, entries ...entry) *record.Capture {
	t.Helper()
	var list []*record.Entry
	for _, e := range entries {
		made := &record.Entry{
			Type: e.kind, Method: http.MethodGet, URL: e.url, Status: 200, Header: http.Header{"Content-Type": {"text/html"}},
			RedirectURL: e.to, MimeType: "text/html", Body: e.body, Size: int64(len(e.body)),
		}
		if e.method != "" {
			made.Method, made.Posted = e.method, &record.Posted{MimeType: e.mime, Text: e.sent}
		}
		if e.status != 0 {
			made.Status = e.status
		}
		list = append(list, made)
	}
	c, err := record.New(list, typed)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Where the recording tells what was typed, exactly that becomes an input.
func TestKnownTyped(t *testing.T) {
	sum := md5.Sum([]byte("seahorse"))
	const script = `<div id=app></div><script>var size = 1500, data = {v: 1}</script>`
	posted := func(sent string) entry {
		return entry{kind: "xhr", method: "POST", url: "http://portal.test/go", mime: urlencoded, sent: sent, body: `{"ok": true}`}
	}
	for name, test := range map[string]struct {
		page           string
		controls       []record.Control
		sent           entry
		inputs, secret []string
		typed          []string // of inputs
		want           []string // in authenticate.toml
	}{
		"names that say nothing": {
			controls: []record.Control{typedText("a", "text", "hopper"), typedText("b", "password", "seahorse")},
			sent:     posted("x=hopper&y=seahorse&user=guest&code=Standard&lang=de-DE"),
			inputs:   []string{"x", "y", "user", "code", "lang"}, secret: []string{"y", "user", "code", "lang"}, typed: []string{"x", "y"},
			want: []string{`prompt = "a"`},
		},
		"a short value that is a constant elsewhere": {
			controls: []record.Control{typedText("room", "text", "15")},
			sent:     posted("room=15&size=1500&n=15&v=1"),
			inputs:   []string{"room"}, typed: []string{"room"}, want: []string{`size = "1500"`, `v = "1"`},
		},
		"a digest alone": {
			controls: []record.Control{typedText("pin", "password", "seahorse")},
			sent:     posted("h=" + hex.EncodeToString(sum[:])),
			inputs:   []string{"pin"}, secret: []string{"pin"}, typed: []string{"pin"}, want: []string{`h = "{{md5 .input.pin | hex}}"`},
		},
		"a text before its end": {
			controls: []record.Control{{Name: "card", Type: "text", Values: []portal.Value{portal.Secret("471"), portal.Secret("4711-08")}}},
			sent:     posted("card=471&q=11-0"),
			inputs:   []string{"card", "q"}, secret: []string{"q"}, typed: []string{"card"}, want: []string{"unsure: the field card was sent before its text was complete"},
		},
		"in a URL": {
			controls: []record.Control{typedText("v", "password", "Summer24")},
			sent:     entry{kind: "xhr", url: "http://portal.test/redeem/Summer24?v=Summer24&w=Winter23", body: "{}"},
			inputs:   []string{"v", "w"}, typed: []string{"v"}, want: []string{`/redeem/{{.input.v | urlencode}}?v={{.input.v | urlencode}}&w={{.input.w | urlencode}}`},
		},
		"choices": {
			page:     `<input type=radio name=plan value=free><input type=radio name=plan value=gold><input type=checkbox name=agree value=yes><select id=c><option>DE<option>FR</select>`,
			controls: []record.Control{typedText("plan", "radio", "gold"), typedText("agree", "checkbox", "yes"), typedText("c", "select-one", "DE")},
			sent:     posted("plan=gold&agree=yes&c=DE"), want: []string{`agree = "yes", c = "DE"`, `plan = "gold"`},
		},
		"nothing":             {sent: posted("user=guest&q=Zimmer"), inputs: []string{"user", "q"}, secret: []string{"user", "q"}},
		"what scripts assign": {sent: posted("size=1500&v=1&on=true&t=1790000000123"), want: []string{`size = "1500", v = "1", on = "true", t = "1790000000123"`}},
	} {
		t.Run(name, func(t *testing.T) {
			c := recorded(t, &record.Typed{Controls: test.controls}, intercepted("http://portal.test/"), page("http://portal.test/", script+test.page), test.sent, online())
			if text := fmt.Sprintf("%v %+v %#v %v %+v", c, c, c, *c, *c); strings.Contains(text, "hopper") || strings.Contains(text, "seahorse") {
				t.Errorf("it prints %s", text)
			}
			dir := filepath.Join(t.TempDir(), "draft")
			made, err := c.DraftPack(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(filepath.Join(dir, "authenticate.toml"))
			if err != nil {
				t.Fatal(err)
			}
			var secret, typed []string
			for _, q := range made.Questions {
				if q.Secret {
					secret = append(secret, q.Input)
				}
				if q.Typed {
					typed = append(typed, q.Input)
				}
			}
			if !slices.Equal(made.Inputs, test.inputs) || !slices.Equal(secret, test.secret) || !slices.Equal(typed, test.typed) {
				t.Errorf("inputs %q, secret %q, typed %q\n%s", made.Inputs, secret, typed, data)
			}
			for _, want := range test.want {
				if !strings.Contains(strings.Join(strings.Fields(string(data)), " "), want) {
					t.Errorf("missing: %s\n%s", want, data)
				}
			}
			for _, c := range test.controls[:min(len(test.inputs), len(test.controls))] {
				if text := c.Values[len(c.Values)-1].Reveal(); len(text) > 2 {
					keepsNothing(t, dir, text)
				}
			}
			replays(t, dir, load(t, dir))
		})
	}
}

// A digest that a script made of what was typed and of what the portal sent is a template.
func TestHashes(t *testing.T) {
	sum := func(text string) string { return fmt.Sprintf("%x", md5.Sum([]byte(text))) }
	mac := hmac.New(sha256.New, []byte("n0nce77"))
	mac.Write([]byte("seahorse"))
	for name, test := range map[string]struct{ page, value, want string }{
		"of RouterOS": {
			`<script>function doLogin() { f.p.value = hexMD5('\357' + g.p.value + '\015\312'); }</script>`, sum("\xefseahorse\r\xca"),
			`{{concat .capture.hexmd5 .input.pin .capture.hexmd5_2 | md5 | hex}}`,
		},
		"with a hidden field": {`<input type=hidden name=salt value=n0nce77>`, sum("n0nce77seahorse"), `{{concat .capture.salt .input.pin | md5 | hex}}`},
		"of a digest":         {`<script>var salt = "n0nce77"</script>`, sum(sum("seahorse") + "n0nce77"), `{{concat (md5 .input.pin | hex) .capture.salt | md5 | hex}}`},
		"with a key":          {`<script>var salt = "n0nce77"</script>`, hex.EncodeToString(mac.Sum(nil)), `{{hmac "sha256" .capture.salt .input.pin | hex}}`},
	} {
		t.Run(name, func(t *testing.T) {
			typed := &record.Typed{Controls: []record.Control{typedText("pin", "password", "seahorse")}}
			c := recorded(t, typed, intercepted("http://portal.test/"), page("http://portal.test/", test.page), entry{
				kind: "xhr", method: "POST", url: "http://portal.test/go", mime: urlencoded, sent: "h=" + test.value, body: `{"ok": true}`,
			}, online())
			dir := filepath.Join(t.TempDir(), "draft")
			if _, err := c.DraftPack(t.Context(), dir); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(filepath.Join(dir, "authenticate.toml"))
			if err != nil || !strings.Contains(strings.ReplaceAll(string(data), `\"`, `"`), test.want) {
				t.Errorf("%v, missing: %s\n%s", err, test.want, data)
			}
			keepsNothing(t, dir, "seahorse", test.value)
			replays(t, dir, load(t, dir))
		})
	}
}
