package hostile

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// adoption is a page for which a parser copies 495 formatting elements into each paragraph.
func adoption(size int) string {
	var page strings.Builder
	page.WriteString("<p>")
	for i := range 495 {
		fmt.Fprintf(&page, "<b a=%d>", i)
	}
	page.WriteString("</p>")
	return padded(page.String(), "<p>x</p>", size)
}

// nested is a page on which every selector with :has() looks at many ancestors.
func nested(size int) string {
	return padded(strings.Repeat("<form><div></form>", 220), "<p name=accept>", size)
}

func padded(page, tail string, size int) string {
	return page + strings.Repeat(tail, max(0, size-len(page))/len(tail))
}

func html(page string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, page)
	}
}

func gzipped(page string) http.HandlerFunc {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, page)
	_ = w.Close()
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}
}

// bomb unpacks to gigabytes.
func bomb(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	packed := gzip.NewWriter(w)
	zeros := make([]byte, 1<<20)
	for range 4 << 10 {
		if _, err := packed.Write(zeros); err != nil {
			return
		}
	}
}

// endless never ends, and never pauses.
func endless(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	chunk := []byte(strings.Repeat("<div><a href=/x>", 4096))
	for {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// drip sends a byte of the head, and then of the body, every 100 ms.
func drip(conn net.Conn) {
	for _, b := range []byte("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + strings.Repeat("<p>", 1000)) {
		if _, err := conn.Write([]byte{b}); err != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// loop redirects for ever, to addresses that grow.
func loop(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Refresh", "0; url=http://"+portalHost+"/"+strings.Repeat("r", 2000))
	http.Redirect(w, r, "http://"+portalHost+"/"+r.URL.Path+"?"+strings.Repeat("x", min(len(r.URL.RawQuery)*2+1, 60_000)), http.StatusFound)
}

// refreshing leads from page to page without an end.
func refreshing(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, `<meta http-equiv=refresh content="0;url=/%x"><script>location.href="/%[1]x"</script>`, time.Now().UnixNano())
}

// headers sends header lines without an end.
func headers(conn net.Conn) {
	line := "X-Header: " + strings.Repeat("x", 1000) + "\r\n"
	_, err := io.WriteString(conn, "HTTP/1.1 302 Found\r\n")
	for err == nil {
		_, err = io.WriteString(conn, line)
	}
}

// interim sends informational responses without an end (RFC 9110, section 15.2).
func interim(conn net.Conn) {
	var err error
	for err == nil {
		_, err = io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")
	}
}

// junk sends random bytes without an end.
func junk(conn net.Conn) {
	_, _ = io.Copy(conn, rand.Reader)
}

// manyCookies sets as many cookies as the head has room for.
func manyCookies(w http.ResponseWriter, _ *http.Request) {
	for i := range 5000 {
		w.Header().Add("Set-Cookie", fmt.Sprintf("c%d=%s", i, strings.Repeat("v", 100)))
	}
	_, _ = io.WriteString(w, "<form action=/x method=post><input type=checkbox name=accept><button>Accept</button></form>")
}

// script has literals and nesting without a sense.
func script() string {
	return "<script>" + strings.Repeat("location.href='\\x41'+(", 20_000) + strings.Repeat("/*", 20_000) + "</script>" +
		strings.Repeat("<!-- <WISPAccessGatewayParam><Redirect><LoginURL>http://x/", 5000)
}

// dnsJunk answers each query with what is none, many times over, and in the end with the truth.
func dnsJunk(w dns.ResponseWriter, q *dns.Msg) {
	noise := make([]byte, 1200)
	for i := range 200 {
		_, _ = rand.Read(noise)
		if i%2 == 0 {
			noise[0], noise[1] = byte(q.Id>>8), byte(q.Id) // looks like an answer, with random counts
		}
		if i%4 == 0 { // a name that is a pointer to itself
			copy(noise[2:], []byte{0x81, 0x80, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1})
		}
		_, _ = w.Write(noise)
	}
	_ = w.WriteMsg(answerTo(q))
}

// dnsFlood answers with as many addresses as fit, and with a chain of aliases.
func dnsFlood(w dns.ResponseWriter, q *dns.Msg) {
	answer := new(dns.Msg).SetReply(q)
	if len(q.Question) != 1 {
		return
	}
	name := q.Question[0].Name
	for i := range 500 {
		next := fmt.Sprintf("a%d.%s.", i, portalHost)
		header := dns.RR_Header{Name: name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET, Ttl: 1}
		answer.Answer = append(answer.Answer, &dns.CNAME{Hdr: header, Target: next})
		name = next
	}
	for i := range 2500 {
		header := dns.RR_Header{Name: name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}
		answer.Answer = append(answer.Answer, &dns.A{Hdr: header, A: net.IPv4(10, 66, byte(i>>8), byte(i))})
	}
	answer.Compress = true
	packed, err := answer.Pack()
	if err != nil || len(packed) > 65_000 {
		answer.Answer = answer.Answer[:500]
		packed, _ = answer.Pack()
	}
	_, _ = w.Write(packed)
	_ = w.WriteMsg(answerTo(q))
}

// documents of the captive portal API (RFC 8908) say anything about time.
func document(seconds, bytes string) string {
	return `{"captive": true, "user-portal-url": "https://` + portalHost + `/", "seconds-remaining": ` + seconds + `, "bytes-remaining": ` + bytes +
		`, "can-extend-session": true, "x": ` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`
}
