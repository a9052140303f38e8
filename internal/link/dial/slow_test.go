package dial

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// A server that thinks for long is waited for: the caller's deadline is the only one.
func TestASlowResponseIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := newTransport(func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				if _, err := http.ReadRequest(bufio.NewReader(server)); err != nil {
					t.Error(err)
				}
				time.Sleep(55 * time.Second)
				_, _ = io.WriteString(server, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			}()
			return client, nil
		}, nil, nil)
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://login.cafe.test/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("status %d", response.StatusCode)
		}
	})
}
