package flow

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// realm asks for Basic authentication at /in.
type realm struct{ got []string }

func (h *realm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	h.got = append(h.got, strings.TrimRight(fmt.Sprintf("%s %s %s:%s", r.Method, r.URL.Path, user, password), " :"))
	w.Header().Set("Content-Type", "text/html")
	if r.URL.Path == "/in" && (user != "ada" || password != pin) {
		w.Header().Set("WWW-Authenticate", `Basic realm="Guests of the house"`)
		w.WriteHeader(http.StatusUnauthorized)
	}
	_, _ = fmt.Fprintf(w, "<p>Hello %s</p><form method=post action=/in><input name=a value=b></form>", user)
}

const basicFlow = `format = 1
hosts = ["a.test"]
inputs.user = { prompt = "User" }
inputs.pin = { prompt = "PIN", secret = true }
[[step]]
id = "page"
open = "%s://a.test/page"
[[step]]
id = "login"
%s
basic = { user = "{{.input.user}}", password = "{{.input.pin}}" }
  [[step.case]]
  when = [{ status = [401] }]
  result = "denied"
  reason = "wrong"
  [[step.case]]
  when = [{ status = [200] }]
  result = "submitted"
`

// Credentials answer the challenge of each action. Those that are refused are not sent again:
// the second 401 is the page, and the cases say what it means.
func TestBasic(t *testing.T) {
	for action, method := range map[string]string{"open = '/in'": "GET", "submit = 'form'": "POST", "post = '/in'\njson = { a = 1 }": "POST"} {
		for password, want := range map[string]Outcome{pin: Submitted, "wrong": Denied} {
			h := &realm{}
			f := mustParse(t, fmt.Sprintf(basicFlow, "https", action))
			result, err := f.Run(t.Context(), newSession(t, f, h), Env{Terms: agreed, Inputs: inputs(map[string]string{"user": "ada", "pin": password})})
			if err != nil || result.Outcome != want {
				t.Errorf("%s with %s: %+v, %v", action, password, result, err)
			}
			if got, want := strings.Join(h.got, ", "), fmt.Sprintf("GET /page, %s /in, %[1]s /in ada:%s", method, password); got != want {
				t.Errorf("%s: got %s, want %s", action, got, want)
			}
		}
	}
}

// The portal may never ask for the credentials, so they are no input in what is submitted.
func TestStepsThatOnlyGiveCredentials(t *testing.T) {
	for action, want := range map[string]int{"open = '/in'": 0, "submit = 'form'": 1, "post = '/in'\njson = { a = 1 }": 1, "post = '/in'\njson = { a = '{{.input.user}}' }": 0} {
		f, err := Parse(Authenticate, "authenticate.toml", []byte(fmt.Sprintf(basicFlow, "https", action)))
		if err != nil {
			t.Fatal(err)
		}
		if pressed := f.Pressed(); len(pressed) != want {
			t.Errorf("%s: steps that need named terms: %v", action, pressed)
		}
	}
}

// Over http a secret needs the user's consent, and until then nothing is answered.
func TestBasicNeedsCleartext(t *testing.T) {
	h := &realm{}
	f := mustParse(t, fmt.Sprintf(basicFlow, "http", "open = '/in'"))
	env := Env{Inputs: inputs(map[string]string{"user": "ada", "pin": pin})}
	_, err := f.Run(t.Context(), newSession(t, f, h), env)
	if _, refused := errors.AsType[*portal.SecretError](err); !refused || len(h.got) != 2 {
		t.Errorf("%v, sent %v", err, h.got)
	}
	s, err := portal.New(portal.Config{
		Transport: handlerTransport{h}, Hosts: f.Hosts(),
		Permission: func() portal.Permission { return portal.Permission{Cleartext: true} },
	})
	if err != nil {
		t.Fatal(err)
	}
	if result, err := f.Run(t.Context(), s, env); err != nil || result.Outcome != Submitted {
		t.Errorf("with consent: %+v, %v, sent %v", result, err, h.got)
	}
	encoded := base64.StdEncoding.EncodeToString([]byte("ada:" + pin))
	if shown := fmt.Sprint(s.Trace()) + s.Redact("a "+encoded); strings.Contains(shown, encoded) || strings.Contains(shown, pin) {
		t.Errorf("shown: %s", shown)
	}
}

// Credentials that are not the user's press a button: that needs consent, as a submission does.
func TestBasicWithoutInputNeedsConsent(t *testing.T) {
	text := strings.NewReplacer("{{.input.user}}", "ada", "{{.input.pin}}", pin).Replace(fmt.Sprintf(basicFlow, "https", "open = '/in'"))
	f, err := Parse(Authenticate, "authenticate.toml", []byte(strings.ReplaceAll(text, "inputs.", "#inputs.")))
	if err != nil {
		t.Fatal(err)
	}
	for name, terms := range map[string]func(string) string{"agreed": agreed, "not agreed": nil} {
		h := &realm{}
		result, err := f.Run(t.Context(), newSession(t, f, h), Env{Terms: terms})
		want, sent := NeedsUser, 1
		if name == "agreed" {
			want, sent = Submitted, 3
		}
		if err != nil || result.Outcome != want || len(h.got) != sent {
			t.Errorf("%s: %+v, %v, sent %v", name, result, err, h.got)
		}
	}
	if pressed := f.Pressed(); len(pressed) != 1 || pressed[0] != "login" {
		t.Errorf("steps that need named terms: %v", pressed)
	}
}

// A template of credentials that has no value ends the flow before anything is sent.
func TestBasicWithoutAValue(t *testing.T) {
	for field, want := range map[string]string{"{{.input.user}}": "basic user: read .link.gateway", "{{.input.pin}}": "basic password: read .link.gateway"} {
		h := &realm{}
		f := mustParse(t, strings.Replace(fmt.Sprintf(basicFlow, "https", "open = '/in'"), field, field+"{{.link.gateway}}", 1))
		_, err := f.Run(t.Context(), newSession(t, f, h), Env{Inputs: inputs(map[string]string{"user": "ada", "pin": pin})})
		if err == nil || !strings.Contains(err.Error(), want) || len(h.got) != 1 {
			t.Errorf("%v, sent %v, want %s", err, h.got, want)
		}
	}
}

// The realm is a header, so a flow may look at it before it gives anything.
func TestRealmIsAHeader(t *testing.T) {
	text := strings.Replace(fmt.Sprintf(basicFlow, "https", "open = '/in'"), "open = \"https://a.test/page\"",
		"open = \"https://a.test/in\"\nexpect = [{ header = 'WWW-Authenticate', matches = 'realm=\"?REALM' }]", 1)
	for realmName, want := range map[string]Outcome{"Guests": Submitted, "Staff": OutcomeUnknown} {
		h := &realm{}
		f := mustParse(t, strings.Replace(text, "REALM", realmName, 1))
		result, err := f.Run(t.Context(), newSession(t, f, h), Env{Inputs: inputs(map[string]string{"user": "ada", "pin": pin})})
		if result.Outcome != want || (err == nil) != (want == Submitted) {
			t.Errorf("%s: %+v, %v", realmName, result, err)
		}
	}
}
