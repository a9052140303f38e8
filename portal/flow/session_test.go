package flow

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// handlerTransport answers requests by a handler, in memory.
type handlerTransport struct{ http.Handler }

func (h handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	response := recorder.Result()
	response.Request = r
	return response, nil
}

// Parse parses a flow that is alone in its pack.
func Parse(kind Kind, file string, data []byte) (*Flow, error) {
	return ParseWith(&web.Patterns{}, kind, file, data)
}

func mustParse(t testing.TB, text string) *Flow {
	t.Helper()
	f, err := Parse(AnyKind, "test.toml", []byte(text))
	if err != nil {
		t.Fatalf("Parse:\n%v\nof\n%s", err, numbered(text))
	}
	return f
}

func numbered(text string) string {
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		fmt.Fprintf(&b, "%3d %s\n", i+1, line)
	}
	return b.String()
}

func newSession(t testing.TB, f *Flow, handler http.Handler) *portal.Session {
	t.Helper()
	s, err := portal.New(portal.Config{Transport: handlerTransport{handler}, Hosts: f.Hosts()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answers serves fixed responses by "METHOD /path", else 404, and records each request as
// "METHOD /path body".
type answers struct {
	pages map[string]answer
	got   []string
}

type answer struct {
	status int // 0: 200
	header map[string]string
	body   string
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := ""
	if r.Method == http.MethodPost {
		raw := make([]byte, 1<<16)
		n, _ := r.Body.Read(raw)
		body = " " + string(raw[:n])
	}
	a.got = append(a.got, r.Method+" "+r.URL.RequestURI()+body)
	page, ok := a.pages[r.Method+" "+r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	for name, value := range page.header {
		w.Header().Set(name, value)
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	w.WriteHeader(max(page.status, 200))
	_, _ = w.Write([]byte(page.body))
}

func html200(body string) answer { return answer{body: body} }
