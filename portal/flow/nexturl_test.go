package flow

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// nextFlow logs in at the URL in a parameter, as many portals want.
const nextFlow = `format = 1
hosts = ["a.test", "*.wild.test", "@gateway"]
inputs.pin = { prompt = "PIN", secret = true }
[[step]]
id = "start"
open = "https://a.test/start"
capture = { next = { css = "#next" } }
[[step]]
id = "next"
open = "{{.capture.next}}"
[[step]]
id = "login"
submit = "form"
fields = { p = "{{.input.pin}}" }
`

// A portal that names the next page cannot get the password sent where it may not go.
func TestPasswordBehindNextURL(t *testing.T) {
	for next, want := range map[string]string{
		"https://a.test/post":             "",
		"https://b.wild.test/post":        "",
		"https://evil.test/post":          "host",
		"//evil.test/post":                "host",
		"https://a.test@evil.test/":       "host",
		"https://a.test.evil.test/":       "host",
		"https://wild.test/post":          "host",
		"https://A.TEST.:443/post":        "",
		"http://a.test/post":              "secret",
		"http://b.wild.test/post":         "secret",
		"https://10.1.0.1/post":           "secret",
		"https://0xa.1.0.1/post":          "host",
		"https://a.test/get":              "secret",
		"https://a.test/away":             "host",
		"https://a.test/down":             "secret",
		"https://a.test/gateway":          "secret",
		"https://a.test/base":             "host",
		"https://a.test/button":           "host",
		"javascript:alert(1)":             "other",
		"file:///etc/passwd":              "other",
		"https://a.test:x/post":           "other",
		"https://a.test/post?x=s3cr3tPIN": "other",
	} {
		t.Run(next, func(t *testing.T) { checkNext(t, next, want) })
	}
}

func checkNext(t *testing.T, next, want string) {
	f := mustParse(t, nextFlow)
	var origins []string
	pages := map[string]string{
		"/start":   `<p id=next>` + strings.ReplaceAll(next, "&", "&amp;") + `</p>`,
		"/post":    `<form method=post action=/in>`,
		"/get":     `<form action=/in>`,
		"/away":    `<form method=post action="https://evil.test/in">`,
		"/down":    `<form method=post action="http://a.test/in">`,
		"/gateway": `<form method=post action="https://10.1.0.1/in">`,
		"/base":    `<base href="https://evil.test/"><form method=post action="in">`,
		"/button":  `<form method=post action=/in><button formaction="https://evil.test/in">`,
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		if strings.Contains(r.Form.Encode()+r.URL.String(), pin) {
			origins = append(origins, r.URL.Scheme+"://"+r.URL.Host)
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(pages[r.URL.Path]))
	})
	s, err := portal.New(portal.Config{Transport: handlerTransport{handler}, Hosts: f.Hosts(), Gateway: netip.MustParseAddr("10.1.0.1")})
	if err != nil {
		t.Fatal(err)
	}
	s.Declare(portal.Secret(pin)) // as if a pack had used it before
	_, err = f.Run(t.Context(), s, Env{Inputs: inputs(map[string]string{"pin": pin})})
	_, host := errors.AsType[*portal.HostError](err)
	_, secret := errors.AsType[*portal.SecretError](err)
	if got := map[string]bool{"": err == nil, "host": host, "secret": secret, "other": err != nil && !host && !secret}; !got[want] {
		t.Errorf("error %v, want %q", err, want)
	}
	if (len(origins) == 1) != (want == "") {
		t.Errorf("the secret was sent to %q", origins)
	}
	for _, origin := range origins {
		if u, err := url.Parse(origin); err != nil || u.Scheme != "https" || u.Hostname() != "a.test" && !strings.HasSuffix(u.Hostname(), ".wild.test") {
			t.Errorf("the secret was sent to %s", origin)
		}
	}
}
