package portal_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/portal"
)

// secureSite serves a login page over TLS, and counts the bytes of plain text that it gets.
type secureSite struct {
	transport *http.Transport
	server    *httptest.Server
	posts     atomic.Int32
	queries   atomic.Int32
}

func newSecureSite(t *testing.T, http2 bool) *secureSite {
	t.Helper()
	trusted := newAuthority(t)
	s := &secureSite{}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			s.queries.Add(1)
		}
		if r.Method == http.MethodPost {
			if body, _ := io.ReadAll(r.Body); len(body) > 0 {
				s.posts.Add(1)
			}
		}
		html(`<form method=post action=/login><input name=user><input type=password name="pass word"><input type=hidden name=token></form>`)(w, r)
	}))
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.server.EnableHTTP2 = http2
	s.server.TLS = &tls.Config{Certificates: []tls.Certificate{trusted.issue(t, time.Now().Add(time.Hour), "login.cafe.test")}}
	s.server.StartTLS()
	t.Cleanup(s.server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(trusted.cert)
	s.transport = &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: http2,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, s.server.Listener.Addr().String())
		},
	}
	t.Cleanup(s.transport.CloseIdleConnections)
	return s
}

// Nothing of a request with a secret reaches a connection that BeforeSecret refuses, also if
// it was used before, or is shared by HTTP/2. It is told the keys and the form.
func TestBeforeSecretHoldsBack(t *testing.T) {
	errChanged := errors.New("another certificate")
	for _, http2 := range []bool{false, true} {
		for _, reused := range []bool{false, true} {
			for _, allowed := range []bool{false, true} {
				t.Run(fmt.Sprintf("http2 %v, reused %v, allowed %v", http2, reused, allowed), func(t *testing.T) {
					site := newSecureSite(t, http2)
					var asked []portal.Destination
					session, err := portal.New(portal.Config{
						Transport: site.transport, Hosts: []string{"login.cafe.test"}, Permission: allow(true),
						BeforeSecret: func(d portal.Destination) error {
							if asked = append(asked, d); allowed {
								return nil
							}
							return errChanged
						},
					})
					if err != nil {
						t.Fatal(err)
					}
					page := open(t, session, "https://login.cafe.test/")
					if !reused {
						site.transport.CloseIdleConnections()
					}
					_, err = session.Submit(t.Context(), page.Forms()[0], portal.Submission{Fields: []portal.Field{{Name: "pass word", Value: portal.Secret(pin)}}})
					checkHeldBack(t, err, errChanged, allowed)
					_, err = session.Open(t.Context(), "https://login.cafe.test/?pin="+horse)
					if err != nil {
						t.Errorf("a request without a secret: %v", err)
					}
					session.Declare(portal.Secret(horse))
					_, err = session.Open(t.Context(), "https://login.cafe.test/?pin="+horse)
					checkHeldBack(t, err, errChanged, allowed)
					want := int32(0)
					if allowed {
						want = 1
					}
					if posts, queries := site.posts.Load(), site.queries.Load(); posts != want || queries != 1+want {
						t.Errorf("%d bodies and %d queries arrived, want %d and %d", posts, queries, want, 1+want)
					}
					first := asked[0]
					if first.Host != "login.cafe.test" || first.Scheme != "https" || !first.Named || len(first.Key) != 43 || len(first.Issuer) != 43 || first.Key != first.Issuer {
						t.Errorf("asked about %+v", first) // the test's authority signs for its own key
					}
					if first.Form != "user:text password:password token:hidden" || len(first.FormDigest) != 43 {
						t.Errorf("form %q, %q", first.Form, first.FormDigest)
					}
					if last := asked[len(asked)-1]; last.Form != "" || last.FormDigest != "" || last.Key != first.Key {
						t.Errorf("asked about %+v", last)
					}
				})
			}
		}
	}
}

func checkHeldBack(t *testing.T, err, cause error, allowed bool) {
	t.Helper()
	if allowed {
		if err != nil {
			t.Error(err)
		}
		return
	}
	refused, ok := errors.AsType[*portal.SecretError](err)
	if !ok || !errors.Is(err, cause) || !errors.Is(refused, cause) || refused.SharedHost {
		t.Errorf("error %v", err)
	}
}

// Over http nothing is known but the host; it is asked before the connection.
func TestBeforeSecretOverHTTP(t *testing.T) {
	errChanged := errors.New("another host")
	var asked portal.Destination
	session := network{}.sessionWith(t, portal.Config{
		Hosts: []string{"login.cafe.test"}, Permission: allow(true),
		BeforeSecret: func(d portal.Destination) error { asked = d; return errChanged },
	})
	_, err := session.Post(t.Context(), "http://login.cafe.test:8080/", portal.Body{Form: []portal.Field{{Name: "p", Value: portal.Secret(pin)}}})
	checkHeldBack(t, err, errChanged, false)
	if want := (portal.Destination{Scheme: "http", Host: "login.cafe.test:8080", Named: true}); asked != want {
		t.Errorf("asked about %+v, want %+v", asked, want)
	}
}

// A portal that knows the secret cannot put it into what is remembered, and what was held
// back is no exchange.
func TestBeforeSecretShowsNoSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked portal.Destination
		session := network{"http://zebra.7.test": html(`<form method=post action="http://zebra.7.test/"><input name='` + pinName + `'><input name='ze!bra'><input name='x27!18y'><input name='` + strings.Repeat("a", 29) + `ze!bra'><input name=p type=password></form>`)}.sessionWith(t, portal.Config{
			Hosts: []string{"*.7.test"}, Permission: allow(true),
			BeforeSecret: func(d portal.Destination) error { asked = d; return errors.New("no") },
		})
		page := open(t, session, "http://zebra.7.test/")
		session.Declare(portal.Secret("zebra"), portal.Secret("2718"))
		_, err := session.Submit(t.Context(), page.Forms()[0], portal.Submission{Fields: []portal.Field{{Name: "p", Value: portal.Secret(pin)}}})
		if err == nil || asked.Host != "[redacted].7.test" || asked.Form != "[redacted]:text [redacted]:text [redacted]:text [redacted]:text p:password" {
			t.Errorf("error %v, asked about %+v", err, asked)
		}
		if trace := session.Trace(); len(trace) != 1 || session.HasSubmitted() {
			t.Errorf("submitted %v, trace %+v", session.HasSubmitted(), trace)
		}
	})
}

// pinName is pin in an attribute.
const pinName = "Zebra &quot;7&quot;&amp;&lt;é&gt;+/ö"

// A transport that does not say which connection it uses gets no body with a secret.
func TestBeforeSecretNeedsTheConnection(t *testing.T) {
	var body []byte
	session, err := portal.New(portal.Config{
		Hosts: []string{"login.cafe.test"},
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			body, _ = io.ReadAll(r.Body)
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
		}),
		BeforeSecret: func(portal.Destination) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = session.Post(t.Context(), "https://login.cafe.test/", portal.Body{Form: []portal.Field{{Name: "p", Value: portal.Secret(horse)}}})
	if strings.Contains(string(body), horse) {
		t.Errorf("sent %q", body)
	}
}
