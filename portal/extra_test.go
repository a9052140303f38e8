package portal_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// wires answers by URL, and records method, URL and the header X-A of each request.
type wires struct {
	answers map[string]*http.Response
	got     []string
}

func (w *wires) RoundTrip(r *http.Request) (*http.Response, error) {
	w.got = append(w.got, r.URL.String()+" "+r.Header.Get("X-A"))
	response := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("x"))}
	if known := w.answers[r.URL.String()]; known != nil {
		response.StatusCode, response.Header = known.StatusCode, known.Header
	}
	response.Request = r
	return response, nil
}

func redirectTo(url string) *http.Response {
	return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {url}}}
}

// A further header goes to the origin of the URL alone.
func TestHeadersStayAtTheirOrigin(t *testing.T) {
	wire := &wires{answers: map[string]*http.Response{
		"https://a.test/":  redirectTo("https://a.test/b"),
		"https://a.test/b": redirectTo("https://b.test/c"),
		"https://b.test/c": redirectTo("https://a.test/d"),
	}}
	s := mustSession(t, wire, nil)
	if _, err := s.OpenWith(t.Context(), "https://a.test/", portal.Extra{Headers: []portal.Field{{Name: "X-A", Value: portal.Plain("1")}}}); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(wire.got, ", "), "https://a.test/ 1, https://a.test/b 1, https://b.test/c , https://a.test/d "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func mustSession(t *testing.T, wire http.RoundTripper, allowed func() portal.Permission) *portal.Session {
	t.Helper()
	s, err := portal.New(portal.Config{Transport: wire, Hosts: []string{"a.test", "b.test"}, Permission: allowed})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A secret in a header follows the rule of a body, one in a URL needs consent to cleartext
// even over https, short and derived ones included.
func TestSecretsInExtras(t *testing.T) {
	pin := portal.Secret("27")
	header := portal.Extra{Headers: []portal.Field{{Name: "X-A", Value: pin}}}
	for _, test := range []struct {
		url     string
		extra   portal.Extra
		allowed portal.Permission
		want    string // empty: it is sent
	}{
		{"https://a.test/", header, portal.Permission{}, ""},
		{"http://a.test/", header, portal.Permission{}, "the connection is not encrypted"},
		{"http://a.test/", header, portal.Permission{Cleartext: true}, ""},
		{"https://a.test/?p=27", portal.Extra{SecretURL: true}, portal.Permission{}, "the URL would contain it"},
		{"http://a.test/?p=27", portal.Extra{SecretURL: true}, portal.Permission{}, "the URL would contain it"},
		{"http://a.test/?p=27", portal.Extra{SecretURL: true}, portal.Permission{Cleartext: true}, ""},
		{"https://c.test/", header, portal.Permission{Cleartext: true, SharedHosts: true}, "not among the hosts"},
		{"http://check.test/", portal.Extra{Check: true}, portal.Permission{}, ""},
		{"http://check.test/", portal.Extra{Check: true, Headers: header.Headers}, portal.Permission{Cleartext: true}, "not among the hosts"},
	} {
		wire := &wires{}
		s := mustSession(t, wire, func() portal.Permission { return test.allowed })
		_, err := s.OpenWith(t.Context(), test.url, test.extra)
		if test.want == "" && (err != nil || len(wire.got) != 1) || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || len(wire.got) > 0) {
			t.Errorf("%s: %v, sent %v; want %q", test.url, err, wire.got, test.want)
		}
		if _, body := errors.AsType[*portal.HostError](err); strings.Contains(test.want, "hosts") != body {
			t.Errorf("%s: %v", test.url, err)
		}
		for _, line := range s.Trace() {
			line.Elapsed = 0 // its digits are an accident
			if strings.Contains(fmt.Sprint(line), "27") {
				t.Errorf("%s: the trace shows it: %v", test.url, line)
			}
		}
	}
}

// A secret is one as a name, too.
func TestSecretsAsNames(t *testing.T) {
	const secret = "2718281828"
	for name, send := range map[string]func(*portal.Session) error{
		"header": func(s *portal.Session) error {
			_, err := s.OpenWith(t.Context(), "http://a.test/", portal.Extra{Headers: []portal.Field{{Name: "X-" + secret, Value: portal.Plain("a")}}})
			return err
		},
		"field": func(s *portal.Session) error {
			_, err := s.Post(t.Context(), "http://a.test/", portal.Body{Form: []portal.Field{{Name: secret, Value: portal.Plain("a")}}})
			return err
		},
		"member": func(s *portal.Session) error {
			_, err := s.Post(t.Context(), "http://a.test/", portal.Body{JSON: map[string]any{"a": []any{map[string]any{"x" + secret: "a"}}}})
			return err
		},
		"parameter": func(s *portal.Session) error {
			_, err := s.Open(t.Context(), "http://a.test/?"+secret+"=a")
			return err
		},
	} {
		wire := &wires{}
		s := mustSession(t, wire, nil)
		s.Declare(portal.Secret(secret))
		if err := send(s); !errors.As(err, new(*portal.SecretError)) || len(wire.got) > 0 {
			t.Errorf("%s: %v, sent %v", name, err, wire.got)
		}
	}
}

// What the check redirects to must be a host of the session.
func TestCheckLeadsToHostsAlone(t *testing.T) {
	wire := &wires{answers: map[string]*http.Response{"http://check.test/": redirectTo("http://evil.test/")}}
	s := mustSession(t, wire, nil)
	page, err := s.OpenWith(t.Context(), "http://check.test/", portal.Extra{Check: true})
	if err != nil || page.Refused == nil || len(wire.got) != 1 {
		t.Errorf("%v, %v, %v", err, page, wire.got)
	}
}

// Two headers whose names differ in case alone are one, so neither is sent.
func TestHeadersOfOneName(t *testing.T) {
	wire := &wires{}
	headers := []portal.Field{{Name: "X-A", Value: portal.Plain("1")}, {Name: "x-a", Value: portal.Plain("2")}}
	_, err := mustSession(t, wire, nil).OpenWith(t.Context(), "https://a.test/", portal.Extra{Headers: headers})
	if err == nil || !strings.Contains(err.Error(), "header X-A is there twice: keep one") || len(wire.got) > 0 {
		t.Errorf("sent %v, %v", wire.got, err)
	}
}

func TestCheckHeaderName(t *testing.T) {
	for name, want := range map[string]string{
		"X-Requested-With": "", "authorization": "", "User-Agent": "", "Content-Type": "", "X_A": "",
		"host": "sets it by itself", "Cookie": "sets it by itself", "content-length": "sets it by itself", "CONNECTION": "sets it by itself",
		"Proxy-Authorization": "sets it by itself", "Sec-Fetch-Site": "sets it by itself", "Transfer-Encoding": "sets it by itself",
		"": "want letters", "a b": "want letters", "a:b": "want letters", "a\r\nb": "want letters", "ä": "want letters", strings.Repeat("a", 65): "want letters",
	} {
		if err := portal.CheckHeaderName(name); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
	for _, value := range []string{"a\r\nHost: b", "a\x00", strings.Repeat("a", 4097)} {
		wire := &wires{}
		s := mustSession(t, wire, nil)
		if _, err := s.OpenWith(t.Context(), "https://a.test/", portal.Extra{Headers: []portal.Field{{Name: "X-A", Value: portal.Plain(value)}}}); err == nil || len(wire.got) > 0 {
			t.Errorf("%.10q: %v", value, err)
		}
	}
}
