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

// FuzzNextURL: what a page leads to is http or https, or an error.
func FuzzNextURL(f *testing.F) {
	for _, seed := range []string{
		`<meta http-equiv=refresh content="0;url=/l">`, `<script>location.href="/l"</script>`, `<body onload="location='/l'">`,
		`<base href="//b"><noscript><meta http-equiv=refresh content="0;url='a"></noscript>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		next, err := Hop{URL: "http://check.test/204", Status: 200, Body: body}.Next()
		if err == nil && next != nil && !strings.HasPrefix(next.Scheme, "http") {
			t.Errorf("leads to %s", next)
		}
	})
}
