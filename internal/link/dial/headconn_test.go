package dial

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hotspot-helper/internal/web"
)

// answering accepts connections and writes these bytes for each request head that it reads.
func answering(t *testing.T, listener net.Listener, answer string) string {
	t.Helper()
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				buffer := make([]byte, 4096)
				for {
					n, err := conn.Read(buffer)
					if err != nil {
						return
					}
					if strings.HasSuffix(string(buffer[:n]), "\r\n\r\n") {
						if _, err := io.WriteString(conn, answer); err != nil || strings.Contains(answer, "close") {
							return
						}
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}

func TestHeadsAreRepaired(t *testing.T) {
	certificates := httptest.NewUnstartedServer(nil)
	certificates.StartTLS()
	defer certificates.Close()
	long := strings.Repeat("X-Long: "+strings.Repeat("x", 990)+"\r\n", 200)
	for _, test := range []struct{ name, answer, want string }{
		{"nothing wrong", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage", "page"},
		{"line without colon", "HTTP/1.1 200 OK\r\nthis is no header\r\nContent-Length: 4\r\n\r\npage", "page"},
		{"line without name", "HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 4\r\n\r\npage", "page"},
		{"lengths that differ", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\npage", "page"},
		{"to the end", "HTTP/1.1 200 OK\r\nContent-Length: x\r\nX: close\r\n\r\npage", "page"},
		{"200 kB of fields", "HTTP/1.1 200 OK\r\n" + long + "oops\r\nContent-Length: 4\r\n\r\npage", "page"},
		{"more than is read", "HTTP/1.1 200 OK\r\n" + long + long + "Content-Length: 4\r\n\r\npage", ""},
		{"informational", "HTTP/1.1 103 Early Hints\r\noops\r\n\r\nHTTP/1.1 200 OK\r\noops\r\nContent-Length: 4\r\n\r\npage", "page"},
		{"body with an empty line", "HTTP/1.1 200 OK\noops\nContent-Length: 7\n\npa\n\n: x", "pa\n\n: x"},
		{"no head", "<html>close", ""},
		{"half a head", "HTTP/1.1 200 OK\r\nX: close\r\n", ""},
	} {
		for _, scheme := range []string{"http", "https"} {
			t.Run(test.name+" over "+scheme, func(t *testing.T) {
				path := loopback(0)
				defer path.CloseIdleConnections()
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				if scheme == "https" {
					listener = tls.NewListener(listener, &tls.Config{Certificates: certificates.TLS.Certificates})
					path.roots = certificates.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
				}
				address := answering(t, listener, test.answer)
				for range 2 { // the second over the same connection, if it stays open
					request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, scheme+"://"+address+"/", http.NoBody)
					if err != nil {
						t.Fatal(err)
					}
					got, verified := "", false
					if response, err := path.RoundTrip(request); err == nil {
						body, err := io.ReadAll(response.Body)
						response.Body.Close()
						got, verified = string(body), response.TLS != nil && len(response.TLS.VerifiedChains) > 0
						if err != nil {
							t.Error(err)
						}
						if verified != (scheme == "https") {
							t.Errorf("verified %t", verified)
						}
					} else if test.want != "" {
						t.Error(err)
					}
					if got != test.want {
						t.Errorf("got %q, want %q", got, test.want)
					}
				}
			})
		}
	}
}

// A percent sign that begins no escape is sent as it stands.
func TestRequestLine(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		buffer := make([]byte, 4096)
		n, _ := conn.Read(buffer)
		lines <- string(buffer[:n])
		fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	}()
	defer listener.Close()
	path := loopback(0)
	defer path.CloseIdleConnections()
	u, err := web.ResolveReference(nil, "http://"+listener.Addr().String()+"/portal/100%/x?a=1")
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.URL = u
	response, err := path.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	want := "GET /portal/100%/x?a=1 HTTP/1.1\r\nHost: " + listener.Addr().String() + "\r\n"
	if line := <-lines; !strings.HasPrefix(line, want) {
		t.Errorf("%q is sent, want %q", line, want)
	}
}

// Many informational responses cost work in proportion to their bytes: behind the first few,
// the bytes are returned as they are.
func TestInformationalHeadsAreFew(t *testing.T) {
	const head = "HTTP/1.1 103 x\nbad\n\n"
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		_, _ = io.WriteString(server, strings.Repeat(head, 1000))
	}()
	conn := &headConn{Conn: client}
	conn.expected.Store(true)
	read, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if repaired, want := 1000-bytes.Count(read, []byte("bad")), maxInformational+1; repaired != want {
		t.Errorf("%d heads repaired, want %d", repaired, want)
	}
}
