package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hotspot-helper/portal"
)

// way leads every name and address to one server, except for those that it refuses.
type way struct {
	*http.Transport

	to   string
	errs map[string]error // by host
}

func newWay(to string) *way {
	w := &way{to: to, errs: map[string]error{
		"forbidden.test": &portal.HostError{Host: "127.0.0.1", Reason: "address of this computer"},
		"nowhere.test":   &net.DNSError{Err: "no such host", Name: "nowhere.test", IsNotFound: true},
		"slow.test":      context.DeadlineExceeded,
		"closed.test":    &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", unix.ECONNREFUSED)},
	}}
	w.Transport = &http.Transport{DialContext: w.DialContext}
	return w
}

func (w *way) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if err := w.errs[host]; err != nil {
		return nil, fmt.Errorf("dial %s over wlan0: %w", address, err)
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, w.to)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// start runs a proxy until the test ends, or the returned function is called.
func start(t testing.TB, config Config) (p *Proxy, stop func()) {
	t.Helper()
	p, err := Listen(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("run: %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Error("the proxy does not end")
		}
	}
	t.Cleanup(stop)
	return p, stop
}

// through is a client that uses the proxy; scheme is http or socks5h.
func through(p *Proxy, scheme string) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: scheme, Host: p.Address().String()}), DisableKeepAlives: scheme != "http"},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func listenerOf(s *httptest.Server) string { return s.Listener.Addr().String() }

// echo shows what reached a server.
func echo(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/leave" {
		http.Redirect(w, r, "http://elsewhere.test/", http.StatusFound)
		return
	}
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s host=%s body=%s", r.Method, r.RequestURI, r.Host, body)
	for _, name := range []string{"Proxy-Connection", "Proxy-Authorization", "Connection", "Upgrade", "X-Forwarded-For", "Forwarded", "Via", "X-Own", "Cookie", "Accept-Encoding"} {
		if value := r.Header.Get(name); value != "" {
			fmt.Fprintf(w, " %s=%s", name, value)
		}
	}
}

func TestHTTP(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	var active atomic.Int64
	p, _ := start(t, Config{Path: newWay(listenerOf(server)), Active: func() { active.Add(1) }})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://portal.test/a%2fb?x=1;y=%zz", strings.NewReader("room=12"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{
		"Proxy-Connection": {"keep-alive"}, "Proxy-Authorization": {"Basic x"}, "Connection": {"X-Hop, Upgrade"}, "X-Hop": {"1"}, "Upgrade": {"other"},
		"X-Own": {"kept"}, "Cookie": {"a=b"}, "Accept-Encoding": {"br"},
	}
	response, err := through(p, "http").Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	const want = "POST /a%2fb?x=1;y=%zz host=portal.test body=room=12 X-Own=kept Cookie=a=b Accept-Encoding=br"
	if string(body) != want {
		t.Errorf("the server got\n%s, want\n%s", body, want)
	}
	if active.Load() == 0 {
		t.Error("nobody was told of the request")
	}
	response, err = through(p, "http").Get("http://portal.test/leave")
	if err != nil || response.StatusCode != http.StatusFound || response.Header.Get("Location") != "http://elsewhere.test/" {
		t.Errorf("redirect: %v, %v", response, err)
	}
}

func TestTunnels(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer server.Close()
	for _, scheme := range []string{"http", "socks5h", "socks5"} {
		p, _ := start(t, Config{Path: newWay(listenerOf(server))})
		client := through(p, scheme)
		transport := client.Transport.(*http.Transport)
		transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		for _, host := range []string{"example.com", "127.0.0.1", "[::1]"} { // names of the test server's certificate
			response, err := client.Get("https://" + host + "/page")
			if err != nil {
				t.Errorf("%s, %s: %v", scheme, host, err)
				continue
			}
			body, _ := io.ReadAll(response.Body)
			if want := "GET /page host=" + host; !strings.HasPrefix(string(body), want) {
				t.Errorf("%s: %s, want %s", scheme, body, want)
			}
			response.Body.Close()
		}
	}
}

