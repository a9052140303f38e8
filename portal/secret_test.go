package portal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/portal"
)

const pin = `Zebra "7"&<é>+/ö`

// where is a form or URL to which a secret is sent.
type where struct {
	name      string
	target    string // a URL to post to, or a page whose form is submitted
	submit    bool
	cleartext bool
	reason    string // of the SecretError; "" if it may be sent
}

func TestSecretRule(t *testing.T) {
	for _, test := range []where{
		{name: "https to a named host", target: "https://login.test/post"},
		{name: "https to a named suffix", target: "https://a.wild.test/post"},
		{name: "http to a named host", target: "http://login.test/post", reason: "not encrypted"},
		{name: "https to the start", target: "https://start.test/post", reason: "only the network"},
		{name: "https to the gateway", target: "https://10.1.0.1/post", reason: "only the network"},
		{name: "https to a shared host", target: "https://n1.cloud.test/post", reason: "many networks share"},
		{name: "https to a shared suffix of a named one", target: "https://x.shared.wild.test/post", reason: "many networks share"},
		{name: "https to a parameter's host", target: "https://10.9.9.9/post", reason: "only the network"},
		{name: "http to a shared host", target: "http://n1.cloud.test/post", reason: "not encrypted"},
		{name: "shared, allowed", target: "https://n1.cloud.test/post", cleartext: true},
		{name: "parameter, allowed", target: "http://10.9.9.9/post", cleartext: true},
		{name: "http to the gateway", target: "http://10.1.0.1/post", reason: "not encrypted"},
		{name: "http, allowed", target: "http://login.test/post", cleartext: true},
		{name: "start, allowed", target: "https://start.test/post", cleartext: true},
		{name: "gateway, allowed", target: "http://10.1.0.1/post", cleartext: true},
		{name: "form by POST", target: "https://login.test/form/post", submit: true},
		{name: "form by GET", target: "https://login.test/form/get", submit: true, reason: "URL would contain it"},
		{name: "form by GET, allowed", target: "https://login.test/form/get", submit: true, cleartext: true},
		{name: "form that goes to http", target: "https://login.test/form/http", submit: true, reason: "not encrypted"},
		{name: "form that goes to the gateway", target: "https://login.test/form/gateway", submit: true, reason: "only the network"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkSecretRule(t, test) })
		})
	}
}

func checkSecretRule(t *testing.T, test where) {
	var received []string
	record := paths(map[string]http.HandlerFunc{
		"/form/post":    html(`<form method=post action=/post>`),
		"/form/get":     html(`<form action=/post>`),
		"/form/http":    html(`<form method=post action="http://login.test/post">`),
		"/form/gateway": html(`<form method=post action="https://10.1.0.1/post">`),
		"/post": func(_ http.ResponseWriter, r *http.Request) {
			received = append(received, r.FormValue("pin"))
		},
	})
	net := network{}
	for _, host := range []string{"login.test", "a.wild.test", "start.test", "10.1.0.1", "10.9.9.9", "n1.cloud.test", "x.shared.wild.test"} {
		net["http://"+host], net["https://"+host] = record, record
	}
	session := net.sessionWith(t, portal.Config{
		Start:      &url.URL{Scheme: "https", Host: "start.test", RawQuery: "sip=10.9.9.9"},
		Gateway:    netip.MustParseAddr("10.1.0.1"),
		Hosts:      []string{"login.test", "*.wild.test", "@start", "@gateway", "@param:sip"},
		Shared:     []string{"n1.cloud.test", "*.shared.wild.test"},
		Permission: allow(test.cleartext),
	})
	fields := []portal.Field{{Name: "pin", Value: portal.Secret(pin)}}
	var err error
	if test.submit {
		form := open(t, session, test.target).Forms()[0]
		_, err = session.Submit(t.Context(), form, portal.Submission{Fields: fields})
	} else {
		_, err = session.Post(t.Context(), test.target, portal.Body{Form: fields})
	}
	if test.reason == "" {
		if diff := cmp.Diff([]string{pin}, received); err != nil || diff != "" {
			t.Errorf("error %v, received %s", err, diff)
		}
		return
	}
	refused, ok := errors.AsType[*portal.SecretError](err)
	if !ok || !strings.Contains(refused.Reason, test.reason) || refused.Host == "" || len(received) > 0 {
		t.Errorf("error %v, want %q; received %q", err, test.reason, received)
	}
}

