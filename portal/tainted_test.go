package portal_test

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/portal"
)

// requestLog lists the requests to one host.
type requestLog struct{ lines []string }

func (l *requestLog) handler(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			panic(err)
		}
		line := r.Method + " " + r.URL.RequestURI()
		for name, prefix := range map[string]string{"Referer": " from ", "Cookie": " with "} {
			if value := r.Header.Get(name); value != "" {
				line += prefix + value
			}
		}
		if pin := r.PostForm.Get("pin"); pin != "" {
			line += " pin " + pin
		}
		l.lines = append(l.lines, line)
		answer(w, r)
	}
}

// A cookie that contains a secret is sent only where the secret may be sent.
func TestSecretInCookie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bake := func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Add("Set-Cookie", "last=correct-horse; Domain=cafe.test")
			w.Header().Add("Set-Cookie", "user=ada%3Acorrect%2Dhorse; Domain=cafe.test")
			w.Header().Add("Set-Cookie", "id=1; Domain=cafe.test")
			w.Header().Set("Location", "http://login.cafe.test/on")
			w.WriteHeader(http.StatusFound)
		}
		var secure, clear, wild requestLog
		hosts := network{
			"https://login.cafe.test": secure.handler(bake),
			"http://login.cafe.test":  clear.handler(html("on")),
			"https://a.cafe.test":     wild.handler(html("on")),
		}
		fields := []portal.Field{{Name: "pin", Value: portal.Secret(horse)}}
		for _, cleartext := range []bool{false, true} {
			secure, clear, wild = requestLog{}, requestLog{}, requestLog{}
			session := hosts.sessionWith(t, portal.Config{Hosts: []string{"login.cafe.test", "*.cafe.test"}, Permission: allow(cleartext)})
			if _, err := session.Post(t.Context(), "https://login.cafe.test/", portal.Body{Form: fields}); err != nil {
				t.Fatal(err)
			}
			open(t, session, "https://a.cafe.test/")
			all := "last=correct-horse; user=ada%3Acorrect%2Dhorse; id=1"
			want := []string{"GET /on with id=1"}
			if cleartext {
				want = []string{"GET /on with " + all}
			}
			if diff := cmp.Diff(want, clear.lines); diff != "" {
				t.Errorf("cleartext %v: the http host got %s", cleartext, diff)
			}
			if diff := cmp.Diff([]string{"GET / with " + all}, wild.lines); diff != "" {
				t.Errorf("cleartext %v: the other named host got %s", cleartext, diff)
			}
		}
	})
}

// The URL of a page that contains a secret, by consent, is never sent as Referer.
func TestSecretInReferer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var own, other requestLog
		session := network{
			"http://a.test": own.handler(html(`<form action=/in></form><a href=/next></a>`)),
			"http://b.test": other.handler(html("b")),
		}.sessionWith(t, portal.Config{Hosts: []string{"a.test", "b.test"}, Permission: allow(true)})
		form := open(t, session, "http://a.test/").Forms()[0]
		if _, err := session.Submit(t.Context(), form, portal.Submission{Fields: []portal.Field{{Name: "pin", Value: portal.Secret("2718")}}}); err != nil {
			t.Fatal(err)
		}
		open(t, session, "http://a.test/next")
		open(t, session, "http://b.test/")
		want := []string{"GET /", "GET /in?pin=2718 from http://a.test/", "GET /next from http://a.test/"}
		if diff := cmp.Diff(want, own.lines); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"GET /"}, other.lines); diff != "" {
			t.Error(diff)
		}
	})
}

// A short secret is found only as a whole word.
func TestShortSecretBetweenOthers(t *testing.T) {
	for value, refused := range map[string]bool{
		"2718": true, "ada:2718": true, "2718:ada": true, "é2718-": false, "-2718é": false, "x.2718.y": true,
		"12718": false, "27180": false, "a2718": false, "27 18": false, "x2718 2718": true, "": false,
	} {
		synctest.Test(t, func(t *testing.T) {
			session := network{"http://a.test": html("")}.session(t, "a.test")
			session.Declare(portal.Secret("2718"), portal.Secret("abc"))
			_, err := session.Post(t.Context(), "http://a.test/", portal.Body{Form: []portal.Field{{Name: "x", Value: portal.Plain(value)}}})
			if _, got := errors.AsType[*portal.SecretError](err); got != refused {
				t.Errorf("%q: %v, want refused %v", value, err, refused)
			}
		})
	}
}