// What cannot be reached has a clear answer, and a page for the person.
func TestRefusals(t *testing.T) {
	p, _ := start(t, Config{Path: newWay("127.0.0.1:1")})
	for host, want := range map[string]struct {
		status int
		reply  reply
	}{
		"forbidden.test": {403, replyForbidden}, "nowhere.test": {502, replyNoHost}, "slow.test": {504, replyNoHost}, "closed.test": {502, replyRefused},
	} {
		response, err := through(p, "http").Get("http://" + host + "/")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		if response.StatusCode != want.status || !strings.HasPrefix(string(body), host+" cannot be reached over this network.") {
			t.Errorf("%s: %d %s", host, response.StatusCode, body)
		}
		if status, _ := exchange(t, p, "CONNECT "+host+":443 HTTP/1.1\r\nHost: "+host+":443\r\n\r\n"); !strings.HasPrefix(status, fmt.Sprintf("HTTP/1.1 %d ", want.status)) {
			t.Errorf("CONNECT %s: %s", host, status)
		}
		got, _ := exchange(t, p, "\x05\x01\x00\x05\x01\x00\x03"+string(rune(len(host)))+host+"\x01\xbb")
		if len(got) != 12 || got[3] != byte(want.reply) {
			t.Errorf("SOCKS %s: %q, want code %d", host, got, want.reply)
		}
	}
	for _, c := range []struct{ sent, want string }{
		{"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "HTTP/1.1 400 "},
		{"GET https://portal.test/ HTTP/1.1\r\nHost: portal.test\r\n\r\n", "HTTP/1.1 400 "},
		{"GET ftp://portal.test/ HTTP/1.1\r\nHost: portal.test\r\n\r\n", "HTTP/1.1 400 "},
		{"GET http://portal.test/ HTTP/1.1\r\nHost: portal.test\r\nX: " + strings.Repeat("x", 2*maxHead) + "\r\n\r\n", "HTTP/1.1 431 "},
		{"nonsense\r\n\r\n", "HTTP/1.1 400 "},
		{"\x05\x01\x02", "\x05\xff"},                                                         // only with a password
		{"\x05\x01\x00\x05\x02\x00\x01\x01\x01\x01\x01\x00\x50", "\x05\x00\x05\x07\x00\x01"}, // BIND
		{"\x05\x01\x00\x05\x01\x00\x09", "\x05\x00\x05\x08\x00\x01"},                         // an unknown kind of address
		{"\x05\x01\x00\x05\x01\x00\x03\x00\x00\x50", "\x05\x00\x05\x01\x00\x01"},             // no name
	} {
		if got, _ := exchange(t, p, c.sent); !strings.HasPrefix(got, c.want) {
			t.Errorf("%.40q is answered by %.80q, want %q", c.sent, got, c.want)
		}
	}
}

// exchange sends bytes, and returns what comes until the proxy closes the connection, or has answered a request of HTTP.
func exchange(t *testing.T, p *Proxy, send string) (string, error) {
	t.Helper()
	conn := connect(t, p)
	if _, err := io.WriteString(conn, send); err != nil {
		return "", err
	}
	if err := conn.CloseWrite(); err != nil {
		return "", err
	}
	data, err := io.ReadAll(conn)
	return string(data), err
}

func connect(t *testing.T, p *Proxy) *net.TCPConn {
	t.Helper()
	conn, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(p.Address()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

// A client may say that it sends no more, and still gets its answer: all of it.
func TestHalfClosed(t *testing.T) {
	blob := make([]byte, 3*chunk+17)
	_, _ = rand.Read(blob)
	server := echoServer(t, blob)
	p, _ := start(t, Config{Path: newWay(server)})
	for name, head := range map[string]string{
		"CONNECT": "CONNECT portal.test:80 HTTP/1.1\r\nHost: portal.test:80\r\n\r\n",
		"SOCKS":   "\x05\x01\x00\x05\x01\x00\x01\x01\x02\x03\x04\x00\x50",
	} {
		conn := connect(t, p)
		_, _ = io.WriteString(conn, head+"everything") // at once, before the answer
		if err := conn.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(conn)
		if err != nil || !bytes.HasSuffix(got, append([]byte("got everything\n"), blob...)) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select { // the request is there before the client's end is
		case <-r.Context().Done():
		case <-time.After(200 * time.Millisecond):
			echo(w, r)
		}
	}))
	defer web.Close()
	p, _ = start(t, Config{Path: newWay(listenerOf(web))})
	if got, err := exchange(t, p, "GET http://portal.test/ HTTP/1.1\r\nHost: portal.test\r\n\r\n"); err != nil || !strings.Contains(got, "GET / host=portal.test") {
		t.Errorf("plain: %q, %v", got, err)
	}
}

// echoServer waits for the end of what it is sent, and answers with that and a blob.
func echoServer(t testing.TB, blob []byte) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				got, _ := io.ReadAll(conn)
				fmt.Fprintf(conn, "got %s\n", got)
				_, _ = conn.Write(blob)
			}()
		}
	}()
	return listener.Addr().String()
}