// A server that has the secret cannot make the session send it where it may not go.
func TestSecretIsNotCarriedOn(t *testing.T) {
	hidden := func(form, name, value string) string {
		return "form <form " + form + `><input type=hidden name="` + name + `" value="` + value + `">`
	}
	for name, answer := range map[string]string{
		"307 to http":                    "307 http://login.test/end",
		"307 to a host by the network":   "307 https://10.1.0.1/end",
		"308 to http":                    "308 http://login.test/end",
		"302 with it in the query":       "302 http://login.test/end?x=" + horse,
		"302 with it in the query, TLS":  "302 https://login.test/end?x=1&y=" + horse,
		"302 with it encoded":            "302 http://login.test/end?p=%63orrect-hors%65",
		"302 with it as a bare query":    "302 http://login.test/end?" + horse,
		"302 with it in the path":        "302 http://login.test/end/" + horse + "/x",
		"302 with it between others":     "302 http://login.test/end?auth=ada:" + horse + ":1",
		"302 with it in the fragment":    "302 http://login.test/end#" + horse,
		"meta refresh with it":           "refresh http://login.test/end?x=" + horse,
		"hidden field to http":           hidden("method=post action=http://login.test/end", "p", horse),
		"hidden field to a host by net":  hidden("method=post action=https://10.1.0.1/end", "p", horse),
		"hidden field by GET":            hidden("action=https://login.test/end", "p", horse),
		"hidden field with more":         hidden("method=post action=http://login.test/end", "p", "ada:"+horse),
		"name of a hidden field to http": hidden("method=post action=http://login.test/end", horse, "1"),
		"JSON to http":                   "json http://login.test/end",
	} {
		t.Run(name, func(t *testing.T) {
			kind, rest, _ := strings.Cut(answer, " ")
			synctest.Test(t, func(t *testing.T) { checkNotCarriedOn(t, kind, rest) })
		})
	}
}

const horse = "correct-horse"

func checkNotCarriedOn(t *testing.T, kind, rest string) {
	end := func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent to %s", r.URL) }
	session := network{
		"https://login.test": paths(map[string]http.HandlerFunc{"/": carryOn(kind, rest), "/end": end, "/end/" + horse + "/x": end}),
		"http://login.test":  end,
		"https://10.1.0.1":   end,
	}.sessionWith(t, portal.Config{Hosts: []string{"login.test", "@gateway"}, Gateway: netip.MustParseAddr("10.1.0.1")})
	page, err := session.Post(t.Context(), "https://login.test/", portal.Body{JSON: map[string]any{"pin": portal.Secret(horse)}})
	if err != nil {
		t.Fatal(err)
	}
	switch kind {
	case "form":
		_, err = session.Submit(t.Context(), page.Forms()[0], portal.Submission{})
	case "refresh":
		u, _, _ := page.Refresh()
		_, err = session.Open(t.Context(), u.String())
	case "json":
		_, err = session.Post(t.Context(), rest, portal.Body{JSON: []any{map[string]any{"p": horse}}})
	default:
		if line := session.Trace()[0]; !strings.Contains(line.Error, "redirect not followed: send secret") || strings.Contains(fmt.Sprint(line), horse) {
			t.Errorf("trace %+v", line)
		}
		err = page.Refused
	}
	if _, ok := errors.AsType[*portal.SecretError](err); !ok || strings.Contains(err.Error(), horse) {
		t.Errorf("error %v", err)
	}
}

// carryOn responds with a page or a redirect that puts the secret into the next request.
func carryOn(kind, rest string) http.HandlerFunc {
	switch kind {
	case "form", "json":
		return html(rest)
	case "refresh":
		return html(`<meta http-equiv=refresh content="0;url=` + rest + `">`)
	}
	status, err := strconv.Atoi(kind)
	if err != nil {
		panic(err)
	}
	return to(status, rest)
}

// A redirect without secrets may leave https, as most do after a login.
func TestRedirectFromHTTPS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session := network{"https://a.test": to(302, "http://a.test/on"), "http://a.test": html("on")}.session(t, "a.test")
		page, err := session.Post(t.Context(), "https://a.test/", portal.Body{Form: []portal.Field{{Name: "p", Value: portal.Secret("correct-horse")}}})
		if err != nil || page.Body != "on" {
			t.Errorf("page %v, error %v", page, err)
		}
	})
}

// All known outputs of a session, with a server that echoes the secret wherever it can.
func TestSecretLeaksNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		out := &ways{logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
		out.session = network{"https://a.test": echoEverywhere(t)}.sessionWith(t, portal.Config{Hosts: []string{"a.test"}, Logger: out.logger})
		out.session.SetStep("step of " + zebra)
		out.try(t)
		trace, err := json.Marshal(out.session.Trace())
		if err != nil {
			t.Fatal(err)
		}
		out.texts = append(out.texts, string(trace), fmt.Sprintf("%+v", out.session.Trace()),
			log.String(), fmt.Sprintf("%+v %#v", out.session, *out.session))
		if !strings.Contains(string(trace), "[redacted]") || !strings.Contains(log.String(), "[redacted]") {
			t.Error("no output contained the secret")
		}
		for _, text := range out.texts {
			for line := range strings.SplitSeq(text, "\n") {
				if strings.Contains(line, zebra) {
					t.Errorf("leak: %s", line)
				}
			}
		}
	})
}

