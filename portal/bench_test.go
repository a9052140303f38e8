package portal_test

import (
	"net/url"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// BenchmarkForms200kB parses a large page and builds the entry list of its form.
func BenchmarkForms200kB(b *testing.B) {
	body := `<html><head><title>Welcome</title></head><body>` +
		strings.Repeat(`<div class="row"><p>Terms and <b>conditions</b> apply &amp; more.</p><img src="/x.png"></div>`, 2000) +
		`<table><form id=login method=post action=/login><tr><td><input type=hidden name=tok value=abc>` +
		strings.Repeat(`<input name=field value=value>`, 300) + `</td></tr></form></table></body></html>`
	u := &url.URL{Scheme: "http", Host: "a.test", Path: "/"}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		entries, err := (&portal.Page{URL: u, Body: body}).Forms()[0].Entries("")
		if err != nil || len(entries) != 301 {
			b.Fatalf("%d entries, %v", len(entries), err)
		}
	}
}