// An attacker who controls the network answers under the portal's name: by http, from the
// gateway's address, by a redirect. None of these gets the secret, and the consent for a
// network does not allow other hosts.
func TestEvilTwin(t *testing.T) {
	for name, test := range map[string]struct {
		target    string
		hosts     []string
		cleartext bool
		host      string // of the HostError; empty: a SecretError
	}{
		"its page over http":             {target: "http://login.cafe.test/", hosts: []string{"login.cafe.test"}},
		"its page on the gateway":        {target: "https://10.1.0.1/", hosts: []string{"login.cafe.test", "@gateway"}},
		"its page on the start":          {target: "https://start.test/", hosts: []string{"login.cafe.test", "@start"}},
		"a form for another host":        {target: "https://start.test/away", hosts: []string{"@start"}, cleartext: true, host: "evil.test"},
		"a redirect to another host":     {target: "https://start.test/redirect", hosts: []string{"@start"}, cleartext: true},
		"a name that looks like it":      {target: "https://login.cafe.test.evil.test/", hosts: []string{"login.cafe.test"}, host: "login.cafe.test.evil.test"},
		"a name below it":                {target: "https://x.login.cafe.test/", hosts: []string{"login.cafe.test"}, host: "x.login.cafe.test"},
		"letters that look like it":      {target: "https://login.cаfe.test/", hosts: []string{"login.cafe.test"}, host: "login.xn--cfe-6cd.test"},
		"a user that looks like it":      {target: "https://login.cafe.test@evil.test/", hosts: []string{"login.cafe.test"}, host: "evil.test"},
		"a host in another notation":     {target: "https://0x0a010001/", hosts: []string{"@gateway"}, cleartext: true, host: "0x0a010001"},
		"the cloud's tenants":            {target: "https://evil.cafe.github.io/", hosts: []string{"cafe.github.io"}, host: "evil.cafe.github.io"},
		"this computer under their name": {target: "https://localhost./", hosts: []string{"localhost"}, cleartext: true, host: "localhost"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkTwin(t, test.target, test.host, test.hosts, test.cleartext) })
		})
	}
}

func checkTwin(t *testing.T, target, host string, hosts []string, cleartext bool) {
	var twin, evil requestLog
	page := twin.handler(paths(map[string]http.HandlerFunc{
		"/":         html(`<form method=post action=/in>`),
		"/away":     html(`<form method=post action="http://evil.test/in">`),
		"/redirect": html(`<form method=post action=/to>`),
		"/to":       to(http.StatusTemporaryRedirect, "https://evil.test/in"),
	}))
	net := network{"http://evil.test": evil.handler(html("thanks")), "https://evil.test": evil.handler(html("thanks"))}
	for _, name := range []string{"login.cafe.test", "10.1.0.1", "start.test"} {
		net["http://"+name], net["https://"+name] = page, page
	}
	session := net.sessionWith(t, portal.Config{
		Hosts: hosts, Permission: allow(cleartext), Gateway: netip.MustParseAddr("10.1.0.1"), Start: mustURL(t, "https://start.test/"),
	})
	fields := []portal.Field{{Name: "pin", Value: portal.Secret(horse)}}
	_, err := session.Open(t.Context(), target)
	if err == nil {
		_, err = session.Submit(t.Context(), session.Page().Forms()[0], portal.Submission{Fields: fields})
	}
	if refused, ok := errors.AsType[*portal.HostError](err); host != "" && (!ok || refused.Host != host) {
		t.Errorf("error %v, want a HostError for %s", err, host)
	}
	if _, ok := errors.AsType[*portal.SecretError](err); host == "" && !ok && !cleartext {
		t.Errorf("error %v, want a SecretError", err)
	}
	if len(evil.lines) > 0 {
		t.Errorf("the other host got %q", evil.lines)
	}
	for _, line := range twin.lines {
		if !cleartext && strings.Contains(line, horse) {
			t.Errorf("the twin got %q", line)
		}
	}
}
