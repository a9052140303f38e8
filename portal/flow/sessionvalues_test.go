package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFlowKeys(t *testing.T) {
	f, err := Parse(Maintain, "cafe/maintain.toml", []byte("every = 180\n"+step0))
	if err != nil || f.Every() != 3*time.Minute || f.Terms() != "" {
		t.Errorf("%v, %v", f, err)
	}
	f, err = Parse(Authenticate, "cafe/authenticate.toml", []byte("terms = 'Terms of Cafe Lumen'\n"+step0))
	if err != nil || f.Terms() != "Terms of Cafe Lumen" || f.Every() != 0 {
		t.Errorf("%v, %v", f, err)
	}
}

// A session value may be in a URL, but is never shown: neither the old one nor its
// replacement.
func TestSessionValuesAreRedacted(t *testing.T) {
	const old, next = "0a0b0c0d0e0f", "1a1b1c1d1e1f"
	for name, page := range map[string]answer{
		"well":    html200("<i>" + next + "</i>"),
		"broken":  {status: 500, body: "<title>no session " + old + "</title>"},
		"foreign": {status: 302, header: map[string]string{"Location": "http://evil.test/" + old}, body: "<i>" + next + "</i>"},
	} {
		t.Run(name, func(t *testing.T) {
			f := mustParse(t, head+`[[step]]
id = "alive"
open = "http://a.test/alive/{{.session.key}}?k={{.session.key}}"
expect = [{ status = [200, 302] }]
capture = { key = { css = "i" } }
[[step]]
id = "bad"
open = '{{concat .session.key ":" .capture.key}}'
`)
			s := newSession(t, f, &answers{pages: map[string]answer{"GET /alive/" + old: page}})
			_, err := f.Run(t.Context(), s, Env{Session: map[string]string{"key": old}, SessionCaptures: []string{"key"}})
			if err == nil {
				t.Fatal("no error, although the second URL is invalid")
			}
			trace, marshalErr := json.Marshal(s.Trace())
			if marshalErr != nil || !strings.Contains(string(trace), "/alive/[redacted]") {
				t.Errorf("trace %s, %v", trace, marshalErr)
			}
			for _, text := range []string{err.Error(), string(trace)} {
				if strings.Contains(text, old) || strings.Contains(text, next) {
					t.Errorf("leaked in %s", text)
				}
			}
		})
	}
}

// A session value is captured verbatim, because it is no secret.
func TestSessionValueIsCaptured(t *testing.T) {
	f := mustParse(t, head+"[[step]]\nid = 'alive'\nopen = 'http://a.test/?{{.session.key}}'\ncapture = { key = { css = 'i' } }\n")
	s := newSession(t, f, &answers{pages: map[string]answer{"GET /": html200("<i>0a0b0c0d0e0f</i>")}})
	result, err := f.Run(t.Context(), s, Env{Session: map[string]string{"key": "0a0b0c0d0e0f"}})
	if err != nil || result.Captures["key"] != "0a0b0c0d0e0f" {
		t.Errorf("%+v, %v", result, err)
	}
}