// When the context ends, everything is closed at once: connections that have sent nothing, requests, tunnels.
func TestEnd(t *testing.T) {
	reached := make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		<-r.Context().Done()
	}))
	defer server.Close()
	p, stop := start(t, Config{Path: newWay(listenerOf(server))})
	var conns []*net.TCPConn
	for _, send := range []string{
		"", "\x05", "GET ht", "GET http://portal.test/ HTTP/1.1\r\nHost: portal.test\r\n\r\n",
		"CONNECT portal.test:80 HTTP/1.1\r\n\r\n", "CONNECT portal.test:80 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"\x05\x01\x00\x05\x01\x00\x01\x01\x02\x03\x04\x00\x50GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		conn := connect(t, p)
		_, _ = io.WriteString(conn, send)
		conns = append(conns, conn)
	}
	for range 3 {
		<-reached
	}
	stop()
	for i, conn := range conns {
		if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connection %d is still open", i)
		}
	}
	if len(p.slots) != 0 {
		t.Errorf("%d connections are left", len(p.slots))
	}
	if _, err := net.Dial("tcp", p.Address().String()); err == nil {
		t.Error("the port is still open")
	}
}

// Slots are given back, whatever became of a connection.
func TestSlots(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	p, _ := start(t, Config{Path: newWay(listenerOf(server))})
	for range 3 * maxConnections / 5 {
		for _, send := range []string{
			"", "x", "GET http://portal.test/ HTTP/1.1\r\nHost: portal.test\r\nConnection: close\r\n\r\n", "CONNECT forbidden.test:80 HTTP/1.1\r\n\r\n",
			"CONNECT portal.test:80 HTTP/1.1\r\n\r\n",
		} {
			_, _ = exchange(t, p, send)
		}
	}
	if got, err := exchange(t, p, "GET http://portal.test/ HTTP/1.1\r\nHost: portal.test\r\n\r\n"); err != nil || !strings.Contains(got, "GET / host") {
		t.Errorf("%q, %v", got, err)
	}
}

