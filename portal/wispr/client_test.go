package wispr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/portal"
)

// gateway is scripted: answers by "METHOD URL", of which the last one repeats. It records
// the requests.
type gateway struct {
	answers   map[string][]string // bodies; one that begins with "http" is a redirect there
	requests  []string
	sent      []string // bodies of the requests
	onRequest func(request string)
}

func (g *gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	request := r.Method + " " + r.URL.String()
	body, _ := io.ReadAll(r.Body)
	g.requests, g.sent = append(g.requests, request), append(g.sent, string(body))
	if g.onRequest != nil {
		g.onRequest(request)
	}
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	answers := g.answers[request]
	if len(answers) == 0 {
		return nil, fmt.Errorf("nothing answers %s", request)
	}
	if len(answers) > 1 {
		g.answers[request] = answers[1:]
	}
	response := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}}
	if to, message, _ := strings.Cut(answers[0], " "); strings.HasPrefix(to, "http") {
		response.StatusCode = http.StatusFound
		response.Header.Set("Location", to)
		answers[0] = message
	}
	response.Body = io.NopCloser(strings.NewReader(answers[0]))
	return response, nil
}

func (g *gateway) client(t *testing.T) *Client {
	t.Helper()
	return newClient(t, g)
}

// newClient speaks to a gateway as a helper's would.
func newClient(t *testing.T, g http.RoundTripper) *Client {
	t.Helper()
	session, err := portal.New(portal.Config{
		Transport: g, Hosts: []string{"op.test", "@gateway"}, Gateway: netip.MustParseAddr("192.0.2.1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &Client{Session: session}
}

// write makes a message: type, code, and what else there is.
func write(t Type, code Code, more ...string) string {
	return fmt.Sprintf("<WISPAccessGatewayParam><%s><MessageType>%d</MessageType><ResponseCode>%d</ResponseCode>%s</%s></WISPAccessGatewayParam>",
		t, int(t), int(code), strings.Join(more, ""), t)
}

func tag(name, text string) string { return "<" + name + ">" + text + "</" + name + ">" }

func read(t *testing.T, body string) Message {
	t.Helper()
	m, ok := Find(body)
	if !ok {
		t.Fatalf("no message in %s", body)
	}
	return m
}

// What the scripts of these tests have in common.
const (
	loginURL   = "https://op.test/login?a=1"
	resultsURL = "http://192.0.2.1/result?id=7&n=1"
	abortURL   = "http://192.0.2.1/abort"
	logoffURL  = "http://192.0.2.1/logoff"
	postLogin  = "POST " + loginURL
	getResult  = "GET " + resultsURL
	getAbort   = "GET " + abortURL
)

func offer(more ...string) string {
	return write(Redirect, NoError, append([]string{tag("LoginURL", loginURL), tag("AbortLoginURL", abortURL)}, more...)...)
}

var ada = Credentials{User: portal.Plain("ada@op.test"), Password: portal.Secret("s3cret word")}

func TestLogin(t *testing.T) {
	pending := write(AuthenticationReply, Pending, tag("LoginResultsURL", resultsURL))
	success := write(AuthenticationReply, LoginSucceeded, tag("LogoffURL", logoffURL), tag("MaxSessionTime", "60"))
	polled := write(PollReply, LoginSucceeded, tag("LogoffURL", "/logoff"), tag("MaxSessionTime", "3600"))
	refused := write(AuthenticationReply, LoginRejected, tag("ReplyMessage", "Wrong"), tag("ReplyMessage", "  password.\n"))
	two := tag("VersionHigh", "2.0")
	for _, test := range []struct {
		name     string
		offer    string
		answers  map[string][]string
		want     Answer
		err      error
		requests []string
		after    time.Duration
	}{
		{
			name:     "at once",
			answers:  map[string][]string{postLogin: {success}},
			want:     Answer{Type: AuthenticationReply, Code: LoginSucceeded, LogoffURL: logoffURL},
			requests: []string{postLogin},
		},
		{
			name: "at once, in version 2.0", offer: offer(two),
			answers:  map[string][]string{postLogin: {success}},
			want:     Answer{Type: AuthenticationReply, Code: LoginSucceeded, LogoffURL: logoffURL, SessionTime: time.Minute},
			requests: []string{postLogin},
		},
		{
			name:     "in the body of a redirect",
			answers:  map[string][]string{postLogin: {"http://op.test/welcome " + success}, "GET http://op.test/welcome": {offer()}},
			want:     Answer{Type: AuthenticationReply, Code: LoginSucceeded, LogoffURL: logoffURL},
			requests: []string{postLogin, "GET http://op.test/welcome"},
		},
		{
			name:     "pending, the first poll at once",
			answers:  map[string][]string{postLogin: {pending}, getResult: {pending, polled}},
			want:     Answer{Type: PollReply, Code: LoginSucceeded, LogoffURL: logoffURL},
			requests: []string{postLogin, getResult, getResult},
			after:    pollDelay,
		},
		{
			name:     "pending, with delays of the gateway's",
			answers:  map[string][]string{postLogin: {write(AuthenticationReply, Pending, tag("LoginResultsURL", resultsURL), tag("Delay", "5"))}, getResult: {write(PollReply, Pending, tag("Delay", "7")), polled}},
			want:     Answer{Type: PollReply, Code: LoginSucceeded, LogoffURL: logoffURL},
			requests: []string{postLogin, getResult, getResult},
			after:    12 * time.Second,
		},
		{
			name: "CoovaChilli's hour is not believed", offer: offer(two),
			answers:  map[string][]string{postLogin: {pending}, getResult: {polled}},
			want:     Answer{Type: PollReply, Code: LoginSucceeded, LogoffURL: logoffURL},
			requests: []string{postLogin, getResult},
		},
		{
			name:     "already on",
			answers:  map[string][]string{postLogin: {write(PollReply, RADIUSError, tag("ReplyMessage", "Already logged on"))}},
			want:     Answer{Type: PollReply, Code: RADIUSError, Text: "Already logged on"},
			requests: []string{postLogin},
		},
		{
			name:     "refused, and aborted",
			answers:  map[string][]string{postLogin: {refused}, getAbort: {write(AbortReply, LoginAborted)}},
			want:     Answer{Type: AuthenticationReply, Code: LoginRejected, Text: "Wrong password."},
			requests: []string{postLogin, getAbort},
		},
		{
			name:     "refused, and no answer to the abort",
			answers:  map[string][]string{postLogin: {refused}},
			want:     Answer{Type: AuthenticationReply, Code: LoginRejected, Text: "Wrong password."},
			requests: []string{postLogin, getAbort},
		},
		{
			name:     "the abort comes too late",
			answers:  map[string][]string{postLogin: {write(AuthenticationReply, GatewayError)}, getAbort: {write(AbortReply, LoginSucceeded, tag("LogoffURL", logoffURL))}},
			want:     Answer{Type: AbortReply, Code: LoginSucceeded, LogoffURL: logoffURL},
			requests: []string{postLogin, getAbort},
		},
		{
			name:     "refused, and the abort comes too late",
			answers:  map[string][]string{postLogin: {refused}, getAbort: {write(AbortReply, LoginSucceeded, tag("LogoffURL", logoffURL))}},
			want:     Answer{Type: AuthenticationReply, Code: LoginRejected, Text: "Wrong password."},
			requests: []string{postLogin, getAbort},
		},
		{
			name:     "no message",
			answers:  map[string][]string{postLogin: {"<p>Welcome</p>"}, getAbort: {"<p>no</p>"}},
			err:      ErrNoMessage,
			requests: []string{postLogin, getAbort},
		},
		{
			name:     "only the redirect again",
			answers:  map[string][]string{postLogin: {offer()}, getAbort: {""}},
			err:      ErrNoMessage,
			requests: []string{postLogin, getAbort},
		},
		{
			name: "no type", offer: write(Redirect, NoError, tag("LoginURL", loginURL)),
			answers:  map[string][]string{postLogin: {"<WISPAccessGatewayParam><ResponseCode>50</ResponseCode>"}},
			want:     Answer{Code: LoginSucceeded},
			requests: []string{postLogin},
		},
		{
			name:     "pending without an address",
			answers:  map[string][]string{postLogin: {write(AuthenticationReply, Pending)}, getAbort: {""}},
			err:      ErrPending,
			requests: []string{postLogin, getAbort},
		},
		{
			name:     "pending for ever",
			answers:  map[string][]string{postLogin: {pending}, getResult: {pending}, getAbort: {""}},
			err:      ErrPending,
			requests: slices.Concat([]string{postLogin}, slices.Repeat([]string{getResult}, maxPolls), []string{getAbort}),
			after:    (maxPolls - 1) * pollDelay,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if test.offer == "" {
					test.offer = offer()
				}
				g := &gateway{answers: test.answers}
				begin := time.Now()
				answer, err := g.client(t).Login(t.Context(), read(t, test.offer), ada, "http://check.test/")
				if !errors.Is(err, test.err) {
					t.Fatalf("%+v, %v; want %v", answer, err, test.err)
				}
				if diff := cmp.Diff(test.want, answer); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(test.requests, g.requests); diff != "" {
					t.Error(diff)
				}
				if after := time.Since(begin); after != test.after {
					t.Errorf("took %v, want %v", after, test.after)
				}
				form := "button=Login&UserName=ada%40op.test&Password=s3cret+word&FNAME=0&OriginatingServer=http%3A%2F%2Fcheck.test%2F"
				if read(t, test.offer).OffersVersion2() {
					form += "&WISPrVersion=2.0"
				}
				if g.sent[0] != form {
					t.Errorf("sent %s", g.sent[0])
				}
			})
		})
	}
}

