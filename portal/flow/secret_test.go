package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hotspot-helper/portal"
)

const secretFlow = `format = 1
hosts = ["a.test"]
inputs.user = { prompt = "User" }
inputs.pin = { prompt = "PIN", secret = true }
[[step]]
id = "one"
open = "https://a.test/"
[[step]]
id = "two"
%s
`

const pin = "s3cr3tPIN"

// A template with a secret input is a secret: refused over plain http.
func TestSecretStaysOffCleartext(t *testing.T) {
	for _, step := range []string{
		"submit = 'form'\nfields = { p = '{{.input.pin}}', u = '{{.input.user}}' }",
		"post = '/'\nform = { p = '{{md5 .input.pin | hex}}', u = '{{.input.user}}' }",
		"post = '/'\njson = { a = [{ p = 'x{{.input.pin}}{{.input.user}}' }] }",
	} {
		for _, scheme := range []string{"https", "http"} {
			text := strings.Replace(fmt.Sprintf(secretFlow, step), "https:", scheme+":", 1)
			f := mustParse(t, text)
			handler := &answers{pages: map[string]answer{
				"GET /": html200("<form method=post></form>"), "POST /": html200("ok"),
			}}
			env := Env{Inputs: inputs(map[string]string{"pin": pin, "user": "ada"})} // plain, but declared secret
			result, err := f.Run(t.Context(), newSession(t, f, handler), env)
			sent := len(handler.got) == 2
			if sent != (scheme == "https") || (err == nil) != sent {
				t.Errorf("%s over %s: sent %v, %+v, %v", step, scheme, handler.got, result, err)
			}
		}
	}
}

// A value that the user keeps as a secret is one, regardless of what the flow declares: it goes into no
// URL without the user's permission.
func TestUndeclaredSecret(t *testing.T) {
	f := mustParse(t, strings.Replace(fmt.Sprintf(secretFlow, "open = '/{{.input.user}}'\n[[step]]\nid='x'\npost='/'\nform={p='{{.input.pin}}'}"), "/{{", "/?{{", 1))
	handler := &answers{pages: map[string]answer{"GET /": html200("")}}
	env := Env{Inputs: inputs(map[string]string{"user": "ada", "pin": pin}, "user")}
	_, err := f.Run(t.Context(), newSession(t, f, handler), env)
	if _, refused := errors.AsType[*portal.SecretError](err); !refused || !strings.Contains(err.Error(), "the URL would contain it") || strings.Contains(err.Error(), "ada") {
		t.Errorf("got %v", err)
	}
	if len(handler.got) != 0 && strings.Contains(fmt.Sprint(handler.got), "ada") {
		t.Errorf("sent %v", handler.got)
	}
	s, err := portal.New(portal.Config{
		Transport: handlerTransport{handler}, Hosts: f.Hosts(),
		Permission: func() portal.Permission { return portal.Permission{Cleartext: true} },
	})
	if err != nil {
		t.Fatal(err)
	}
	handler.pages["POST /"] = html200("ok")
	if result, err := f.Run(t.Context(), s, env); err != nil || result.Outcome != Submitted || !strings.Contains(fmt.Sprint(handler.got), "GET /?ada") {
		t.Errorf("with permission: %+v, %v, sent %v", result, err, handler.got)
	}
}

