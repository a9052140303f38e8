package portal_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

func TestVisitedCookiesAreSent(t *testing.T) {
	t.Parallel()
	var got string
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r.Header.Get("Cookie")
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})
	hop, err := url.Parse("http://login.cafe.test/hop")
	if err != nil {
		t.Fatal(err)
	}
	s, err := portal.New(portal.Config{
		Transport: transport,
		Hosts:     []string{"login.cafe.test", "other.test"},
		Visited: []portal.Visit{{
			URL: hop, Header: http.Header{"Set-Cookie": {"seen=1; Path=/"}},
			Body: `<script>document.cookie = "js=on; path=/"; function later() { document.cookie = "no=1; path=/" }</script>`,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{"http://login.cafe.test/form": "seen=1; js=on", "http://other.test/": ""} {
		if _, err := s.Open(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: cookies %q, want %q", target, got, want)
		}
	}
}

// A session that continues another one has the cookies of its scripts, too.
func TestScriptCookiesAreCarried(t *testing.T) {
	t.Parallel()
	var got string
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r.Header.Get("Cookie")
		header := http.Header{"Content-Type": {"text/html"}, "Set-Cookie": {"sid=1; Path=/"}}
		page := `<script>document.cookie = "sid=2; path=/"; document.cookie = 'lang="de"; path=/'</script>`
		return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(page)), Request: r}, nil
	})
	config := portal.Config{Transport: transport, Hosts: []string{"login.cafe.test"}}
	for _, want := range []string{"", `sid=2; lang="de"`} {
		s, err := portal.New(config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Open(t.Context(), "http://login.cafe.test/"); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("cookies %q, want %q", got, want)
		}
		config.Visited = s.Visited()
	}
}

// Visited is the latest of each cookie, of the way before and of this session, and no more than 64.
func TestVisitedIsWhatContinuesASession(t *testing.T) {
	t.Parallel()
	lines := map[string][]string{
		"/":       {"sid=1; Path=/", "lang=en"},
		"/again":  {"sid=2; Path=/"},
		"/secret": {"user=swordfish", "note=kept"},
		"/huge":   {"big=" + strings.Repeat("x", 100<<10)},
	}
	for i := range 50 {
		lines["/many"] = append(lines["/many"], fmt.Sprintf("c%d=1", i))
		lines["/many/more"] = append(lines["/many/more"], fmt.Sprintf("d%d=1", i))
	}
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Set-Cookie": lines[r.URL.Path]}, Body: http.NoBody, Request: r}, nil
	})
	before, err := url.Parse("http://check.test/")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		open []string
		want string // of each cookie, URL and line; empty: only their number counts
		most int
	}{
		"nothing new":     {nil, "http://check.test/ way=1", 1},
		"one page":        {[]string{"/"}, "http://check.test/ way=1, http://login.cafe.test/ sid=1; Path=/, http://login.cafe.test/ lang=en", 3},
		"the same page":   {[]string{"/", "/?again"}, "http://check.test/ way=1, http://login.cafe.test/ sid=1; Path=/, http://login.cafe.test/ lang=en", 3},
		"a secret":        {[]string{"/secret"}, "http://check.test/ way=1, http://login.cafe.test/secret note=kept", 2},
		"too large":       {[]string{"/huge"}, "http://check.test/ way=1", 1},
		"too many":        {[]string{"/many", "/many/more"}, "", 64},
		"a later setting": {[]string{"/", "/again"}, "http://check.test/ way=1, http://login.cafe.test/ sid=1; Path=/, http://login.cafe.test/ lang=en, http://login.cafe.test/again sid=2; Path=/", 4},
	} {
		s, err := portal.New(portal.Config{
			Transport: transport, Hosts: []string{"login.cafe.test"},
			Visited: []portal.Visit{{URL: before, Header: http.Header{"Set-Cookie": {"way=1"}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Declare(portal.Secret("swordfish"))
		for _, path := range test.open {
			if _, err := s.Open(t.Context(), "http://login.cafe.test"+path); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, v := range s.Visited() {
			got = append(got, v.URL.String()+" "+v.Header.Get("Set-Cookie"))
		}
		if len(got) > test.most || test.want == "" && len(got) != test.most || test.want != "" && strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
