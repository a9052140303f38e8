package proxy

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"time"
)

// webServer is the part of a proxy that speaks HTTP. It is a [net.Listener] of the connections that serve gets.
type webServer struct {
	proxy  *Proxy
	ctx    context.Context // of Run
	server *http.Server
	conns  chan net.Conn
	ended  sync.WaitGroup
}

func (p *Proxy) newWebServer(ctx context.Context) *webServer {
	s := &webServer{proxy: p, ctx: ctx, conns: make(chan net.Conn)}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.RawQuery = r.In.URL.RawQuery // also one that Go cannot parse
			r.Out.Header.Del("Connection")         // browsers ask for WebSockets by CONNECT
			r.Out.Header.Del("Upgrade")
		},
		Transport:      pacedTransport{p},
		FlushInterval:  -1,
		ErrorHandler:   s.fail,
		ErrorLog:       slog.NewLogLogger(p.config.Logger.Handler(), slog.LevelDebug),
		ModifyResponse: func(*http.Response) error { p.config.Active(); return nil },
	}
	s.server = &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, forward) }),
		ReadHeaderTimeout: p.config.headTime,
		IdleTimeout:       p.config.idleTime,
		MaxHeaderBytes:    maxHead,
		ErrorLog:          slog.NewLogLogger(p.config.Logger.Handler(), slog.LevelDebug),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed { // a hijacked one never is
				p.done()
			}
		},
	}
	s.ended.Go(func() { _ = s.server.Serve(s) }) // until close
	return s
}

// serve passes a connection on; it is false if the server is closed.
func (s *webServer) serve(conn net.Conn) bool {
	select {
	case s.conns <- conn:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// close closes all connections that are not tunnels.
func (s *webServer) close() {
	s.ended.Wait() // it accepts none any more
	_ = s.server.Close()
}

// Accept returns the next connection.
func (s *webServer) Accept() (net.Conn, error) {
	select {
	case conn := <-s.conns:
		return conn, nil
	case <-s.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Close does nothing: the context of Run ends Accept.
func (s *webServer) Close() error { return nil }

// Addr is where the proxy listens.
func (s *webServer) Addr() net.Addr { return s.proxy.listener.Addr() }

// answer forwards one request, or makes its connection a tunnel.
func (s *webServer) answer(w http.ResponseWriter, r *http.Request, forward http.Handler) {
	// The context of the request ends as soon as the client says that it sends no more.
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	switch {
	case r.Method == http.MethodConnect:
		s.connect(ctx, w, r.Host)
	case r.URL.Scheme != "http" || r.URL.Host == "":
		refuse(w, http.StatusBadRequest, "This port is a proxy: it takes requests with a whole http URL, and CONNECT.")
	default:
		idle := watchIdle(s.proxy.config.idleTime, w, stop)
		defer idle.stop()
		r = r.WithContext(context.WithValue(ctx, idleKey{}, idle))
		r.Body = idle.watch(r.Body, s.proxy)
		forward.ServeHTTP(w, r)
	}
}

// connect makes a tunnel to host:port.
func (s *webServer) connect(ctx context.Context, w http.ResponseWriter, address string) {
	p := s.proxy
	p.config.Active()
	server, err := p.config.Path.DialContext(ctx, "tcp", address)
	if err != nil {
		s.fail(w, &http.Request{Host: address}, err)
		return
	}
	defer server.Close()
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer p.done()
	defer conn.Close()
	client, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	_ = conn.SetDeadline(time.Time{})
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	if err := p.tunnel(ctx, client, buffered.Reader, server); err != nil {
		p.config.Logger.Debug("tunnel ends", "to", address, "error", err)
	}
}

// fail tells a client, and a person, why a server is not reached.
func (s *webServer) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.proxy.config.Logger.Debug("proxy cannot connect", "to", r.Host, "error", err)
	refuse(w, explain(err).status, fmt.Sprintf("%s cannot be reached over this network.\n\n%v", r.Host, err))
}

// refuse answers with a page of plain text.
func refuse(w http.ResponseWriter, status int, text string) {
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strings.ToValidUTF8(text, "\ufffd")+"\n") // errs if the client has gone
}
