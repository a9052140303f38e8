package portaltest

import (
	"net/url"
	"testing"
)

func TestWifioniceNumber(t *testing.T) {
	const page = "http://wifi.bahn.de/en/"
	onVendor(t, Options{Kind: KindWifioniceForm}, func(b *browser, h *Hotspot) {
		b.post(page, "login", "true", "CSRFToken", "0123456789abcdef0123456789abcdef")
		b.want(h, true, "a number that is not the cookie's")
		b.get(page)
		b.post(page, "login", "true", "CSRFToken", b.cookie(page, "csrf"))
		b.want(h, false, "the number of the cookie")
		b.post(page, "logout", "true")
		b.want(h, true, "logged off")
	})
}

// TestMistMistake checks that the log names the first wrong field, in alphabetical order.
func TestMistMistake(t *testing.T) {
	onVendor(t, Options{Kind: KindMist}, func(b *browser, h *Hotspot) {
		for range 10 {
			b.post(h.PortalURL(), "tos", "true")
			if log := h.Log(); log[len(log)-1].Detail != "wrong ap_mac" {
				t.Errorf("log has %q", log[len(log)-1].Detail)
			}
		}
	})
}

// cookie returns the cookie that the browser would send.
func (b *browser) cookie(address, name string) string {
	b.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	b.t.Fatalf("no cookie %s", name)
	return ""
}
