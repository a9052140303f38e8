package replay

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// site responds by path; an unknown path fails.
type site map[string]*http.Response

func (s site) RoundTrip(r *http.Request) (*http.Response, error) {
	response := s[r.URL.Path]
	if response == nil {
		return nil, errors.New("connection reset")
	}
	return response, nil
}

func answer(body string, header http.Header) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// TestRoundTripRecords: the session gets what the portal sent, and the case the stable part.
func TestRoundTripRecords(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	soon, past := time.Now().Add(day).UTC().Format(http.TimeFormat), time.Now().Add(-day).UTC().Format(http.TimeFormat)
	r := &Recorder{Limit: 100, Transport: site{
		"/packed": answer(zipped("packed"), http.Header{"Content-Encoding": {"gzip"}, "X": {"y"}}),
		"/lie":    answer("lie", http.Header{"Content-Encoding": {"gzip"}}),
		"/cookie": answer("", http.Header{"Date": {soon}, "Content-Length": {"0"}, "Set-Cookie": {"a=1; expires=" + soon + "; Path=/", "b=2; Expires=" + past}}),
		"/long":   answer(strings.Repeat("long", 50), nil),
	}}
	got := map[string]string{}
	for _, path := range []string{"/packed", "/lie", "/cookie", "/long", "/gone"} {
		request, err := http.NewRequest(http.MethodGet, "http://cafe.test"+path+"#top", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := r.RoundTrip(request)
		if err != nil {
			got[path] = err.Error()
			continue
		}
		data, err := io.ReadAll(response.Body)
		if err != nil {
			t.Error(err)
		}
		got[path] = string(data)
	}
	if diff := cmp.Diff(map[string]string{"/packed": zipped("packed"), "/lie": "lie", "/cookie": "", "/long": strings.Repeat("long", 50), "/gone": "connection reset"}, got); diff != "" {
		t.Error(diff)
	}
	var texts []string
	c, err := r.Case(t.Context(), "case", plugins.FlowAuthenticate, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range c.Answers {
		texts = append(texts, a.To+" "+string(a.data)+a.Error+strings.Join(a.Header["Set-Cookie"], "|")+strings.Join(a.Header["Date"], "")+strings.Join(a.Header["Content-Encoding"], ""))
	}
	want := []string{
		"GET http://cafe.test/packed packed", "GET http://cafe.test/lie lie",
		"GET http://cafe.test/cookie a=1; Path=/|b=2; Expires=" + past, "GET http://cafe.test/long [left out]", "GET http://cafe.test/gone connection reset",
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
}

// TestRecorderKeepsTimeAndRandomness: a replay computes the values of the live run.
func TestRecorderKeepsTimeAndRandomness(t *testing.T) {
	t.Parallel()
	p, err := pack.Load(fstest.MapFS{
		"cafe/pack.toml": {Data: []byte("format = 1\nname = 'cafe'\nversion = '1.0.0'\nlabel = 'Cafe'\n[[claim]]\nconfidence = 'low'\nssid = ['Cafe']\n")},
		"cafe/authenticate.toml": {Data: []byte("format = 1\nhosts = ['cafe.test']\n[[step]]\nid = 'a'\nopen = 'http://cafe.test/a?n={{random_hex 8}}&t={{now_ms}}'\n" +
			"[[step]]\nid = 'b'\nwait = { seconds = 9 }\n[[step]]\nid = 'c'\nopen = 'http://cafe.test/c?t={{now_ms}}'\n")},
	}, "cafe", "test")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	r := &Recorder{
		Simulated: true, OnLine: func(line string) { lines = append(lines, line) },
		Transport: site{"/a": answer("a", nil), "/c": answer("c", nil)},
	}
	var slept time.Duration
	result, err := p.Authenticate(t.Context(), r.Record(plugins.Job{
		Evidence: probe.Evidence{PortalURL: "http://cafe.test/", Hops: []probe.Hop{{URL: "http://cafe.test/", Status: 200}}},
		Sleep:    func(_ context.Context, d time.Duration) error { slept += d; return nil },
		Open: func(hosts, _ []string) (*portal.Session, error) {
			return portal.New(portal.Config{Hosts: hosts, Transport: r})
		},
	}))
	if err != nil || result.Outcome != flow.Submitted || slept != 9*time.Second {
		t.Fatal(result, err, slept)
	}
	c, err := r.Case(t.Context(), "case", plugins.FlowAuthenticate, "")
	if err != nil {
		t.Fatal(err)
	}
	outcome := c.Run(t.Context(), p)
	if outcome.Mismatch != nil || outcome.Outcome != flow.Submitted {
		t.Errorf("%v\n%s", outcome.Mismatch, outcome.Trace)
	}
	live := strings.Join(lines, "\n")
	replayed := outcome.Trace[strings.Index(outcome.Trace, "\n")+1 : strings.LastIndex(outcome.Trace, "\n\n")]
	if diff := cmp.Diff(replayed, live); diff != "" {
		t.Errorf("the reported lines differ from the trace: %s", diff)
	}
}

// TestForms finds the fields of a form in any enctype.
func TestForms(t *testing.T) {
	t.Parallel()
	var multi bytes.Buffer
	w := multipart.NewWriter(&multi)
	_ = w.WriteField("user", "ada & bob")
	_ = w.Close()
	for _, test := range []struct {
		kind, body, want string
		json             any
		wrong            string
	}{
		{kind: "application/x-www-form-urlencoded", body: "user=ada+%26+bob&x=y", want: "ada & bob"},
		{kind: w.FormDataContentType(), body: multi.String(), want: "ada & bob"},
		{kind: "multipart/form-data", body: "x", want: "ada", wrong: "the field user is missing"},
		{kind: "application/json", body: `{"a": {"b": [1, true, "x"], "c": null}, "d": 2.5}`, json: map[string]any{"a": map[string]any{"b": []any{int64(1), true, "x"}}, "d": 2.5}},
		{kind: "application/json", body: `{"a": [1, 2]}`, json: map[string]any{"a": []any{int64(1)}}, wrong: "differs from what was recorded"},
		{kind: "application/json", body: `{"a": 1}`, json: map[string]any{"b": int64(1)}, wrong: "differs from what was recorded"},
		{kind: "application/json", body: `[1]`, json: map[string]any{"b": int64(1)}, wrong: "differs from what was recorded"},
		{kind: "application/json", body: `no`, json: map[string]any{"b": int64(1)}, wrong: "want JSON: "},
	} {
		a := Answer{JSON: test.json}
		if test.want != "" {
			a.Form = map[string]string{"user": test.want}
		}
		err := a.mismatch(newAsked(&http.Request{Header: http.Header{"Content-Type": {test.kind}}}, []byte(test.body)), strings.ToLower)
		if (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%s %s: %v, want %q", test.kind, test.body, err, test.wrong)
		}
	}
}

// askedOften is a player of a case that answers the same request many times, and the request.
func askedOften(t *testing.T, ctx context.Context, kind, body string, answer Answer) (*player, *http.Request) {
	t.Helper()
	answer.method, answer.url, answer.To = http.MethodPost, "http://cafe.test/", "POST http://cafe.test/"
	p := &player{answers: slices.Repeat([]Answer{answer}, 100), onExchange: func(*http.Request, []byte, *Answer) {}}
	p.used = make([]bool, len(p.answers))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, answer.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	return p, request
}

// What is sent is read once, not for each field and each answer.
func TestSentIsReadOnce(t *testing.T) {
	const most = 64 << 20
	values, form := url.Values{}, map[string]string{}
	for i := range 2000 {
		values.Set(fmt.Sprint(i), "")
		form[fmt.Sprint(i)] = ""
	}
	form["other"] = ""
	for kind, test := range map[string]struct {
		body   string
		answer Answer
	}{
		"application/x-www-form-urlencoded": {values.Encode(), Answer{Form: form}},
		"application/json":                  {"[" + strings.Repeat("{},", 10_000) + "{}]", Answer{JSON: []any{}}},
	} {
		p, request := askedOften(t, t.Context(), kind, test.body, test.answer)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		response, err := p.RoundTrip(request)
		runtime.ReadMemStats(&after)
		if err == nil {
			response.Body.Close()
			t.Errorf("%s: answered", kind)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > most {
			t.Errorf("%s: %d MiB", kind, used>>20)
		}
	}
}

// A replay that is ended looks for no answer, and lacks none.
func TestSearchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p, request := askedOften(t, ctx, "application/x-www-form-urlencoded", "user=ada", Answer{Form: map[string]string{"user": "ada"}})
	response, err := p.RoundTrip(request)
	if err == nil {
		response.Body.Close()
	}
	if !errors.Is(err, context.Canceled) || p.unexpected != nil || slices.Contains(p.used, true) {
		t.Errorf("%v, unexpected: %v", err, p.unexpected)
	}
}

// FuzzOpenReport: any file is opened or refused.
func FuzzReadReport(f *testing.F) {
	right, err := zipFiles(map[string][]byte{metadataFile: []byte(`{"helper": "cafe"}`), "failed.toml": []byte("[[hop]]\nurl = 'http://a.test/'\n")}, time.Unix(1e9, 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(right)
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, data []byte) {
		report, err := readReport("report.zip", data)
		if err != nil {
			return
		}
		about, err := ReadMetadata(report)
		if err == nil && bytes.Equal(data, right) && about.Helper != "cafe" {
			t.Error(about)
		}
		if names, err := Names(report); err == nil && len(names) > 0 {
			_, _ = Load(report, names[0], "")
		}
	})
}
