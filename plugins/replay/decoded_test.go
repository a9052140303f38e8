package replay_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
)

// echo repeats what was typed in each answer to a form, with the header and in the encoding of a portal.
type echo struct {
	next   http.RoundTripper
	text   string
	header http.Header
	encode func(text string) string
}

func (e *echo) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := e.next.RoundTrip(request)
	if err != nil || request.Method != http.MethodPost {
		return response, err
	}
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Header.Del("Content-Encoding")
	response.Header.Del("Content-Length")
	for name, values := range e.header {
		response.Header[name] = values
	}
	response.Body, response.ContentLength = io.NopCloser(strings.NewReader(e.encode(string(data)+"<p>"+e.text+"</p>"))), -1
	return response, nil
}

// through returns what a writer makes of a text.
func through(open func(io.Writer) io.WriteCloser) func(string) string {
	return func(text string) string {
		var out bytes.Buffer
		w := open(&out)
		_, _ = io.WriteString(w, text) // a buffer takes all
		_ = w.Close()
		return out.String()
	}
}

// A report has what the session read, masked, in whatever coding the portal sent it. Its replay
// reads the same.
func TestReportIsDecoded(t *testing.T) {
	t.Parallel()
	const pin = "mistyped 27 schlüssel"
	zipped := through(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	inZlib := through(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	deflated := through(func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, flate.BestCompression); return f })
	wide := func(text string) string {
		out := []byte{0xff, 0xfe}
		for _, unit := range utf16.Encode([]rune(text)) {
			out = append(out, byte(unit), byte(unit>>8))
		}
		return string(out)
	}
	latin := func(text string) string {
		encoded, _ := encoding.ReplaceUnsupported(charmap.ISO8859_1.NewEncoder()).String(text) // never fails
		return encoded
	}
	same := func(text string) string { return text }
	for name, test := range map[string]struct {
		coding, kind string
		encode       func(string) string
		unread       bool // the session cannot decode it
	}{
		"plain":         {"", "text/html; charset=utf-8", same, false},
		"gzip":          {"gzip", "text/html; charset=utf-8", zipped, false},
		"old name":      {"X-GZIP", "text/html; charset=utf-8", zipped, false},
		"zlib":          {"deflate", "text/html; charset=utf-8", inZlib, false},
		"raw deflate":   {"deflate", "text/html; charset=utf-8", deflated, false},
		"two codings":   {"deflate, gzip", "text/html; charset=utf-8", func(text string) string { return zipped(inZlib(text)) }, false},
		"identity":      {"identity, gzip", "text/html; charset=utf-8", zipped, false},
		"UTF-16":        {"", "text/html", wide, false},
		"zipped UTF-16": {"gzip", "text/html; charset=iso-8859-1", func(text string) string { return zipped(wide(text)) }, false},
		"Latin-1":       {"", "text/html; charset=iso-8859-1", latin, false},
		"no type":       {"gzip", "", func(text string) string { return zipped(wide(text)) }, false},
		"unknown":       {"br", "text/html", func(text string) string { return "\x1b\x0e" + text }, true},
		"many codings":  {"gzip, gzip, gzip", "text/html", func(text string) string { return zipped(zipped(zipped(text))) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs := map[string]portal.Value{"user": portal.Plain("ada lovelace"), "pin": portal.Secret(pin)}
			v := join(t, portaltest.KindCredentials, inputs)
			header := http.Header{"Content-Type": {test.kind}}
			if test.coding != "" {
				header["Content-Encoding"] = []string{test.coding}
			}
			recorder := &replay.Recorder{}
			result, err := v.loginOver(t, recorder, &echo{v.hotspot.Transport(), "You typed " + pin, header, test.encode})
			meta := replay.Metadata{Program: "1", Helper: "cafe", Time: time.Now(), Outcome: result.Outcome.String(), Cause: "no"}
			if err != nil {
				meta.Outcome = replay.BrokenOff
			}
			data, err := recorder.Report(t.Context(), v.pack, &meta)
			if err != nil {
				t.Fatal(err)
			}
			report := opened(t, data)
			text := all(t, report)
			private(t, text, inputs)
			if strings.Contains(text, "You typed") == test.unread || strings.Contains(text, "You typed fake-pin") == test.unread {
				t.Errorf("want the text of the portal in the report: %v", !test.unread)
			}
			for _, packed := range []string{"Content-Encoding", "\x1f\x8b", "m\x00i\x00s", "schl"} {
				if strings.Contains(text, packed) {
					t.Errorf("%q is in the report", packed)
				}
			}
			c, err := replay.Load(report, replay.ReportCase, "report.zip")
			if err != nil {
				t.Fatal(err)
			}
			outcome := c.Run(t.Context(), v.pack)
			if outcome.Mismatch != nil || outcome.Outcome != result.Outcome || outcome.Trace != c.Trace || meta.Difference != "" {
				t.Errorf("%v, %v, want %v: %s\n%s", outcome.Mismatch, outcome.Result, result, meta.Difference, outcome.Trace)
			}
		})
	}
}