// A login that is given up is aborted anyway, and does not take long for it.
func TestLoginCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		pending := write(AuthenticationReply, Pending, tag("LoginResultsURL", resultsURL))
		g := &gateway{answers: map[string][]string{postLogin: {pending}, getResult: {pending}, getAbort: {write(AbortReply, LoginAborted)}}}
		g.onRequest = func(request string) {
			if request == getResult {
				cancel()
			}
		}
		_, err := g.client(t).Login(ctx, read(t, offer()), ada, "http://check.test/")
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{postLogin, getResult, getAbort}, g.requests); diff != "" {
			t.Error(diff)
		}
	})
}

// What a hostile network may name as an address, and what must not come of it.
func TestLoginHostile(t *testing.T) {
	for _, test := range []struct {
		name, login, results string
		requests             int // requests
		secret, host         bool
	}{
		{name: "in clear", login: "http://op.test/login", secret: true},
		{name: "at the gateway", login: "http://192.0.2.1/login", secret: true},
		{name: "at another host", login: "https://evil.test/login", host: true},
		{name: "at this computer", login: "https://127.0.0.1/login", host: true},
		{name: "user info that looks like the host", login: "https://op.test@evil.test/", host: true},
		{name: "result at another host", results: "http://evil.test/", requests: 2, host: true},
		{name: "password in the result's address", results: "http://192.0.2.1/?p=s3cret+word", requests: 2, secret: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.login == "" {
				test.login = loginURL
			}
			g := &gateway{answers: map[string][]string{
				postLogin: {write(AuthenticationReply, Pending, tag("LoginResultsURL", test.results))},
				getAbort:  {write(AbortReply, LoginAborted)},
			}}
			m := read(t, write(Redirect, NoError, tag("LoginURL", test.login), tag("AbortLoginURL", abortURL)))
			_, err := g.client(t).Login(t.Context(), m, ada, "http://check.test/")
			_, secret := errors.AsType[*portal.SecretError](err)
			_, host := errors.AsType[*portal.HostError](err)
			if secret != test.secret || host != test.host || len(g.requests) != test.requests {
				t.Errorf("requests %q: %v", g.requests, err)
			}
		})
	}
}

