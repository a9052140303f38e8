package portal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"hotspot-helper/portal"
)

// network is an Internet in memory: a handler for each "scheme://host". For
// "https" it skips TLS, because that belongs to the transport of a session.
type network map[string]http.HandlerFunc

// transport returns an HTTP transport into the network.
func (n network) transport(t *testing.T) *http.Transport {
	t.Helper()
	servers := map[string]*pipeListener{}
	for origin, handler := range n {
		listener := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
		servers[origin] = listener
		var running sync.WaitGroup // Close does not wait for handlers
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			running.Add(1)
			defer running.Done()
			handler(w, r)
		})}
		running.Go(func() { _ = server.Serve(listener) })
		t.Cleanup(func() {
			_ = server.Close()
			running.Wait()
		})
	}
	dial := func(scheme string) func(context.Context, string, string) (net.Conn, error) {
		return func(ctx context.Context, _, addr string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			listener, ok := servers[scheme+"://"+host]
			if !ok {
				return nil, fmt.Errorf("dial %s: %w", host, errRefused)
			}
			return listener.dial(ctx)
		}
	}
	transport := &http.Transport{
		DialContext:            dial("http"),
		DialTLSContext:         dial("https"),
		MaxResponseHeaderBytes: portal.MaxHeader,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

var errRefused = errors.New("connection refused")

type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.IPAddr{} }

// session returns a session in the network with these hosts.
func (n network) session(t *testing.T, hosts ...string) *portal.Session {
	t.Helper()
	return n.sessionWith(t, portal.Config{Hosts: hosts})
}

func (n network) sessionWith(t *testing.T, config portal.Config) *portal.Session {
	t.Helper()
	config.Transport = n.transport(t)
	session, err := portal.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// open opens a page, which must succeed.
func open(t *testing.T, session *portal.Session, rawURL string) *portal.Page {
	t.Helper()
	page, err := session.Open(t.Context(), rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// html responds with a page.
func html(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, body)
	}
}

// to responds with a redirect.
func to(status int, location string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(status)
	}
}

// paths responds by path, else with 404.
func paths(handlers map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if handler, ok := handlers[r.URL.Path]; ok {
			handler(w, r)
			return
		}
		http.NotFound(w, r)
	}
}

// raw hijacks the connection and writes any bytes.
func raw(t *testing.T, write func(net.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		write(conn)
	}
}
