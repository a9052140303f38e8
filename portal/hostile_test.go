package portal_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

const rawHead = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"

// Malformed, oversized and slow responses.
func TestHostileServers(t *testing.T) {
	for _, test := range []struct {
		name  string
		serve func(t *testing.T) http.HandlerFunc
		check func(t *testing.T, page *portal.Page, err error, line portal.Exchange)
	}{
		{"endless body", func(t *testing.T) http.HandlerFunc {
			return raw(t, func(conn net.Conn) {
				_, err := io.WriteString(conn, rawHead+"\r\n")
				for err == nil {
					_, err = conn.Write(bytes.Repeat([]byte("x"), 4096))
				}
			})
		}, truncated(portal.MaxBody, "more than 1048576 bytes")},
		{"exactly the limit", func(*testing.T) http.HandlerFunc {
			return html(strings.Repeat("x", portal.MaxBody))
		}, complete(portal.MaxBody)},
		{"a byte for three", func(*testing.T) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=windows-1252")
				_, _ = w.Write(bytes.Repeat([]byte("\x80"), portal.MaxBody)) // €
			}
		}, func(t *testing.T, page *portal.Page, err error, line portal.Exchange) {
			if err != nil || !page.Truncated || len(page.Body) != portal.MaxBody/3*3 || !strings.Contains(line.Error, "more than") {
				t.Errorf("error %v, page %v, line %+v", err, page, line)
			}
		}},
		{"gzip bomb", func(*testing.T) http.HandlerFunc {
			return packed(bytes.Repeat([]byte{'a'}, 8<<20))
		}, truncated(portal.MaxBody, "more than")},
		{"cut off by length", func(t *testing.T) http.HandlerFunc {
			return raw(t, func(conn net.Conn) {
				_, _ = io.WriteString(conn, rawHead+"Content-Length: 100\r\n\r\nhello")
			})
		}, truncated(5, "unexpected EOF")},
		{"cut off in a chunk", func(t *testing.T) http.HandlerFunc {
			return raw(t, func(conn net.Conn) {
				_, _ = io.WriteString(conn, rawHead+"Transfer-Encoding: chunked\r\n\r\nff\r\nhello")
			})
		}, truncated(5, "unexpected EOF")},
		{"cut off in gzip", func(t *testing.T) http.HandlerFunc {
			var out bytes.Buffer
			writer := gzip.NewWriter(&out)
			_, _ = io.WriteString(writer, "hello")
			_ = writer.Flush()
			return raw(t, func(conn net.Conn) {
				_, _ = fmt.Fprintf(conn, "%sContent-Encoding: gzip\r\n\r\n%s", rawHead, out.Bytes())
			})
		}, truncated(5, "unexpected EOF")},
		{"gzip that is none", func(t *testing.T) http.HandlerFunc {
			return raw(t, func(conn net.Conn) {
				_, _ = io.WriteString(conn, rawHead+"Content-Encoding: gzip\r\n\r\nnot packed at all")
			})
		}, truncated(0, "not encoded")},
		{"drip", func(t *testing.T) http.HandlerFunc {
			return raw(t, func(conn net.Conn) {
				_, err := io.WriteString(conn, rawHead+"\r\n")
				for err == nil {
					time.Sleep(7 * time.Second)
					_, err = conn.Write([]byte("x"))
				}
			})
		}, truncated(8, "no complete answer within 1m0s")},
		{"silence", func(*testing.T) http.HandlerFunc {
			return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		}, fails("no complete answer within 1m0s", context.DeadlineExceeded)},
		{"no answer", func(t *testing.T) http.HandlerFunc {
			return raw(t, func(net.Conn) {})
		}, fails("EOF", io.EOF)},
		{"switching protocols", func(t *testing.T) http.HandlerFunc {
			return raw(t, func(conn net.Conn) {
				_, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
				for err == nil {
					time.Sleep(time.Second)
					_, err = conn.Write([]byte("x"))
				}
			})
		}, fails("status 101", nil)},
		{"header bomb", func(*testing.T) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Bomb", strings.Repeat("x", 2*portal.MaxHeader))
			}
		}, fails("broken or has more", nil)},
		{"no HTTP", func(t *testing.T) http.HandlerFunc {
			return raw(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "220 mail.test ESMTP\r\n") })
		}, fails("broken or has more", nil)},
		{"nested deeply", func(*testing.T) http.HandlerFunc {
			return html(strings.Repeat("<div>", 100_000) + "<form>")
		}, complete(500_006)},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				session := network{"http://a.test": test.serve(t)}.session(t, "a.test")
				page, err := session.Open(t.Context(), "http://a.test/")
				trace := session.Trace()
				if len(trace) != 1 {
					t.Fatalf("trace %+v, want one line", trace)
				}
				test.check(t, page, err, trace[0])
				if page != nil {
					page.Forms()
				}
			})
		})
	}
}

type check = func(t *testing.T, page *portal.Page, err error, line portal.Exchange)

func truncated(size int, reason string) check {
	return func(t *testing.T, page *portal.Page, err error, line portal.Exchange) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if !page.Truncated || len(page.Body) != size || line.Bytes != int64(size) || !strings.Contains(line.Error, reason) {
			t.Errorf("truncated %v, %d bytes, line %+v; want %d bytes and %q", page.Truncated, len(page.Body), line, size, reason)
		}
	}
}

func complete(size int) check {
	return func(t *testing.T, page *portal.Page, err error, line portal.Exchange) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if page.Truncated || len(page.Body) != size || line.Error != "" {
			t.Errorf("truncated %v, %d bytes, line %+v", page.Truncated, len(page.Body), line)
		}
	}
}