// A case that jumps or ends as submitted keeps captures; others do not.
func TestCaseCaptures(t *testing.T) {
	for decides, want := range map[string]map[string]string{
		`result = "submitted"`: {"id": "7"}, `goto = "two"`: {"id": "7"},
		`result = "denied"`: {}, `result = "needs-user"`: {}, `result = "unsupported"`: {},
	} {
		f := mustParse(t, strings.Replace(step0, "'/'", "'http://a.test/'", 1)+`
capture = { id = { css = "i" }, none = { css = "u" }, maybe = { css = "u", optional = true } }
[[step.case]]
when = [{ css = "b" }]
`+decides+`
[[step]]
id = "two"
open = "http://a.test/"
`)
		f.steps[0].action = &openAction{url: mustTemplate(t, "http://a.test/")}
		s := newSession(t, f, &answers{pages: map[string]answer{"GET /": html200("<b>in</b><i>7</i>")}})
		got, err := f.Run(t.Context(), s, Env{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Captures); diff != "" {
			t.Errorf("%s: %s", decides, diff)
		}
	}
}

// The reason is the text of the first query that finds one.
func TestReasonOfQueries(t *testing.T) {
	page := html200("<p class=e>Wrong <b>PIN</b></p><i></i><status>REJECT</status><!--<WISPAccessGatewayParam><ReplyMessage>No credit</ReplyMessage>-->")
	for when, want := range map[string]string{
		`{ css = ".e" }`:                            `the portal says "Wrong PIN"`,
		`{ url = "*" }, { css = ".e" }`:             `the portal says "Wrong PIN"`,
		`{ css = "i" }, { wispr = "ReplyMessage" }`: `the portal says "No credit"`,
		`{ xml = "status", text = "rej" }`:          `the portal says "REJECT"`,
		`{ url = "*", param = "reply" }`:            `the portal says "No luck"`,
		`{ json = "x", absent = true }`:             `no json "x" on the page without a title (status 200)`,
		`{ xml = "status", equals = "REJECT" }`:     `xml status that equals "REJECT" on the page without a title (status 200)`,
		`{ css = ".e", attr = "class" }`:            `css ".e" attr class on the page without a title (status 200)`,
		`{ header = "Content-Type" }`:               `header Content-Type on the page without a title (status 200)`,
	} {
		f := mustParse(t, step0+"[[step.case]]\nwhen = ["+when+"]\nresult = 'denied'\n")
		f.steps[0].action = &openAction{url: mustTemplate(t, "http://a.test/?reply=No+luck")}
		got, err := f.Run(t.Context(), newSession(t, f, &answers{pages: map[string]answer{"GET /": page}}), Env{})
		if err != nil || got.Reason != want {
			t.Errorf("%s: got %s, %v; want %s", when, got.Reason, err, want)
		}
	}
}

// A replay has its own clock, randomness and sleep: runs take no time and are equal.
func TestReplay(t *testing.T) {
	var slept []time.Duration
	env := Env{
		Now:    func() time.Time { return time.UnixMilli(1767323045678) },
		Random: strings.NewReader("\x01\x23\x45"),
		Sleep: func(_ context.Context, d time.Duration) error {
			slept = append(slept, d)
			return nil
		},
	}
	f := mustParse(t, head+`[[step]]
id = "one"
open = "http://a.test/meta?{{now_ms}}&{{random_hex 5}}"
[[step]]
id = "two"
follow = "meta"
[[step]]
id = "three"
wait = { seconds = 60 }
[[step]]
id = "four"
wait = { open = "/", every = 7, at_most = 30, until = [{ css = "b" }] }
`)
	server := &answers{pages: map[string]answer{"GET /meta": html200(`<meta http-equiv=refresh content="5;url=/next">`), "GET /next": html200(""), "GET /": html200("")}}
	_, err := f.Run(t.Context(), newSession(t, f, server), env)
	if want := `wait 30s: want css "b"; found nothing`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	if server.got[0] != "GET /meta?1767323045678&01234" {
		t.Errorf("asked %s", server.got[0])
	}
	if diff := cmp.Diff("[5s 1m0s 7s 7s 7s 7s 7s]", fmt.Sprint(slept)); diff != "" {
		t.Error(diff)
	}
}

// An exhausted source of randomness ends the flow, and so does an interrupted sleep.
func TestReplayEnds(t *testing.T) {
	f := mustParse(t, openFlow("http://a.test/{{random_hex 2}}"))
	_, err := f.Run(t.Context(), newSession(t, f, &answers{}), Env{Random: strings.NewReader("")})
	if err == nil || !strings.Contains(err.Error(), "random_hex: "+io.EOF.Error()) {
		t.Errorf("got %v", err)
	}
	broken := errors.New("no time")
	f = mustParse(t, openFlow("http://a.test/")+"[[step]]\nid = 'w'\nwait = { seconds = 1 }\n")
	_, err = f.Run(t.Context(), newSession(t, f, &answers{}), Env{Sleep: func(context.Context, time.Duration) error { return broken }})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// A flow that reads what the agent could not keep says why it is missing.
func TestSessionValueLeftOut(t *testing.T) {
	f := mustParse(t, head+"[[step]]\nid = 'bye'\nopen = 'http://a.test/?{{.session.key}}'\n")
	for _, test := range []struct {
		leftOut []string
		want    string
	}{{nil, "it is not there"}, {[]string{"other"}, "it is not there"}, {[]string{"key"}, "read .session.key: it is lost since the agent restarted: a value that contains a secret is not stored"}} {
		_, err := f.Run(t.Context(), newSession(t, f, &answers{}), Env{SessionLeftOut: test.leftOut})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %s", test.leftOut, err, test.want)
		}
	}
}