const zebra = "hunter2zebra"

// echoEverywhere echoes the secret in status lines, headers, names and pages.
func echoEverywhere(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/malformed":
			raw(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "HTTP/1.1 "+zebra+" x\r\n\r\n") })(w, r)
		case "/redirect":
			to(302, "https://"+zebra+".evil.test/"+zebra+"?"+zebra+"="+zebra+"#"+zebra)(w, r)
		case "/userinfo":
			to(302, "https://ada:"+zebra+"@evil.test/")(w, r)
		case "/loop":
			to(307, "/loop")(w, r)
		default:
			w.Header().Set("X-Echo", zebra)
			html(`<form id=f method=post action="https://`+zebra+`.evil.test/"><input name="`+zebra+`"></form>
				<form id=g method=post action="/x/`+zebra+`"><input name="`+zebra+`" value=1></form>`)(w, r)
		}
	}
}

// ways collects the outputs of a session.
type ways struct {
	session *portal.Session
	logger  *slog.Logger
	texts   []string
}

// try uses the secret in valid and in invalid ways.
func (w *ways) try(t *testing.T) {
	ctx, s := t.Context(), w.session
	fields := []portal.Field{{Name: zebra, Value: portal.Secret(zebra)}}
	body := portal.Body{Form: fields}
	for _, target := range []string{
		"https://a.test/malformed", "https://a.test/redirect", "https://a.test/userinfo", "https://a.test/loop",
		"http://a.test/", "https://" + zebra + "/", "https://a.test/",
	} {
		w.hear(s.Post(ctx, target, body))
	}
	for _, form := range s.Page().Forms() {
		w.hear(s.Submit(ctx, form, portal.Submission{Fields: fields}))
		w.hear(s.Submit(ctx, form, portal.Submission{Fields: fields, Button: "#" + zebra}))
		w.hear(s.Submit(ctx, form, portal.Submission{Fields: fields, Button: "[[" + zebra}))
	}
	w.hear(s.Post(ctx, "https://a.test/", portal.Body{JSON: map[string]any{zebra: struct{ X portal.Value }{fields[0].Value}}}))
	for _, target := range []string{"https://a.test/?pin=" + zebra, zebra + "://a.test/", "https://a.test:" + zebra + "/", zebra + "%zz:"} {
		w.hear(s.Open(ctx, target))
	}
}

func (w *ways) hear(page *portal.Page, err error) {
	if err != nil {
		w.logger.Error("failed", "err", err)
		w.texts = append(w.texts, err.Error(), fmt.Sprintf("%+v %#v", err, err))
		if refused, ok := errors.AsType[*portal.HostError](err); ok {
			w.texts = append(w.texts, fmt.Sprintf("%+v", *refused))
		}
		return
	}
	w.logger.Info("page", "page", page)
	text := fmt.Sprint(page)
	w.texts = append(w.texts, w.session.Redact(text), w.session.Redact(page.Body), w.session.Redact(fmt.Sprint(page.Header)))
}

func TestRedact(t *testing.T) {
	session := network{}.session(t, "a.test")
	session.Declare(portal.Secret(pin), portal.Secret("Zebra"), portal.Secret(""), portal.Plain("ada"), portal.Secret(pin))
	quoted, err := json.Marshal(pin)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"plain":       pin,
		"query":       url.QueryEscape(pin),
		"path":        url.PathEscape(pin),
		"lower hex":   "Zebra+%227%22%26%3c%c3%a9%3e%2b%2f%c3%b6",
		"HTML":        "Zebra &#34;7&#34;&amp;&lt;é&gt;+/ö",
		"JSON":        strings.Trim(string(quoted), `"`),
		"Go":          strings.Trim(fmt.Sprintf("%q", pin), `"`),
		"Go in ASCII": strings.Trim(fmt.Sprintf("%+q", pin), `"`),
	} {
		if got := session.Redact("ada <" + text + ">"); got != "ada <[redacted]>" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := session.Redact("Zebra"); got != "[redacted]" {
		t.Errorf("shorter secret: %s", got)
	}
}

// A secret that is declared late is masked in earlier lines, too.
func TestTraceRedactsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session := network{"http://a.test": html("")}.session(t, "a.test")
		open(t, session, "http://a.test/room/4711")
		session.Declare(portal.Secret("4711"))
		trace := session.Trace()
		if got := trace[0].URL; got != "http://a.test/room/[redacted]" {
			t.Errorf("URL %q", got)
		}
		trace[0].URL = "changed"
		if session.Trace()[0].URL == "changed" {
			t.Error("Trace does not return a copy")
		}
	})
}

// allow permits everything, or nothing.
func allow(all bool) func() portal.Permission {
	return func() portal.Permission { return portal.Permission{Cleartext: all, SharedHosts: all} }
}