// A secret that the portal echoes is in no error, reason, capture, log or trace.
func TestSecretDoesNotLeak(t *testing.T) {
	echo := html200("<title>" + pin + "</title><p class=error>wrong PIN " + pin + "</p><i>" + pin + "</i><a href='//[" + pin + "'></a>")
	echo.header = map[string]string{"X-Echo": pin}
	login := "submit = 'form:not(#away)'\nfields = { p = '{{.input.pin}}' }\ncapture = { echo = { css = 'i' }, title = { css = 'title' } }\n"
	third := "[[step]]\nid = 'three'\n"
	for name, step := range map[string]string{
		"fine":              login,
		"only hashed":       strings.Replace(login, ".input.pin", "md5 .input.pin | hex", 1) + "expect = [{ css = 'i', equals = 'x' }]\n",
		"in a path":         strings.Replace(login, "'form:not(#away)'", "'#away'", 1) + "expect = [{ css = 'i', equals = 'x' }]\n",
		"reason":            login + "[[step.case]]\nwhen = [{ css = '.error' }]\nresult = 'denied'\n",
		"reason elsewhere":  login + "[[step.case]]\nwhen = [{ css = '.error', attr = 'class' }]\nresult = 'denied'\n",
		"expect":            login + "expect = [{ css = 'i', equals = 'x' }]\n",
		"expect header":     login + "expect = [{ header = 'X-Echo', equals = 'x' }]\n",
		"capture missing":   login + third + "open = '/'\ncapture = { n = { css = 'u' } }\n",
		"capture in a URL":  login + third + "open = '/{{.capture.echo}}'\n",
		"capture of a hash": login + third + "open = '/{{md5 .capture.echo | hex}}'\n",
		"form missing":      login + third + "submit = '#none'\n",
		"bad link":          login + third + "follow = 'a'\n",
		"no refresh":        login + third + "follow = 'meta'\n",
		"poll":              login + third + "wait = { open = '/', every = 1, at_most = 1, until = [{ css = 'i', equals = 'x' }] }\n",
	} {
		t.Run(name, func(t *testing.T) {
			f := mustParse(t, fmt.Sprintf(secretFlow, step)+"[[step]]\nid = 'used'\npost = '/'\nform = { u = '{{.input.user}}', e = '{{.capture.echo}}' }\n")
			handler := &answers{pages: map[string]answer{"GET /": echo, "POST /": echo}}
			handler.pages["GET /start"] = html200("<form method=post action=/></form><form id=away method=post action=/away></form>")
			handler.pages["POST /away"] = answer{status: 303, header: map[string]string{"Location": "/x/" + pin}}
			handler.pages["GET /x/"+pin] = echo
			f.steps[0].action = &openAction{url: mustTemplate(t, "https://a.test/start")}
			var log strings.Builder
			s, err := portal.New(portal.Config{
				Transport: handlerTransport{handler}, Hosts: f.Hosts(),
				Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			if err != nil {
				t.Fatal(err)
			}
			result, runErr := f.Run(t.Context(), s, Env{Inputs: inputs(map[string]string{"user": "ada", "pin": pin})})
			if len(handler.got) < 2 || !strings.Contains(handler.got[1], "p=") {
				t.Fatalf("the secret was not sent: %v, %v", handler.got, runErr)
			}
			if (name == "fine" || strings.HasPrefix(name, "reason")) != (runErr == nil) {
				t.Errorf("error %v", runErr)
			}
			trace, err := json.Marshal(s.Trace())
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{fmt.Sprintf("%v %+v %#v", result, result, result), fmt.Sprintf("%v %+v", runErr, runErr), log.String(), string(trace)} {
				if strings.Contains(text, pin) {
					t.Errorf("leaked in %s", text)
				}
			}
		})
	}
}

// The URL of the page may contain the secret before it is declared.
func TestSecretInAddress(t *testing.T) {
	f := mustParse(t, strings.Replace(fmt.Sprintf(secretFlow, "submit = 'form'\nfields = { p = '{{.input.pin}}', u = '{{.input.user}}' }"), "a.test/", "a.test/"+pin, 1))
	handler := &answers{pages: map[string]answer{"GET /" + pin: html200("no form")}}
	_, err := f.Run(t.Context(), newSession(t, f, handler), Env{Inputs: inputs(map[string]string{"user": "ada", "pin": pin})})
	if err == nil || strings.Contains(err.Error(), pin) || !strings.Contains(err.Error(), `submit "form": `) {
		t.Errorf("got %v", err)
	}
}

func mustTemplate(t *testing.T, text string) *template {
	t.Helper()
	compiled, err := compileTemplate(text)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// A host outside the list gets no request.
func TestForeignHostGetsNothing(t *testing.T) {
	f := mustParse(t, fmt.Sprintf(secretFlow, "submit = 'form'\nfields = { p = '{{.input.pin}}', u = '{{.input.user}}' }"))
	var hosts []string
	s := newSession(t, f, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hosts = append(hosts, r.URL.Host)
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<form method=post action='https://evil.test/'></form>"))
	}))
	_, err := f.Run(t.Context(), s, Env{Inputs: inputs(map[string]string{"user": "ada", "pin": pin})})
	if err == nil || len(hosts) != 1 {
		t.Errorf("talked to %v, %v", hosts, err)
	}
}

// A redirect with a secret is not followed, and the error of the flow says so.
func TestSecretRedirected(t *testing.T) {
	for name, test := range map[string]struct {
		status    int
		location  string
		expect    string
		submitted bool
	}{
		"repeated in clear": {status: 307, location: "http://a.test/in", expect: "{ css = '.in' }"},
		"in a URL":          {status: 302, location: "https://a.test/in?p=" + pin, expect: "{ status = [200] }"},
		"another host":      {status: 307, location: "https://b.test/in", expect: "{ status = [200] }"},
		"as expected":       {status: 307, location: "http://a.test/in", expect: "{ status = [307] }", submitted: true},
	} {
		f := mustParse(t, fmt.Sprintf(secretFlow, "post = '/'\nform = { p = '{{.input.pin}}', u = '{{.input.user}}' }\nexpect = ["+test.expect+"]"))
		s := newSession(t, f, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				w.Header().Set("Location", test.location)
				w.WriteHeader(test.status)
			}
		}))
		result, err := f.Run(t.Context(), s, Env{Inputs: inputs(map[string]string{"pin": pin, "user": "ada"})})
		explained := strings.Contains(fmt.Sprint(err), "; redirect not followed: send secret to host \"a.test\": ")
		if (err == nil) != test.submitted || explained == (test.submitted || name == "another host") || strings.Contains(fmt.Sprint(err), pin) {
			t.Errorf("%s: %v, %v", name, result, err)
		}
		var refused *portal.SecretError
		if errors.As(err, &refused) {
			t.Errorf("%s: %v looks like a secret that was not sent", name, err)
		}
		if page := s.Page(); page.Refused == nil {
			t.Errorf("%s: the page %v has no refused redirect", name, page)
		}
	}
}