func TestBounds(t *testing.T) {
	t.Run("connections", func(t *testing.T) {
		p, _ := start(t, Config{Path: newWay("127.0.0.1:1")})
		for range maxConnections {
			connect(t, p)
		}
		if got, _ := exchange(t, p, "GET / HTTP/1.1\r\n\r\n"); got != "" {
			t.Errorf("one more is answered: %q", got)
		}
	})
	t.Run("head", func(t *testing.T) {
		p, _ := start(t, Config{Path: newWay("127.0.0.1:1"), headTime: 50 * time.Millisecond})
		for _, send := range []string{"", "\x05\x01", "GET http://portal.test/ HT"} {
			conn := connect(t, p)
			_, _ = io.WriteString(conn, send)
			if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%q: the proxy waits on", send)
			}
		}
	})
	t.Run("idle", func(t *testing.T) {
		server := silentServer(t)
		p, _ := start(t, Config{Path: newWay(server), idleTime: 50 * time.Millisecond})
		for _, send := range []string{
			"CONNECT portal.test:80 HTTP/1.1\r\n\r\n", "\x05\x01\x00\x05\x01\x00\x01\x01\x02\x03\x04\x00\x50",
			"GET http://portal.test/ HTTP/1.1\r\nHost: portal.test\r\n\r\n",
			"POST http://portal.test/ HTTP/1.1\r\nHost: portal.test\r\nContent-Length: 10\r\n\r\n123",
		} {
			conn := connect(t, p)
			_, _ = io.WriteString(conn, send)
			if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%.20q: the proxy waits on", send)
			}
		}
	})
	t.Run("bytes", func(t *testing.T) {
		server := echoServer(t, make([]byte, 4*chunk))
		p, _ := start(t, Config{Path: newWay(server), most: 2 * chunk})
		got, _ := exchange(t, p, "CONNECT portal.test:80 HTTP/1.1\r\n\r\n")
		if len(got) >= 4*chunk {
			t.Errorf("%d bytes came", len(got))
		}
	})
}

// silentServer accepts connections, and says nothing.
func silentServer(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

// Only programs of this user may use the proxy, and nobody is taken for one whom the kernel does not name.
func TestOwner(t *testing.T) {
	reached := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer server.Close()
	for name, owner := range map[string]func(_, _ netip.AddrPort) (uint32, error){
		"another user": func(_, _ netip.AddrPort) (uint32, error) { return uint32(os.Getuid()) + 1, nil },
		"not known":    func(_, _ netip.AddrPort) (uint32, error) { return uint32(os.Getuid()), errNoOwner },
	} {
		p, _ := start(t, Config{Path: newWay(listenerOf(server)), owner: owner})
		for _, send := range []string{"GET http://portal.test/ HTTP/1.1\r\nHost: portal.test\r\n\r\n", "CONNECT portal.test:80 HTTP/1.1\r\n\r\n", "\x05\x01\x00"} {
			if got, _ := exchange(t, p, send); got != "" || reached {
				t.Errorf("%s: %.20q is answered: %q", name, send, got)
			}
		}
	}
}

// The real kernel names the owner of a socket while a process has it.
func TestKernelOwner(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	remote, local := addressOf(server.RemoteAddr()), addressOf(server.LocalAddr())
	if uid, err := owner(remote, local); err != nil || uid != uint32(os.Getuid()) {
		t.Errorf("user %d, %v", uid, err)
	}
	if err := client.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if uid, err := owner(remote, local); err != nil || uid != uint32(os.Getuid()) {
		t.Errorf("half closed: user %d, %v", uid, err)
	}
	client.Close()
	if _, err := owner(remote, local); !errors.Is(err, errNoOwner) {
		t.Errorf("closed: %v", err)
	}
	if _, err := owner(netip.MustParseAddrPort("127.0.0.1:1"), local); !errors.Is(err, errNoOwner) {
		t.Errorf("nobody's: %v", err)
	}
}

func FuzzNegotiate(f *testing.F) {
	for _, seed := range []string{
		"\x05\x01\x00\x05\x01\x00\x01\x01\x02\x03\x04\x00\x50", "\x05\x02\x02\x00\x05\x01\x00\x03\x0bportal.test\x01\xbb",
		"\x05\x01\x00\x05\x01\x00\x04\xfe\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x50", "\x05\x00", "\x04\x01",
		"\x05\x01\x00\x05\x01\x00\x03\x03q[r\x00\x50",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var answer bytes.Buffer
		address, err := negotiate(bufio.NewReader(bytes.NewReader(data)), &answer)
		if err != nil {
			return
		}
		host, port, err := net.SplitHostPort(address)
		if err != nil || host == "" || port == "" || len(host) > 255 {
			t.Errorf("%q gives the address %q: %v", data, address, err)
		}
		if answer.String() != "\x05\x00" {
			t.Errorf("%q is answered by %q", data, answer.String())
		}
	})
}
