package portal_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"hotspot-helper/portal"
)

// A server over HTTP/2 that has read a login and wants it again does not get it: each submission is one that
// the session counts.
func TestALoginIsSentOnce(t *testing.T) {
	trusted := newAuthority(t)
	for name, test := range map[string]struct {
		goAway bool
		form   []portal.Field
		ask    func(portal.Destination) error
	}{
		"refused":         {form: []portal.Field{{Name: "pin", Value: portal.Secret("seahorse-4711")}}},
		"refused, gated":  {form: []portal.Field{{Name: "pin", Value: portal.Secret("seahorse-4711")}}, ask: func(portal.Destination) error { return nil }},
		"gone away":       {form: []portal.Field{{Name: "pin", Value: portal.Secret("seahorse-4711")}}, goAway: true},
		"without a body":  {},
		"no body, gone":   {goAway: true},
		"without secrets": {form: []portal.Field{{Name: "terms", Value: portal.Plain("on")}}},
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
				Certificates: []tls.Certificate{trusted.issue(t, time.Now().Add(time.Hour), "login.cafe.test")}, NextProtos: []string{"h2"},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			var posts atomic.Int32
			go acceptAll(listener, func(conn net.Conn) { refuseStreams(conn, test.goAway, &posts) })
			pool := x509.NewCertPool()
			pool.AddCert(trusted.cert)
			transport := &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true,
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, network, listener.Addr().String())
				},
			}
			defer transport.CloseIdleConnections()
			s, err := portal.New(portal.Config{Transport: transport, Hosts: []string{"login.cafe.test"}, BeforeSecret: test.ask})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Post(t.Context(), "https://login.cafe.test/login", portal.Body{Form: test.form})
			if err == nil || posts.Load() != 1 || s.Requests() != 1 || !s.HasSubmitted() {
				t.Errorf("%d posts of %d, submitted: %t, error %v", posts.Load(), s.Requests(), s.HasSubmitted(), err)
			}
		})
	}
}

func acceptAll(listener net.Listener, serve func(net.Conn)) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go serve(conn)
	}
}

// refuseStreams reads each request over HTTP/2 to its end and asks for it again.
func refuseStreams(conn net.Conn, goAway bool, posts *atomic.Int32) {
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	f := http2.NewFramer(conn, conn)
	_ = f.WriteSettings()
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				_ = f.WriteSettingsAck()
			}
		case *http2.DataFrame, *http2.HeadersFrame:
			if !frame.Header().Flags.Has(http2.FlagDataEndStream) {
				continue
			}
			posts.Add(1)
			if goAway {
				_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
				return
			}
			_ = f.WriteRSTStream(frame.Header().StreamID, http2.ErrCodeRefusedStream)
		}
	}
}

// A login over HTTP/1 on a connection that was used before is not sent again if the server read it and
// closed the connection.
func TestALoginOnAClosedConnection(t *testing.T) {
	pin := []portal.Field{{Name: "pin", Value: portal.Plain("1")}}
	for name, login := range map[string]func(*portal.Session, *portal.Page) error{
		"by POST": func(s *portal.Session, _ *portal.Page) error {
			_, err := s.Post(t.Context(), "http://a.test/", portal.Body{Form: pin})
			return err
		},
		"by GET": func(s *portal.Session, page *portal.Page) error {
			_, err := s.Submit(t.Context(), page.Forms()[0], portal.Submission{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			var logins atomic.Int32
			s := mustSession(t, closesAtLogin(t, &logins), nil)
			page, err := s.Open(t.Context(), "http://a.test/")
			if err != nil {
				t.Fatal(err)
			}
			if err := login(s, page); !portal.IsClosed(err) || logins.Load() != 1 || s.Requests() != 2 {
				t.Errorf("%d logins of %d requests, error %v", logins.Load(), s.Requests(), err)
			}
		})
	}
}

// closesAtLogin returns a transport to a server that reads a login and closes the connection.
func closesAtLogin(t *testing.T, logins *atomic.Int32) *http.Transport {
	const form = "<form><input name=pin value=1></form>"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go acceptAll(listener, func(conn net.Conn) {
		defer conn.Close()
		for reader := bufio.NewReader(conn); ; {
			request, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			body, _ := io.ReadAll(request.Body)
			if strings.Contains(request.RequestURI+string(body), "pin=") {
				logins.Add(1)
				return
			}
			_, _ = io.WriteString(conn, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s", len(form), form))
		}
	})
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, listener.Addr().String())
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}
