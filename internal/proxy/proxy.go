// Package proxy is the way of a browser window through one link: a listener on the loopback
// interface that speaks HTTP and SOCKS 5, for programs of the same user only.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// MaxAge is how long a proxy may be there.
const MaxAge = time.Hour

// Bounds of what clients cost. A browser opens at most 32 connections to a proxy, and some that it does not use.
const (
	maxConnections = 256
	maxHead        = 64 << 10         // bytes of a request's head
	headTime       = 30 * time.Second // to send it
	idleTime       = 5 * time.Minute  // of a connection without a byte, and for the beginning of a response
	maxTraffic     = 64 << 30         // bytes through one proxy, both ways together
)

// Path is the way through the link: every connection and every name. It refuses addresses that a portal
// must not make us reach with a [*portal.HostError].
type Path interface {
	http.RoundTripper
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
	CloseIdleConnections()
}

// Config is what a proxy is made of.
type Config struct {
	Path Path // required
	// Active is called when a client has asked for a page, has sent something, or has ended a connection; nil:
	// nobody wants to know. It must not block.
	Active func()
	Logger *slog.Logger // nil discards; hosts are logged, never URLs

	owner    func(client, proxy netip.AddrPort) (uid uint32, err error) // nil: asks the kernel
	idleTime time.Duration                                              // 0: idleTime
	headTime time.Duration                                              // 0: headTime
	most     int64                                                      // 0: maxTraffic
}

// Proxy accepts connections on a port of 127.0.0.1. One port speaks HTTP (CONNECT, and requests with a whole http URL) and
// SOCKS 5 (CONNECT without authentication).
type Proxy struct {
	config   Config
	listener *net.TCPListener
	slots    chan struct{} // one value for each connection
	clients  sync.WaitGroup
	traffic  atomic.Int64
}

// Listen opens a port that the kernel chooses. [Proxy.Run] must follow, which closes it.
func Listen(config Config) (*Proxy, error) {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.owner == nil {
		config.owner = owner
	}
	if config.Active == nil {
		config.Active = func() {}
	}
	if config.idleTime == 0 {
		config.idleTime = idleTime
	}
	if config.headTime == 0 {
		config.headTime = headTime
	}
	if config.most == 0 {
		config.most = maxTraffic
	}
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("listen for a browser: %w", err)
	}
	return &Proxy{config: config, listener: listener, slots: make(chan struct{}, maxConnections)}, nil
}

// Address is where the proxy listens.
func (p *Proxy) Address() netip.AddrPort { return addressOf(p.listener.Addr()) }

// Run serves until the context ends, or for [MaxAge]. Then it closes all connections at once, and returns when nothing
// of them is left. It errs only if the listener breaks.
func (p *Proxy) Run(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, MaxAge)
	defer stop()
	defer context.AfterFunc(ctx, func() { _ = p.listener.Close() })()
	web := p.newWebServer(ctx)
	err := p.accept(ctx, web)
	stop()
	web.close()
	p.clients.Wait()
	p.config.Path.CloseIdleConnections()
	if cause := context.Cause(ctx); errors.Is(err, net.ErrClosed) && cause != nil {
		return nil
	}
	return fmt.Errorf("accept connections of a browser: %w", err)
}

// accept serves each connection until the listener is closed.
func (p *Proxy) accept(ctx context.Context, web *webServer) error {
	for {
		conn, err := p.listener.AcceptTCP()
		if err != nil {
			return err
		}
		select {
		case p.slots <- struct{}{}:
		default:
			p.config.Logger.Debug("proxy has too many connections", "most", maxConnections)
			_ = conn.Close()
			continue
		}
		p.clients.Add(1)
		go p.greet(ctx, conn, web)
	}
}

// done is the end of a connection that accept began.
func (p *Proxy) done() {
	<-p.slots
	p.clients.Done()
}

// greet finds out what a client speaks. The HTTP server calls done for the connections that it gets.
func (p *Proxy) greet(ctx context.Context, conn *net.TCPConn, web *webServer) {
	err := p.checkOwner(conn)
	var first byte
	if err == nil {
		first, err = p.peek(ctx, conn)
	}
	switch {
	case err != nil:
		p.config.Logger.Debug("proxy refuses a connection", "client", conn.RemoteAddr(), "error", err)
	case first == socksVersion:
		p.serveSOCKS(ctx, conn)
	default:
		if web.serve(conn) {
			return
		}
	}
	_ = conn.Close()
	p.done()
}

// checkOwner returns an error unless the client is a program of this user.
func (p *Proxy) checkOwner(conn *net.TCPConn) error {
	uid, err := p.config.owner(addressOf(conn.RemoteAddr()), addressOf(conn.LocalAddr()))
	if err != nil {
		return err
	}
	if own := uint32(os.Getuid()); uid != own {
		return fmt.Errorf("it belongs to user %d, not to %d", uid, own)
	}
	return nil
}

// peek returns the first byte that a client sends, and leaves it to be read.
func (p *Proxy) peek(ctx context.Context, conn *net.TCPConn) (byte, error) {
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	_ = conn.SetReadDeadline(time.Now().Add(p.config.headTime)) // errs only if it is closed
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var first [1]byte
	var n int
	var peeked error
	err = raw.Read(func(fd uintptr) bool {
		n, _, peeked = unix.Recvfrom(int(fd), first[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return peeked != unix.EAGAIN
	})
	switch {
	case err != nil:
		return 0, err
	case peeked != nil:
		return 0, os.NewSyscallError("recvfrom", peeked)
	case n == 0:
		return 0, errors.New("it sent nothing")
	}
	return first[0], conn.SetReadDeadline(time.Time{})
}

func addressOf(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	at := tcp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}
