package portal_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/portal"
)

// echo responds with the request.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, _ = fmt.Fprintf(w, "%s %s %s", r.Method, r.URL.Path, body)
}

func TestRedirectMethods(t *testing.T) {
	for status, want := range map[int]string{
		301: "GET /end ",
		302: "GET /end ",
		303: "GET /end ",
		307: "POST /end user=ada",
		308: "POST /end user=ada",
	} {
		synctest.Test(t, func(t *testing.T) {
			net := network{"http://a.test": paths(map[string]http.HandlerFunc{"/begin": to(status, "end#part"), "/end": echo})}
			session := net.session(t, "a.test")
			page, err := session.Post(t.Context(), "http://a.test/begin", portal.Body{Form: []portal.Field{{Name: "user", Value: portal.Plain("ada")}}})
			if err != nil {
				t.Fatal(err)
			}
			if page.Body != want || page.URL.String() != "http://a.test/end#part" {
				t.Errorf("%d led to %q at %s, want %q", status, page.Body, page.URL, want)
			}
			if len(page.Via) != 1 || page.Via[0].Status != status || page.Via[0].URL.String() != "http://a.test/begin" {
				t.Errorf("%d is not in Via: %v", status, page.Via)
			}
			if trace := session.Trace(); len(trace) != 2 || trace[0].Status != status || trace[0].Location != "http://a.test/end#…" {
				t.Errorf("trace of %d: %+v", status, trace)
			}
		})
	}
}

// A refused redirect is the page, and the trace says why.
func TestRedirectRefused(t *testing.T) {
	for location, reason := range map[string]string{
		"http://evil.test/":             "not among the hosts",
		"//evil.test/":                  "not among the hosts",
		"file:///etc/passwd":            `scheme "file"`,
		"javascript:alert(1)":           `scheme "javascript"`,
		"http://127.0.0.1:631/":         "loopback",
		"http://[::1]/":                 "loopback",
		"http://169.254.169.254/latest": "link-local",
		"http://0x7f000001/":            "usual spelling",
		"http://localhost/":             "this computer",
		"http://a b.test/":              "parse URL",
		"http://":                       "not a name",
		"http://a.test/" + strings.Repeat("x", portal.MaxURL): "at most",
	} {
		synctest.Test(t, func(t *testing.T) {
			net := network{"http://a.test": to(302, location)}
			session := net.session(t, "a.test", "127.0.0.1", "::1", "169.254.169.254", "localhost")
			page := open(t, session, "http://a.test/")
			if page.Status != 302 || page.Header.Get("Location") != location || session.Page() != page {
				t.Errorf("%.40q: page %v", location, page)
			}
			if page.Refused == nil || !strings.Contains(page.Refused.Error(), reason) {
				t.Errorf("%.40q: refused by %v, want %q", location, page.Refused, reason)
			}
			trace := session.Trace()
			if len(trace) != 1 || !strings.Contains(trace[0].Error, "redirect not followed") || !strings.Contains(trace[0].Error, reason) {
				t.Errorf("%.40q: trace %+v, want %q", location, trace, reason)
			}
		})
	}
}

func TestRedirectWithoutTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := network{"http://a.test": paths(map[string]http.HandlerFunc{
			"/302": to(302, ""), "/300": to(300, "http://a.test/x"), "/304": to(304, "http://a.test/x"),
		})}
		session := net.session(t, "a.test")
		for path, want := range map[string]int{"/302": 302, "/300": 300, "/304": 304} {
			if page := open(t, session, "http://a.test"+path); page.Status != want || page.URL.Path != path || page.Refused != nil {
				t.Errorf("%s led to %v, refused by %v", path, page, page.Refused)
			}
		}
	})
}

func TestRedirectLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := network{"http://a.test": paths(map[string]http.HandlerFunc{
			"/1": to(302, "/2?token=abc"), "/2": to(302, "/1"), "/endless": func(w http.ResponseWriter, r *http.Request) {
				to(302, "/endless?"+r.URL.RawQuery+"x")(w, r)
			},
		})}
		session := net.session(t, "a.test")
		_, err := session.Open(t.Context(), "http://a.test/1")
		if err == nil || err.Error() != "get http://a.test/1: redirect loop" {
			t.Errorf("loop: %v", err)
		}
		if n := len(session.Trace()); n != 2 {
			t.Errorf("loop took %d requests, want 2", n)
		}
		session.SetStep("landing")
		_, err = session.Open(t.Context(), "http://a.test/endless")
		if err == nil || !strings.HasPrefix(err.Error(), `step "landing": get http://a.test/endless?…: more than 20 redirects`) {
			t.Errorf("endless chain: %v", err)
		}
		if session.Page() != nil {
			t.Errorf("an error made the page %v", session.Page())
		}
	})
}

// A redirect to itself with a new cookie is not a loop: portals test for cookies so.
func TestRedirectCookieTest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := network{"http://a.test": func(w http.ResponseWriter, r *http.Request) {
			if _, err := r.Cookie("seen"); err == nil {
				_, _ = io.WriteString(w, "welcome")
				return
			}
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes"})
			to(302, r.URL.Path)(w, r)
		}}
		session := net.session(t, "a.test")
		if page := open(t, session, "http://a.test/"); page.Body != "welcome" {
			t.Errorf("body %q", page.Body)
		}
		if value, ok := session.Cookie("seen"); !ok || value != "yes" {
			t.Errorf("cookie %q, %v", value, ok)
		}
		if _, ok := session.Cookie("other"); ok {
			t.Error("found a cookie that was not set")
		}
	})
}

func TestRequestsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session := network{"http://a.test": html("hello")}.session(t, "a.test")
		for range portal.MaxRequests {
			open(t, session, "http://a.test/")
		}
		if _, err := session.Open(t.Context(), "http://a.test/"); err == nil || !strings.Contains(err.Error(), "more than 100 requests") {
			t.Errorf("request 101: %v", err)
		}
	})
}

// Headers that portals check, and headers that other origins do not get.
func TestHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		record := func(w http.ResponseWriter, r *http.Request) {
			got = append(got, strings.TrimSpace(fmt.Sprintln(r.Method, r.Host, r.URL.Path, r.Referer(), r.Header.Get("Origin"), r.Header.Get("Authorization"))))
			if r.UserAgent() != portal.UserAgent || r.Header.Get("Accept-Language") != "en" || r.Header.Get("Accept") == "" {
				t.Errorf("header %v", r.Header)
			}
			switch r.URL.Path {
			case "/away":
				to(302, "http://b.test/landed")(w, r)
			default:
				html(`<form method=post action=/submit></form>`)(w, r)
			}
		}
		session := network{"http://a.test": record, "http://b.test": record}.session(t, "a.test", "b.test")
		page := open(t, session, "http://ada:pw@a.test/first?x=1#frag")
		if _, err := session.Submit(t.Context(), page.Forms()[0], portal.Submission{}); err != nil {
			t.Fatal(err)
		}
		open(t, session, "away")
		want := []string{
			"GET a.test /first",
			"POST a.test /submit http://a.test/first?x=1 http://a.test",
			"GET a.test /away http://a.test/submit",
			"GET b.test /landed",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