func fails(reason string, cause error) check {
	return func(t *testing.T, page *portal.Page, err error, line portal.Exchange) {
		t.Helper()
		if page != nil || err == nil || !strings.Contains(err.Error(), reason) || !strings.Contains(line.Error, reason) {
			t.Errorf("page %v, error %v, line %+v; want %q", page, err, line, reason)
		}
		if cause != nil && !errors.Is(err, cause) {
			t.Errorf("error %v is not %v", err, cause)
		}
	}
}

// packed responds with gzip, regardless of what the request accepts.
func packed(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/html")
		writer := gzip.NewWriter(w)
		_, _ = writer.Write(data)
		_ = writer.Close()
	}
}

// roundTripper is a transport that neither decompresses nor limits headers.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestPlainTransport(t *testing.T) {
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	_, _ = io.WriteString(writer, "hello")
	_ = writer.Close()
	header := http.Header{"Content-Encoding": {"GZIP"}}
	session, err := portal.New(portal.Config{Hosts: []string{"a.test"}, Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: header, Body: io.NopCloser(&out)}, nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	if page := open(t, session, "http://a.test/"); page.Body != "hello" || page.Truncated {
		t.Errorf("unrequested gzip: %q, truncated %v", page.Body, page.Truncated)
	}
	if page := open(t, session, "http://a.test/"); page.Body != "" || page.Truncated {
		t.Errorf("empty gzip: %q, truncated %v", page.Body, page.Truncated)
	}
	header.Set("X-Bomb", strings.Repeat("x", portal.MaxHeader))
	if _, err := session.Open(t.Context(), "http://a.test/"); err == nil || !strings.Contains(err.Error(), "header of") {
		t.Errorf("header bomb: %v", err)
	}
}

func TestCookiesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent int
		session := network{"http://a.test": func(w http.ResponseWriter, r *http.Request) {
			sent = len(r.Cookies())
			http.SetCookie(w, &http.Cookie{Name: "huge", Value: strings.Repeat("x", web.MaxCookie)})
			for i := range 1000 {
				http.SetCookie(w, &http.Cookie{Name: fmt.Sprintf("%s%d", strings.Trim(r.URL.Path, "/"), i), Value: "v"})
			}
		}}.session(t, "a.test")
		for _, path := range []string{"a", "b", "c"} {
			open(t, session, "http://a.test/"+path)
		}
		if sent != web.MaxCookies {
			t.Errorf("sent %d cookies, want %d", sent, web.MaxCookies)
		}
		if _, ok := session.Cookie("huge"); ok {
			t.Error("kept a huge cookie")
		}
		if _, ok := session.Cookie("a0"); !ok {
			t.Error("lost the first cookie")
		}
	})
}

// A cookie for a public suffix is refused.
func TestCookieDomains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session := network{"http://a.co.uk": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Add("Set-Cookie", "wide=1; Domain=co.uk")
			w.Header().Add("Set-Cookie", "own=1; Domain=a.co.uk")
			w.Header().Add("Set-Cookie", "tls=1; Secure")
		}}.session(t, "a.co.uk")
		open(t, session, "http://a.co.uk/")
		for name, want := range map[string]bool{"wide": false, "own": true, "tls": false} {
			if _, ok := session.Cookie(name); ok != want {
				t.Errorf("cookie %q: %v, want %v", name, ok, want)
			}
		}
	})
}

// The caller's context ends a request, also while its body is read.
func TestContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session := network{"http://a.test": raw(t, func(conn net.Conn) {
			_, _ = io.WriteString(conn, rawHead+"\r\nbegin")
			_, _ = conn.Read(make([]byte, 1))
		})}.session(t, "a.test")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := session.Open(ctx, "http://a.test/")
		if !errors.Is(err, context.DeadlineExceeded) || session.Page() != nil {
			t.Errorf("error %v, page %v", err, session.Page())
		}
		if elapsed := session.Trace()[0].Elapsed; elapsed != 5*time.Second {
			t.Errorf("took %v, want 5s", elapsed)
		}
	})
}

// nestedTimers returns a script of a size: setTimeout("setTimeout(\x22setTimeout(\x5cx22….
func nestedTimers(size int) string {
	head, tail := `setTimeout("`, `")`
	for quote := `\x22`; len(head) < size/6; quote = `\x5c` + quote[1:] {
		head, tail = head+"setTimeout("+quote, quote+")"+tail
	}
	return head + strings.Repeat("a", size-len(head)-len(tail)) + tail
}

// Pages that would take a naive reader quadratic time.
func TestHostilePages(t *testing.T) {
	fill := func(head, unit string) string {
		return head + strings.Repeat(unit, (portal.MaxBody-len(head))/len(unit))
	}
	for name, body := range map[string]string{
		"forms":   fill("<base href=/x/>", "<form action=y></form>"),
		"outside": fill("<form id=f></form>", "<input form=f>"),
		"legends": fill("<form><fieldset disabled>"+strings.Repeat("<br>", 50_000)+"<legend>", "<input name=a>"),
		"label":   fill("<form><label>"+strings.Repeat("é long ", 40_000), "<input name=a>"),
		"options": fill("<form><select name=a>", "<option>"),
		"tables":  fill("", "<table><form><tr><td><input name=a>"),
		"timers":  "<script>document.cookie;" + nestedTimers(portal.MaxBody-100) + "</script>",
	} {
		begin := time.Now()
		p := open(t, network{"http://a.test": html(body)}.session(t, "a.test"), "http://a.test/")
		p.Refresh()
		for _, form := range p.Forms() {
			form.Controls()
			if _, err := form.Entries(""); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if elapsed := time.Since(begin); elapsed > time.Minute { // quadratic time takes many
			t.Errorf("%s took %v", name, elapsed)
		}
	}
}
