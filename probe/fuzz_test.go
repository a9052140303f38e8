package probe

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParseDocument(f *testing.F) {
	for _, seed := range []string{
		`{"captive":true,"user-portal-url":"https://example.org/portal.html","venue-info-url":"(null)","seconds-remaining":1e3}`,
		`{"captive":false,"can-extend-session":false,"bytes-remaining":-1}`, "null", "[", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := parseDocument(data)
		if err != nil {
			return
		}
		for _, url := range []string{got.UserPortalURL, got.VenueInfoURL} {
			if url != "" && !isHTTP(url) || len(url) > maxDocument*utf8.UTFMax {
				t.Errorf("URL %q", url)
			}
		}
		for _, n := range []*float64{got.SecondsRemaining, got.BytesRemaining} {
			if n != nil && !(*n >= 0) {
				t.Errorf("amount %v", *n)
			}
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add([]byte("caf\xe9"), "text/html", true)
	f.Add([]byte("\xff\xfea\x00"), "text/html; charset=utf-16", false)
	f.Fuzz(func(t *testing.T, body []byte, contentType string, cut bool) {
		if got := text(body, contentType, cut); !utf8.ValidString(got) {
			t.Errorf("text(%q, %q) = %q", body, contentType, got)
		}
	})
}

func FuzzMasked(f *testing.F) {
	f.Add("http://p.test/login", "session")
	f.Add("//me:pin@p.test", "a=1#x?y")
	f.Fuzz(func(t *testing.T, address, query string) {
		const secret = "c0ffee4711"
		text := address + "?" + query + "=" + secret
		got := masked(text)
		if strings.Contains(got, secret) {
			t.Errorf("masked(%q) = %q", text, got)
		}
	})
}
