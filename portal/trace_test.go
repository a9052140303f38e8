package portal_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/portal"
)

func TestMaskURL(t *testing.T) {
	for raw, want := range map[string]string{
		"http://a.test":                           "http://a.test",
		"https://ada:pw@a.test:8443/p/q":          "https://a.test:8443/p/q",
		"http://a.test/login?tok=1&redir=http:x":  "http://a.test/login?tok=…&redir=…",
		"http://a.test/fgtauth?0004610d63757532":  "http://a.test/fgtauth?…",
		"http://a.test/?a=1&a=&b&=x":              "http://a.test/?a=…&a=…&…&=…",
		"http://a.test/%2e%2Fx#token":             "http://a.test/%2e%2Fx#…",
		"http://a.test/s/0A1b2C3d4E5f6a7b/grant":  "http://a.test/s/…/grant",
		"http://a.test/c2Vzc2lvbiB0b2tlbg==":      "http://a.test/…",
		"http://a.test/x;jsessionid=ABCDEF?a=b":   "http://a.test/…?a=…",
		"http://a.test/captive-portal/login_page": "http://a.test/captive-portal/login_page",
		"http://a.test/short-7/fgtauth2":          "http://a.test/short-7/fgtauth2",
		"http://a-long-host-name-7.test:8080":     "http://a-long-host-name-7.test:8080",
		"/twice//0a1b2c3d4e5f6a7b":                "/twice//…",
		"/relative/0a1b2c3d4e5f6a7b":              "/relative/…",
		"mailto:ada@a.test":                       "mailto:…",
		"/rel?x=1":                                "/rel?x=…",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := portal.MaskURL(u); got != want {
			t.Errorf("MaskURL(%q) = %q, want %q", raw, got, want)
		}
	}
	if got := portal.MaskURL(nil); got != "" {
		t.Errorf("MaskURL(nil) = %q", got)
	}
}

func TestTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session := network{"https://a.test": func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(2 * time.Second)
			if r.URL.Path == "/login" {
				to(302, "/done?session=9#top")(w, r)
				return
			}
			html("hello")(w, r)
		}}.session(t, "a.test")
		session.SetStep("login")
		fields := []portal.Field{{Name: "user", Value: portal.Plain("ada")}, {Name: "pin", Value: portal.Secret("1234")}}
		if _, err := session.Post(t.Context(), "https://a.test/login?next=x", portal.Body{Form: fields}); err != nil {
			t.Fatal(err)
		}
		session.SetStep("")
		many := map[string]any{}
		for i := range 2 * portal.MaxTraceFields {
			many[fmt.Sprintf("f%03d", i)] = i
		}
		if _, err := session.Post(t.Context(), "/done", portal.Body{JSON: many}); err != nil {
			t.Fatal(err)
		}
		trace := session.Trace()
		want := []portal.Exchange{
			{
				Step: "login", Method: "POST", URL: "https://a.test/login?next=…", Fields: []string{"user", "pin"},
				Status: 302, Location: "https://a.test/done?session=…#…", Elapsed: 2 * time.Second,
			},
			{Step: "login", Method: "GET", URL: "https://a.test/done?session=…#…", Status: 200, Bytes: 5, Elapsed: 2 * time.Second},
		}
		if diff := cmp.Diff(want, trace[:2]); diff != "" {
			t.Error(diff)
		}
		if last := trace[2]; len(last.Fields) != portal.MaxTraceFields || last.Fields[0] != "f000" {
			t.Errorf("fields %v", last.Fields)
		}
		text, err := json.Marshal(trace[1])
		if err != nil {
			t.Fatal(err)
		}
		const line = `{"step":"login","method":"GET","url":"https://a.test/done?session=…#…","status":200,"bytes":5,"elapsed_ns":2000000000}`
		if string(text) != line {
			t.Errorf("line %s, want %s", text, line)
		}
	})
}

// The trace is read by others while the session is driven.
func TestTraceMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session := network{"http://a.test": html("")}.session(t, "a.test")
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 50 {
				session.SetStep("read " + strings.Repeat("x", len(session.Trace())))
				session.Declare(portal.Secret("other"))
				session.Redact("text")
			}
		}()
		for range 50 {
			open(t, session, "http://a.test/")
		}
		<-done
	})
}
