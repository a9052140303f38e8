package portal_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// realm answers 401 with its challenges until a request has the right credentials, and
// repeats what it got in the page.
type realm struct {
	challenges []string
	want       string // user:password
	redirect   map[string]string
	got        []string // method, URL and credentials of each request
}

func (r *realm) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := request.Header.Get("Authorization")
	plain, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(sent, "Basic "))
	r.got = append(r.got, strings.TrimSpace(fmt.Sprintf("%s %s %s", request.Method, request.URL, plain)))
	response := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: request}
	response.Body = io.NopCloser(strings.NewReader("You sent " + sent))
	switch to := r.redirect[request.URL.String()]; {
	case to != "":
		response.StatusCode, response.Header = http.StatusTemporaryRedirect, http.Header{"Location": {to}}
	case string(plain) != r.want:
		response.StatusCode = http.StatusUnauthorized
		response.Header["Www-Authenticate"] = r.challenges
	}
	return response, nil
}

func basic(user, password string) portal.Extra {
	return portal.Extra{Basic: &portal.Basic{User: portal.Plain(user), Password: portal.Secret(password)}}
}

// Credentials answer a 401 with a Basic challenge of the origin that they are for, once.
func TestBasicAnswersChallenge(t *testing.T) {
	ask := []string{`Basic realm="Guests"`}
	for name, test := range map[string]struct {
		realm  realm
		url    string
		want   string
		status int
	}{
		"asked":               {realm{challenges: ask}, "https://a.test/", "GET https://a.test/, GET https://a.test/ ada:s3cr3tPIN", 200},
		"not asked":           {realm{want: ""}, "https://a.test/open", "GET https://a.test/open", 200},
		"wrong":               {realm{challenges: ask, want: "x:y"}, "https://a.test/", "GET https://a.test/, GET https://a.test/ ada:s3cr3tPIN", 401},
		"no challenge":        {realm{}, "https://a.test/", "GET https://a.test/", 401},
		"another scheme":      {realm{challenges: []string{`Digest realm="a, Basic b", nonce="1"`}}, "https://a.test/", "GET https://a.test/", 401},
		"a scheme of two":     {realm{challenges: []string{`Digest realm="a", basic realm="b"`}}, "https://a.test/", "GET https://a.test/, GET https://a.test/ ada:s3cr3tPIN", 200},
		"a header of two":     {realm{challenges: []string{"Negotiate", "BASIC"}}, "https://a.test/", "GET https://a.test/, GET https://a.test/ ada:s3cr3tPIN", 200},
		"parameter of a name": {realm{challenges: []string{`Digest basic="b"`, "Basics realm=a"}}, "https://a.test/", "GET https://a.test/", 401},
		"redirect within": {
			realm{challenges: ask, redirect: map[string]string{"https://a.test/": "/b"}},
			"https://a.test/",
			"GET https://a.test/, GET https://a.test/b, GET https://a.test/b ada:s3cr3tPIN", 200,
		},
		"redirect elsewhere": {
			realm{challenges: ask, redirect: map[string]string{"https://a.test/": "https://b.test/"}},
			"https://a.test/",
			"GET https://a.test/, GET https://b.test/", 401,
		},
		"redirect to another scheme": {
			realm{challenges: ask, redirect: map[string]string{"https://a.test/": "http://a.test/"}},
			"https://a.test/",
			"GET https://a.test/, GET http://a.test/", 401,
		},
		"elsewhere and back": {
			realm{challenges: ask, redirect: map[string]string{"https://a.test/": "https://b.test/", "https://b.test/": "https://a.test/c"}},
			"https://a.test/",
			"GET https://a.test/, GET https://b.test/, GET https://a.test/c", 401,
		},
	} {
		if test.realm.want == "" && name != "not asked" {
			test.realm.want = "ada:s3cr3tPIN"
		}
		s := mustSession(t, &test.realm, func() portal.Permission { return portal.Permission{Cleartext: true} })
		page, err := s.OpenWith(t.Context(), test.url, basic("ada", "s3cr3tPIN"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := strings.Join(test.realm.got, ", "); got != test.want || page.Status != test.status {
			t.Errorf("%s: status %d\ngot  %s\nwant %d %s", name, page.Status, got, test.status, test.want)
		}
		if sent := strings.Contains(test.want, "ada:"); s.HasSubmitted() != sent {
			t.Errorf("%s: submitted %v, want %v", name, !sent, sent)
		}
	}
}

// The answer has method and body of the request, and goes to no other origin afterwards.
func TestBasicAnswersPost(t *testing.T) {
	r := &realm{challenges: []string{"Basic realm=a"}, want: "Zoë:pässwörd"}
	s := mustSession(t, r, nil)
	body := portal.Body{Form: []portal.Field{{Name: "a", Value: portal.Plain("b")}}, Extra: basic("Zoë", "pässwörd")}
	if page, err := s.Post(t.Context(), "https://a.test/", body); err != nil || page.Status != http.StatusOK {
		t.Fatalf("%v, %+v", err, page)
	}
	if got, want := strings.Join(r.got, ", "), "POST https://a.test/, POST https://a.test/ Zoë:pässwörd"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	r = &realm{challenges: []string{"Basic realm=a"}, want: "ada:s3cr3tPIN"}
	away := &afterLogin{realm: r}
	s = mustSession(t, away, nil)
	if _, err := s.OpenWith(t.Context(), "https://a.test/", basic("ada", "s3cr3tPIN")); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(r.got, ", "), "GET https://a.test/, GET https://a.test/ ada:s3cr3tPIN, GET https://b.test/welcome"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// afterLogin redirects whom the realm lets in to another host.
type afterLogin struct{ realm *realm }

func (a *afterLogin) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := a.realm.RoundTrip(r)
	if response.StatusCode == http.StatusOK {
		response.StatusCode = http.StatusTemporaryRedirect
		response.Header.Set("Location", "https://b.test/welcome")
	}
	return response, err
}

// The secret rule holds for a password as for a secret in a body, also if one part alone is
// secret, or is plain and equals a secret. No log, trace or error shows it or its encoding.
func TestBasicSecret(t *testing.T) {
	secret, plain := portal.Secret("s3cr3tPIN"), portal.Plain("s3cr3tPIN")
	for name, test := range map[string]struct {
		url     string
		basic   portal.Basic
		allowed portal.Permission
		want    string
	}{
		"https":           {"https://a.test/", portal.Basic{User: portal.Plain("ada"), Password: secret}, portal.Permission{}, ""},
		"http":            {"http://a.test/", portal.Basic{User: portal.Plain("ada"), Password: secret}, portal.Permission{}, "the connection is not encrypted"},
		"http, allowed":   {"http://a.test/", portal.Basic{User: portal.Plain("ada"), Password: secret}, portal.Permission{Cleartext: true}, ""},
		"secret user":     {"http://a.test/", portal.Basic{User: secret}, portal.Permission{}, "the connection is not encrypted"},
		"equals a secret": {"http://a.test/", portal.Basic{User: portal.Plain("ada"), Password: plain}, portal.Permission{}, "the connection is not encrypted"},
		"a colon":         {"https://a.test/", portal.Basic{User: portal.Plain("a:b"), Password: secret}, portal.Permission{}, "user name has a colon"},
		"a control":       {"https://a.test/", portal.Basic{User: portal.Plain("a"), Password: portal.Secret("s3cr3tPIN\r\n")}, portal.Permission{}, "one line"},
		"too long":        {"https://a.test/", portal.Basic{User: portal.Plain(strings.Repeat("a", 4096)), Password: secret}, portal.Permission{}, "at most"},
	} {
		r := &realm{challenges: []string{"Basic realm=a"}, want: "-"}
		var log strings.Builder
		s, err := portal.New(portal.Config{
			Transport: r, Hosts: []string{"a.test"}, Permission: func() portal.Permission { return test.allowed },
			Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Declare(secret)
		page, err := s.OpenWith(t.Context(), test.url, portal.Extra{Basic: &test.basic})
		if test.want == "" && (err != nil || len(r.got) != 2) || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || len(r.got) == 2) {
			t.Errorf("%s: %v, sent %v, want %q", name, err, r.got, test.want)
		}
		if _, refused := errors.AsType[*portal.SecretError](err); refused != strings.Contains(test.want, "encrypted") {
			t.Errorf("%s: %v", name, err)
		}
		shown := fmt.Sprint(err, s.Trace(), log.String())
		if page != nil {
			shown += s.Redact(string(page.Body))
		}
		encoded := base64.StdEncoding.EncodeToString([]byte("ada:s3cr3tPIN"))
		if strings.Contains(shown, "s3cr3tPIN") || strings.Contains(shown, encoded) {
			t.Errorf("%s: shown in %s", name, shown)
		}
	}
}
