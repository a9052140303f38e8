package flow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSteps checks the description of each action.
func TestSteps(t *testing.T) {
	t.Parallel()
	f, err := Parse(AnyKind, "flow.toml", []byte(`
format = 1
hosts  = ["cafe.test"]
[[step]]
id      = "open"
open    = "{{.probe.url}}"
  [[step.case]]
  when = [{ css = "form#terms" }, { url = "/terms" }]
  goto = "post"
[[step]]
id     = "submit"
submit = "form#login"
fields = { user = "a", pin = "b" }
[[step]]
id    = "post"
terms = "Terms of Cafe"
post  = "/go"
form = { a = "{{.probe.url | md5 | hex}}" }
[[step]]
id   = "json"
post = "/go"
json = { a = 1 }
[[step]]
id     = "refresh"
follow = "meta"
[[step]]
id     = "link"
follow = "a.next"
[[step]]
id   = "pause"
wait = { seconds = 3 }
[[step]]
id   = "poll"
wait = { open = "/status", every = 2, at_most = 30, until = [{ status = [200] }] }
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range f.Steps() {
		got = append(got, strings.Join(append([]string{s.ID + ": " + s.Action + s.Terms}, s.Cases...), " | "))
	}
	want := []string{
		`open: open {{.probe.url}} | css "form#terms" and url "/terms"`,
		`submit: submit form#login with user, pin`,
		`post: post /go with aTerms of Cafe`,
		`json: post /go with JSON`,
		`refresh: follow the page's refresh`,
		`link: follow a.next`,
		`pause: wait 3s`,
		`poll: open /status every 2s until status [200], at most 30s`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
