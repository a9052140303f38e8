package flow

import (
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// shopSite has a login, which returns what it was sent, and an order with constants of its own.
func shopSite() map[string]answer {
	const order = `<form id=order method=post action=/order><input name=price value=99><input name=plan value=gold><input type=checkbox name=accept value=yes><button>Order</button></form>`
	return map[string]answer{
		"GET /":  html200(`<form id=login method=post action=/login><input name=pin></form>` + order + `<form action=/paid><input name=price></form>`),
		"GET /2": html200("ok"), "POST /order": html200("ok"), "GET /paid": html200("ok"), "POST /in": html200("ok"),
		"POST /login": html200(order + `<form id=pin method=post action=/in><input type=hidden name=password value=swordfish><button>Go</button></form>
<form id=parts method=post action=/in><input type=hidden name=all value="xswordfish"><input type=hidden name=s value=swor><button>Go</button></form>
<form action=/paid><input name=price></form><a id=with href="/paid?price=99&pin=swordfish">Go</a><a id=without href="/paid?price=99&pin=sword">Go</a>
`),
	}
}

// A secret gives consent where it is sent, as a whole: not by its parts, not by what a template makes of
// it on the way to a constant, and not by a text that pages have anyway.
func TestSecretsThatAreNotSentPressNothing(t *testing.T) {
	t.Parallel()
	const (
		login = "submit = '#login'\nfields = { pin = '{{.input.pin}}' }\n"
		order = "submit = '#order'\n"
		then  = "[[step]]\nid = 'then'\n"
		// What these make of a digest differs, and is the same once it is sent.
		noUTF8   = `{{urldecode (concat "%8" (slice (md5 .input.pin | hex) 0 1) "%8" (slice (md5 .input.pin | hex) 1 1) "%8" (slice (md5 .input.pin | hex) 2 1))}}`
		newlines = `{{urldecode (replace (replace (replace (slice .input.pin 0 1) "s" "%0A") "t" "%0D") "u" "%0D%0A")}}`
		spaces   = `a{{urldecode (replace (replace (replace (slice .input.pin 0 1) "s" "%20") "t" "%09") "u" "%20%20")}}`
	)
	for _, c := range []struct {
		name, pin, steps string
		asks             bool
	}{
		{"a constant cut out of text and secret", "swordfish", order + "fields = { accept = '{{slice (concat \"yes\" .input.pin) 0 3}}' }\n", true},
		{"a constant before a secret", "swordfish", order + "fields = { accept = '{{or \"yes\" .input.pin}}' }\n", true},
		{"such a constant in a body", "swordfish", "post = '/order'\nform = { accept = '{{or \"yes\" .input.pin}}' }\n", true},
		{"such a constant in JSON", "swordfish", "post = '/order'\njson = { accept = '{{or \"yes\" .input.pin}}' }\n", true},
		{"bytes of the secret that are sent as one character", "swordfish", order + "fields = { accept = 'yes', x = '" + noUTF8 + "' }\n", true},
		{"such bytes in a body", "swordfish", "post = '/order'\nform = { accept = 'yes', x = '" + noUTF8 + "' }\n", true},
		{"such bytes in JSON", "swordfish", "post = '/order'\njson = { accept = 'yes', x = '" + noUTF8 + "' }\n", true},
		{"newlines of the secret", "swordfish", order + "fields = { accept = 'yes', x = '" + newlines + "' }\n", true},
		{"spaces at the end of a header", "swordfish", order + "headers = { X-A = '" + spaces + "' }\n", true},
		{"such a constant in a URL", "swordfish", "open = '/paid?price={{or \"99\" .input.pin}}'\n", true},
		{"such a constant in a header", "swordfish", order + "headers = { X-A = '{{or \"yes\" .input.pin}}' }\n", true},
		{"a constant in an earlier step", "swordfish", "submit = '#login'\nfields = { pin = '{{.input.pin}}', a = '{{or \"gold\" .input.pin}}' }\n" + then + order, true},
		{"a letter of the secret before", "swordfish", "submit = '#login'\nfields = { pin = '{{slice .input.pin 0 1}}' }\n" + then + order + "fields = { accept = 'yes' }\n", true},
		{"a constant that equals the secret", "gold", login + then + order + "fields = { plan = 'gold' }\n", true},
		{"a short secret that the page has", "99", login + then + order, true},
		{"parts of the secret", "swordfish", login + then + "submit = '#parts'\n", true},
		{"a link with a part of it", "swordfish", login + then + "follow = '#without'\n", true},
		{"a captured part of it", "swordfish", login + "capture.part = { css = '#parts [name=s]', attr = 'value' }\n" + then + order + "fields = { accept = '{{.capture.part}}' }\n", true},
		{"a capture that is not sent", "swordfish", login + "capture.pin = { css = '#pin [name=password]', attr = 'value' }\n" + then + order + "fields = { accept = '{{or \"yes\" .capture.pin}}' }\n", true},

		{"the secret", "swordfish", "submit = '#order'\nfields = { pin = '{{.input.pin}}' }\n", false},
		{"a digest of it", "swordfish", order + "fields = { pin = '{{md5 .input.pin | hex}}' }\n", false},
		{"the secret in the form that the portal returns", "swordfish", login + then + "submit = '#pin'\n", false},
		{"the secret in a link that the portal returns", "swordfish", login + then + "follow = '#with'\n", false},
		{"the secret captured", "swordfish", login + "capture.pin = { css = '#pin [name=password]', attr = 'value' }\n" + then + order + "fields = { pin = '{{.capture.pin}}' }\n", false},
	} {
		more := "inputs.pin = { prompt = \"P\", secret = true }\n"
		if strings.Contains(c.steps, "open =") {
			more = "secret_in_address = true\n" + more
		}
		f := mustParse(t, head+more+"[[step]]\nid = 'first'\nopen = 'https://a.test/'\n[[step]]\nid = 'it'\n"+c.steps)
		handler := &answers{pages: shopSite()}
		session, err := portal.New(portal.Config{
			Transport: handlerTransport{handler}, Hosts: f.Hosts(),
			Permission: func() portal.Permission { return portal.Permission{Cleartext: true} }, // the link has the secret in its URL
		})
		if err != nil {
			t.Fatal(err)
		}
		result, err := f.Run(t.Context(), session, Env{Inputs: inputs(map[string]string{"pin": c.pin})})
		if err != nil || (result.Outcome == NeedsUser) != c.asks || c.asks && result.Terms != UnnamedTerms {
			t.Errorf("%s: %+v, %v, sent %q", c.name, result, err, handler.got)
		}
	}
}

// Lint names a step that reads an input and sends a constant.
func TestPressedByAConstantOfAnInput(t *testing.T) {
	t.Parallel()
	for value, pressed := range map[string]bool{
		"{{.input.pin}}": false, "{{md5 .input.pin | hex}}": false, "{{now_ms}}{{.input.pin}}": false,
		"{{or \"yes\" .input.pin}}": true, "{{slice (concat \"yes\" .input.pin) 0 3}}": true,
		"{{slice .input.pin 0 40}}": false, // that depends on the value
	} {
		f, err := Parse(Authenticate, "authenticate.toml", []byte(secretHead+"[[step]]\nid = 'it'\npost = 'https://a.test/'\nform = { a = '"+value+"' }\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(f.Pressed()) > 0; got != pressed {
			t.Errorf("%s: pressed %v", value, got)
		}
	}
}