// A host that only the network names, or that networks share, gets a secret only with consent.
func TestSecretToTheStart(t *testing.T) {
	for _, hosts := range []string{`hosts = ["@start"]`, `hosts = ["@param:sip"]`, `shared_hosts = ["a.test"]`} {
		checkAgreed(t, mustParse(t, strings.Replace(fmt.Sprintf(secretFlow, "post = '/'\nform = { p = '{{.input.pin}}', u = '{{.input.user}}' }"), `hosts = ["a.test"]`, hosts, 1)))
	}
}

func checkAgreed(t *testing.T, f *Flow) {
	for _, agreed := range []bool{false, true} {
		handler := &answers{pages: map[string]answer{"GET /": html200(""), "POST /": html200("")}}
		s, err := portal.New(portal.Config{
			Transport: handlerTransport{handler}, Hosts: f.Hosts(), Shared: f.SharedHosts(),
			Permission: func() portal.Permission { return portal.Permission{Cleartext: agreed, SharedHosts: agreed} },
			Start:      &url.URL{Scheme: "https", Host: "a.test", RawQuery: "sip=a.test"},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Run(t.Context(), s, Env{Inputs: inputs(map[string]string{"pin": pin, "user": "ada"})})
		var refused *portal.SecretError
		if sent := len(handler.got) == 2; sent != agreed || errors.As(err, &refused) == agreed {
			t.Errorf("agreed %v: sent %v, %v", agreed, handler.got, err)
		}
	}
}

// A capture may contain a secret that the portal returned. No permission lets it into a URL.
func TestEchoedSecret(t *testing.T) {
	f := mustParse(t, fmt.Sprintf(secretFlow, "post = '/'\nform = { p = '{{.input.pin}}', u = '{{.input.user}}' }\ncapture.echo = { css = 'b' }\n[[step]]\nid = 'x'\nopen = '/?{{.capture.echo}}'"))
	handler := &answers{pages: map[string]answer{"GET /": html200(""), "POST /": html200("<b>" + pin + "</b>")}}
	s, err := portal.New(portal.Config{
		Transport: handlerTransport{handler}, Hosts: f.Hosts(),
		Permission: func() portal.Permission { return portal.Permission{Cleartext: true, SharedHosts: true} },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Run(t.Context(), s, Env{Inputs: inputs(map[string]string{"user": "ada", "pin": pin})})
	if err == nil || !strings.Contains(err.Error(), "a secret is not allowed here: it goes only into fields, form, json, headers or basic") || len(handler.got) != 2 {
		t.Errorf("got %v, sent %v", err, handler.got)
	}
}

// A page may have the secret before the flow reads the input, as after an earlier attempt. What was captured there is a
// secret from then on.
func TestEchoBeforeTheSecret(t *testing.T) {
	const (
		captures = "[[step]]\nid = 'page'\nopen = 'https://a.test/'\ncapture.echo = { css = 'b' }\n"
		sends    = "[[step]]\nid = 'send'\npost = 'https://a.test/'\nform = { p = '{{.input.pin}}' }\n"
	)
	const begin = head + "[inputs.pin]\nprompt = 'PIN'\nsecret = true\n" + captures + sends
	for name, c := range map[string]struct{ more, want string }{
		"result":        {"", ""},
		"later step":    {"[[step]]\nid = 'x'\npost = 'http://a.test/'\nform = { d = '{{md5 .capture.echo | hex}}' }\n", "send secret to host"},
		"later address": {"[[step]]\nid = 'x'\nopen = 'https://a.test/?{{.capture.echo}}'\n", errSecret.Error()},
	} {
		f := mustParse(t, begin+c.more)
		handler := &answers{pages: map[string]answer{"GET /": html200("<b>" + pin + "</b>"), "POST /": html200("ok")}}
		result, err := f.Run(t.Context(), newSession(t, f, handler), Env{SessionCaptures: []string{"echo"}, Inputs: inputs(map[string]string{"pin": pin}, "pin")})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) || len(handler.got) != 2 || len(result.Captures) > 0 {
			t.Errorf("%s: %+v, %v, sent %v", name, result, err, handler.got)
		}
	}
}

// What the user keeps as a secret is no operand of a query, and no time, also if the flow does not call it secret.
func TestASecretDecidesNothing(t *testing.T) {
	const begin = head + "expires_in = '{{.input.pin}}'\n[inputs.pin]\nprompt = 'PIN'\n[[step]]\nid = 'one'\nopen = 'http://a.test/'\n"
	for name, c := range map[string]struct {
		text    string
		secret  bool
		refused bool
		want    Result // its times
	}{
		"expires":       {text: "", secret: true},
		"expires plain": {text: "", want: Result{Expires: 2718 * time.Second}},
		"after":         {text: "[[step.case]]\nwhen = [{ css = 'p' }]\nresult = 'later'\nafter = '{{.input.pin}}'\n", secret: true},
		"after plain":   {text: "[[step.case]]\nwhen = [{ css = 'p' }]\nresult = 'later'\nafter = '{{.input.pin}}'\n", want: Result{After: 2718 * time.Second}},
		"case":          {text: "[[step.case]]\nwhen = [{ css = 'p', equals = '{{slice .input.pin 0 1}}' }]\nresult = 'denied'\n", secret: true, refused: true},
		"case plain":    {text: "[[step.case]]\nwhen = [{ css = 'p', equals = '{{slice .input.pin 0 1}}' }]\nresult = 'denied'\n"},
		"expect":        {text: "expect = [{ css = 'p', equals = '{{slice .input.pin 0 1}}' }]\n", secret: true, refused: true},
		"capture":       {text: "capture = { a = { css = 'p', equals = '{{slice .input.pin 0 1}}' } }\n", secret: true, refused: true},
		"wait":          {text: "[[step]]\nid = 'poll'\nwait = { open = '/', every = 1, at_most = 2, until = [{ css = 'p', equals = '{{slice .input.pin 0 1}}' }] }\n", secret: true, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := mustParse(t, begin+c.text)
			env := Env{Inputs: inputs(map[string]string{"pin": "2718"})}
			if c.secret {
				env.Inputs = inputs(map[string]string{"pin": "2718"}, "pin")
			}
			result, err := f.Run(t.Context(), newSession(t, f, &answers{pages: map[string]answer{"GET /": html200("<p>2")}}), env)
			if errors.Is(err, errSecret) != c.refused || (err != nil) != c.refused {
				t.Errorf("error %v", err)
			}
			if result.Expires != c.want.Expires || result.After != c.want.After {
				t.Errorf("expires in %v, after %v", result.Expires, result.After)
			}
		})
	}
}
