package web

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// packed returns a text in a content coding.
func packed(t testing.TB, coding, text string) string {
	t.Helper()
	var out bytes.Buffer
	var writer io.WriteCloser
	switch coding {
	case "gzip":
		writer = gzip.NewWriter(&out)
	case "zlib":
		writer = zlib.NewWriter(&out)
	default:
		writer, _ = flate.NewWriter(&out, flate.BestCompression)
	}
	if _, err := io.WriteString(writer, text); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestDecodeContent(t *testing.T) {
	page := strings.Repeat("<p>hello</p>", 20)
	for _, test := range []struct {
		name, coding, body, want string
		err                      bool
	}{
		{"none", "", page, page, false},
		{"identity", "identity", page, page, false},
		{"gzip", "gzip", packed(t, "gzip", page), page, false},
		{"old name", "X-GZIP", packed(t, "gzip", page), page, false},
		{"zlib", "deflate", packed(t, "zlib", page), page, false},
		{"raw deflate", "deflate", packed(t, "raw", page), page, false},
		{"two codings", "deflate, gzip", packed(t, "gzip", packed(t, "zlib", page)), page, false},
		{"said to be gzip", "gzip", page, page, false},
		{"empty", "gzip", "", "", false},
		{"empty deflate", "deflate", "", "", false},
		{"not asked for", "br", "\x1b\x0e", "", true},
		{"not deflate", "deflate", "\xff\xff<html>", "", true},
		{"broken gzip", "gzip", "\x1f\x8b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "", true},
		{"many codings", "gzip, gzip, gzip", page, "", true},
	} {
		reader, err := DecodeContent(http.Header{"Content-Encoding": {test.coding}}, strings.NewReader(test.body))
		var got []byte
		if err == nil {
			got, err = io.ReadAll(reader)
		}
		if string(got) != test.want || errors.Is(err, ErrUndecodable) != test.err || !test.err && err != nil {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
	}
}

// FuzzDecodeContent: what is read is bounded by what is asked for, and every error is one of reading.
func FuzzDecodeContent(f *testing.F) {
	for _, coding := range []string{"gzip", "zlib", "raw"} {
		f.Add("deflate", []byte(packed(f, coding, "hello")))
	}
	f.Add("gzip, deflate", []byte{0x1f, 0x8b, 8})
	f.Fuzz(func(t *testing.T, coding string, body []byte) {
		reader, err := DecodeContent(http.Header{"Content-Encoding": {coding}}, bytes.NewReader(body))
		if err != nil {
			return
		}
		if n, _ := io.Copy(io.Discard, io.LimitReader(reader, 1<<16)); n > 1<<16 {
			t.Errorf("%d bytes", n)
		}
	})
}

// endless repeats an empty block of deflate, and counts what is read.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	const block = "\x00\x00\x00\xff\xff" // not the last one, stored, no bytes
	n := 0
	for n+len(block) <= len(p) {
		n += copy(p[n:], block)
	}
	e.read += n
	return n, nil
}

// A body without end that has nothing in it is not read without end.
func TestEncodedBodyIsBounded(t *testing.T) {
	body := &endless{}
	reader, err := DecodeContent(http.Header{"Content-Encoding": {"deflate"}}, body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(reader); len(got) > 0 || err == nil {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
	if body.read > maxEncoded+8<<10 {
		t.Errorf("read %d bytes, at most %d", body.read, maxEncoded)
	}
	// The same with few bytes of the network.
	blocks := strings.Repeat("\x00\x00\x00\xff\xff", 4<<20)
	reader, err = DecodeContent(http.Header{"Content-Encoding": {"deflate, gzip"}}, strings.NewReader(packed(t, "gzip", blocks)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(reader); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
}
