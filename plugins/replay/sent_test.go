package replay_test

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// sending is a pack whose flow sets headers, with marks that tests replace.
const sending = `
format = 1
hosts = ["login.cafe.test"]
[inputs.user]
prompt = "Name"
[inputs.code]
prompt = "Voucher"
secret = true
[[step]]
id = "page"
open = "{{.probe.url}}"
capture = { csrf = { css = "[name=csrf]", attr = "value" } }
[[step]]
id = "voucher"
post = "/api"
json = { device = "{{null}}" }
headers = { Authorization = "Bearer {{.input.code}}", X-Requested-With = "XMLHttpRequest", X-Token = "{{.capture.csrf}}" }
[[step]]
id = "realm"
open = "/realm"
basic = { user = "{{.input.user}}", password = "{{.input.code}}" }
expect = [{ status = [200] }]
`

// cafeAPI answers what the flow asks.
type cafeAPI struct{}

func (cafeAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	status, header, body := http.StatusOK, http.Header{"Content-Type": {"text/html"}}, "hello"
	switch {
	case r.URL.Path == "/":
		body = `<input type=hidden name=csrf value=7f3a91c04e5d2b68>`
	case r.URL.Path == "/realm" && r.Header.Get("Authorization") == "":
		status, header = http.StatusUnauthorized, http.Header{"Www-Authenticate": {`Basic realm="Cafe"`}}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func sendingPack(t *testing.T, flowText string) *pack.Pack {
	t.Helper()
	p, err := pack.Load(fstest.MapFS{
		"cafe/pack.toml":         {Data: []byte("format = 1\nname = 'cafe'\nversion = '1.0.0'\nlabel = 'Cafe'\n[[claim]]\nconfidence = 'high'\nportal_host = ['login.cafe.test']\n")},
		"cafe/authenticate.toml": {Data: []byte(flowText)},
	}, "cafe", "test")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Headers that a flow sets are recorded and checked, without secrets and what identifies the user.
func TestSentHeaders(t *testing.T) {
	t.Parallel()
	p := sendingPack(t, sending)
	recorder := &replay.Recorder{Transport: cafeAPI{}}
	evidence := probe.Evidence{Verdict: probe.VerdictPortal, PortalURL: "https://login.cafe.test/", Hops: []probe.Hop{{URL: "https://login.cafe.test/", Status: http.StatusOK}}}
	job := replay.NewJob(evidence, recorder, map[string]portal.Value{"user": portal.Plain("eve"), "code": portal.Secret("swordfish")})
	live, err := p.Authenticate(t.Context(), recorder.Record(job))
	if err != nil || live.Outcome != flow.Submitted {
		t.Fatal(live, err)
	}
	recorded, err := recorder.Case(t.Context(), "case", plugins.FlowAuthenticate, "headers")
	if err != nil {
		t.Fatal(err)
	}
	c, dir := written(t, recorded)
	outcome, err := recorder.Check(t.Context(), c, p, live, nil)
	if err != nil {
		t.Error(err)
	}
	text := contents(t, dir)
	for _, private := range []string{"swordfish", "eve", "7f3a91c04e5d2b68", "ZXZlOnN3b3JkZmlzaA==", "User-Agent"} {
		if strings.Contains(text, private) {
			t.Errorf("%s leaked:\n%s", private, text)
		}
	}
	if names := slices.Sorted(maps.Keys(c.Answers[1].Sent)); !slices.Equal(names, []string{"Authorization", "X-Requested-With", "X-Token"}) {
		t.Errorf("recorded headers %q", names)
	}
	for _, line := range []string{"\n    Authorization: Bearer [redacted]\n", "\n    X-Requested-With: XMLHttpRequest\n", "\n    Authorization: Basic [redacted]\n"} {
		if !strings.Contains(outcome.Trace, line) {
			t.Errorf("no %q in the trace:\n%s", line, outcome.Trace)
		}
	}
	for change, want := range map[[2]string]string{
		{`X-Requested-With = "XMLHttpRequest", `, ""}:                      "the header X-Requested-With is missing",
		{`"XMLHttpRequest"`, `"fetch"`}:                                    "the header X-Requested-With has another value",
		{`"{{.capture.csrf}}"`, `"{{lower .probe.host}}"`}:                 "the header X-Token has another value",
		{`"Bearer {{.input.code}}"`, `"Token {{.input.code}}"`}:            "the header Authorization has another value",
		{`password = "{{.input.code}}"`, `password = "{{.input.code}}no"`}: "the header Authorization has another value",
	} {
		changed := sendingPack(t, strings.Replace(sending, change[0], change[1], 1))
		if outcome := c.Run(t.Context(), changed); outcome.Mismatch == nil || !strings.Contains(outcome.Mismatch.Error(), want) {
			t.Errorf("%q: %v, want %s", change, outcome.Mismatch, want)
		}
	}
	// A case may have secrets redacted, and one of an earlier version has no headers at all.
	c.Answers[1].Sent["Authorization"] = "Bearer [redacted]"
	c.Answers[3].Sent["Authorization"] = "Basic [redacted]"
	if outcome := c.Run(t.Context(), p); outcome.Mismatch != nil {
		t.Error(outcome.Mismatch)
	}
	for i := range c.Answers {
		c.Answers[i].Sent = nil
	}
	if outcome := c.Run(t.Context(), p); outcome.Mismatch != nil {
		t.Error(outcome.Mismatch)
	}
}
