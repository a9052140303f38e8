package portal_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/portal"
)

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

// The trace may be read while the session runs.
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
