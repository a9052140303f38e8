package flow

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
)

// ending answers as pages say, and ends some requests with an error after a time.
type ending struct {
	pages answers
	at    string // the path
	after time.Duration
	err   error // nil: the connection is closed
}

func (e *ending) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != e.at || e.err == nil {
		dial := func(context.Context, string, string) (net.Conn, error) {
			client, server := portaltest.Pipe()
			portaltest.Serve(server, e)
			return client, nil
		}
		return (&http.Transport{DialContext: dial, DisableKeepAlives: true}).RoundTrip(r)
	}
	time.Sleep(e.after)
	return nil, e.err
}

func (e *ending) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == e.at {
		time.Sleep(e.after)
		panic(http.ErrAbortHandler)
	}
	e.pages.ServeHTTP(w, r)
}

const closedFlow = `format = 1
hosts = ["a.test"]
[inputs.code]
prompt = "Code"
[[step]]
id = "page"
open = "http://a.test/"
capture.tok = { css = "b" }
[[step]]
id = "login"
post = "/login"
form = {}
closed = { goto = "state", late = "down" }
capture.hi = { css = "i", optional = true }
next = "end"
[[step]]
id = "state"
open = "/state?{{.capture.tok}}{{.capture.hi}}"
  [[step.case]]
  when = [{ css = "u" }]
  result = "denied"
  reason = "no"
[[step]]
id = "more"
open = "/more?{{.input.code}}"
next = "end"
[[step]]
id = "down"
open = "/down"
  [[step.case]]
  when = [{ url = "*" }]
  result = "later"
  reason = "down"
`

// A step whose connection is closed without an answer goes on where closed says, by how long that
// took. Any other failure ends the flow as before.
func TestClosedWithoutAnAnswer(t *testing.T) {
	f := mustParse(t, closedFlow)
	if in := f.Inputs(); !in[0].OnDemand {
		t.Errorf("%+v: a login may succeed without it", in)
	}
	pages := map[string]answer{"GET /": html200("<b>7</b>"), "POST /login": html200("<i>hi"), "GET /state": html200("<u>"), "GET /down": html200("x")}
	for name, test := range map[string]struct {
		at    string
		after time.Duration
		err   error
		want  Outcome // unknown: an error
		sent  string
	}{
		"answered":       {at: "/none", want: Submitted, sent: "GET / POST /login "},
		"closed":         {at: "/login", want: Denied, sent: "GET / GET /state?7"},
		"closed late":    {at: "/login", after: 50 * time.Second, want: Later, sent: "GET / GET /down"},
		"reset":          {at: "/login", err: syscall.ECONNRESET, want: Denied, sent: "GET / GET /state?7"},
		"another error":  {at: "/login", err: errors.New("no route"), sent: "GET /"},
		"another step":   {at: "/", sent: ""},
		"takes too long": {at: "/login", after: 2 * portal.StepTimeout, sent: "GET /"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &ending{answers{pages: pages}, test.at, test.after, test.err}
				s, err := portal.New(portal.Config{Transport: e, Hosts: f.Hosts()})
				if err != nil {
					t.Fatal(err)
				}
				var observed []string
				result, err := f.Run(t.Context(), s, Env{Terms: agreed, Inputs: inputs(map[string]string{"code": "1"}), Observe: func(d Decision) {
					observed = append(observed, d.Step+" "+d.Closed+" "+d.Goto)
				}})
				if got := strings.Join(e.pages.got, " "); result.Outcome != test.want || (err != nil) != (test.want == OutcomeUnknown) || got != test.sent {
					t.Errorf("%v, %v; sent %q, want %q", result, err, got, test.sent)
				}
				wantClosed := map[Outcome]string{Denied: "login goto state", Later: "login late down"}[test.want]
				if got := strings.Join(observed, ", "); wantClosed != "" && !strings.Contains(got, wantClosed) {
					t.Errorf("observed %q", got)
				}
				time.Sleep(3 * portal.StepTimeout) // what is not read ends
			})
		})
	}
}
