package web

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRepairHead(t *testing.T) {
	for _, test := range []struct {
		name, head, want string // lines, without the status line and the empty one; "as sent": the same
	}{
		{"nothing wrong", "Content-Type: text/html\nX:\nSet-Cookie: a=1", "as sent"},
		{"letters beyond ASCII", "Location: /caf\xe9", "as sent"},
		{"continued line", "X: a\n b", "as sent"},
		{"no fields", "", "as sent"},
		{"without colon", "A: 1\nthis is no header\nB: 2", "A: 1\nB: 2"},
		{"without name", "A: 1\n: x\nB: 2", "A: 1\nB: 2"},
		{"name with a space", "A b: 1\nB: 2", "B: 2"},
		{"space before the colon", "A : 1", "A: 1"},
		{"control character", "A: 1\x00\nB: 2", "B: 2"},
		{"continuation of a bad line", "no header\n goes on\nB: 2", "B: 2"},
		{"first line continues nothing", " x\nB: 2", "B: 2"},
		{"status line again", "HTTP/1.1 200 OK\nB: 2", "B: 2"},
		{"lengths that differ", "Content-Length: 5\nContent-Length: 90\nB: 2", "B: 2\nContent-Length: 90\nConnection: close"},
		{"lengths that are equal", "Content-Length: 5\ncontent-length: 5", "Content-Length: 5"},
		{"list of lengths", "Content-Length: 5, 5", "Content-Length: 5"},
		{"no length", "Content-Length: many", "Connection: close"},
		{"negative length", "Content-Length: -1\nB: 2", "B: 2\nConnection: close"},
		{"length", "Content-Length: 7", "as sent"},
		{"identity", "Transfer-Encoding: identity\nB: 2", "B: 2"},
		{"chunked twice", "Transfer-Encoding: chunked\nTransfer-Encoding: Chunked", "Transfer-Encoding: chunked"},
		{"chunked", "Transfer-Encoding: chunked", "as sent"},
		{"unknown coding", "Transfer-Encoding: gzip, chunked", "as sent"},
	} {
		head := "HTTP/1.1 200 OK\r\n"
		for line := range strings.SplitSeq(test.head, "\n") {
			if test.head != "" {
				head += line + "\r\n"
			}
		}
		head += "\r\n"
		want := "HTTP/1.1 200 OK\r\n" + strings.ReplaceAll(test.want, "\n", "\r\n") + "\r\n\r\n"
		if test.want == "as sent" {
			want = head
		}
		if diff := cmp.Diff(want, string(RepairHead([]byte(head)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	for _, other := range []string{"", "<html>", "SSH-2.0\r\n\r\n"} {
		if got := string(RepairHead([]byte(other))); got != other {
			t.Errorf("%q becomes %q", other, got)
		}
	}
}

// FuzzRepairHead: what net/http reads of a head that is repaired is no less than of the head
// itself, a head that is repaired needs no repair, and its fields are readable.
func FuzzRepairHead(f *testing.F) {
	for _, seed := range []string{
		"Transfer-Encoding\t:\xe1\\b\r\n", "Content-Length : 5\r\n", "A: 1\r\nb\r\n", ": x\r\n c\r\n", "Content-Length: 5\r\nContent-Length: 9\r\n", "Transfer-Encoding: identity\r\n", "A : 1\n\r\r\n", " a\r\nb:\x00",
		"Transfer-Encoding: " + strings.Repeat("\xef", 64), // bytes that are no UTF-8 stay one byte each
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, fields []byte) {
		if bytes.Contains(fields, []byte("\n\r\n")) || bytes.Contains(fields, []byte("\n\n")) || bytes.HasPrefix(fields, []byte("\n")) || bytes.HasPrefix(fields, []byte("\r\n")) {
			t.Skip("more than one head")
		}
		head := append(append([]byte("HTTP/1.1 200 OK\r\n"), fields...), "\r\n\r\n"...)
		repaired := RepairHead(head)
		if again := RepairHead(repaired); !bytes.Equal(again, repaired) {
			t.Errorf("%q is repaired again to %q", repaired, again)
		}
		if len(repaired) > len(head)+2*len("Connection: close\r\n") {
			t.Errorf("%d bytes become %d", len(head), len(repaired))
		}
		response, err := http.ReadResponse(bufio.NewReader(io.MultiReader(bytes.NewReader(repaired))), nil)
		if err != nil && !strings.Contains(err.Error(), "transfer encoding") {
			t.Errorf("%q: %v", repaired, err)
		}
		if err == nil {
			response.Body.Close()
		}
	})
}