func TestFindRedirect(t *testing.T) {
	const next = "http://192.0.2.1/next"
	away := write(Proxy, ProxyRepeat, tag("NextURL", next), tag("Delay", "3"))
	for _, test := range []struct {
		name, first string
		answers     []string // of next
		fails       string
		is          error
		after       time.Duration
	}{
		{name: "there already", first: offer()},
		{name: "after one", first: away, answers: []string{offer()}, after: 3 * time.Second},
		{name: "after two", first: away, answers: []string{away, offer()}, after: 6 * time.Second},
		{name: "an endless delay", first: write(Proxy, ProxyRepeat, tag("NextURL", next), tag("Delay", "99999999999")), answers: []string{offer()}, after: maxDelay},
		{name: "a long delay", first: write(Proxy, ProxyRepeat, tag("NextURL", next), tag("Delay", "9999")), answers: []string{offer()}, after: maxDelay},
		{name: "for ever", first: away, answers: []string{away}, fails: "more than 5 WISPr Proxy messages", after: maxRounds * 3 * time.Second},
		{name: "no address", first: write(Proxy, ProxyRepeat, tag("Delay", "2")), is: ErrProbeAgain, after: 2 * time.Second},
		{name: "no message", first: away, answers: []string{"<p>"}, is: ErrNoMessage, after: 3 * time.Second},
		{name: "another message", first: write(LogoffReply, LogoffSucceeded), is: ErrNoMessage},
		{name: "another host", first: write(Proxy, ProxyRepeat, tag("NextURL", "http://evil.test/")), fails: "not among the hosts"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &gateway{answers: map[string][]string{"GET " + next: test.answers}}
				begin := time.Now()
				m, err := g.client(t).FindRedirect(t.Context(), read(t, test.first))
				switch {
				case test.is != nil && !errors.Is(err, test.is), test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)):
					t.Errorf("got %v", err)
				case test.is == nil && test.fails == "" && (err != nil || m.LoginURL() != loginURL):
					t.Errorf("login at %q: %v", m.LoginURL(), err)
				}
				if after := time.Since(begin); after != test.after {
					t.Errorf("took %v, want %v", after, test.after)
				}
			})
		})
	}
}

func TestLogoff(t *testing.T) {
	for body, want := range map[string]Code{
		write(LogoffReply, LogoffSucceeded):                        LogoffSucceeded,
		"http://192.0.2.1/bye " + write(LogoffReply, GatewayError): GatewayError,
		"<p>Goodbye</p>": CodeUnknown,
	} {
		g := &gateway{answers: map[string][]string{"GET " + logoffURL: {body}, "GET http://192.0.2.1/bye": {"<p>"}}}
		answer, err := g.client(t).Logoff(t.Context(), logoffURL)
		if failed := errors.Is(err, ErrNoMessage); failed != (want == CodeUnknown) || !failed && answer.Code != want {
			t.Errorf("%s: %+v, %v", body, answer, err)
		}
	}
	if _, err := (&gateway{}).client(t).Logoff(t.Context(), "http://evil.test/"); err == nil {
		t.Error("logged off at another host")
	}
}
