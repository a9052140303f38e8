package portaltest

import (
	"html"
	"net/url"
	"strings"
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

// The portals of operators check what their pages send beside the user's input.
func TestOperatorsCheck(t *testing.T) {
	for _, test := range []struct {
		kind    Kind
		address string
		wrong   []string
		right   func(page view) []string
	}{
		{
			KindCDWiFiForm, "http://virtual-gw.cdwifi.cz/accept", nil,
			func(page view) []string {
				return []string{"secret", between(page.body, `name="secret" value="`), "eula", "on"}
			},
		},
		{
			KindEEWiFi, "http://ee-wifi.ee.co.uk/eebLogon",
			[]string{"token", "0"},
			func(page view) []string { return []string{"token", between(page.body, `name="token" value="`)} },
		},
		{
			KindKPN, "http://login.wifi.kpn.com/Home/StartSessionForFree",
			[]string{"token", "0"},
			func(page view) []string { return []string{"token", between(page.body, `name="token" value="`)} },
		},
		{
			KindTheCloud, "http://service.thecloud.eu/service-platform/macauthlogin/v2/registration", nil,
			func(view) []string { return []string{"terms", "true"} },
		},
		{
			KindFonCosmote, "",
			[]string{"USERNAME", "ada", "PASSWORD", "2718"},
			func(view) []string { return []string{"USERNAME", "ada", "PASSWORD", "2718", "chooseUser", "passusers"} },
		},
		{
			KindXfinity, "http://wifilogin.xfinity.com/user_login.php",
			[]string{"method", "authenticate", "username", "ada", "password", "2718", "friendlyname", "laptop"},
			func(page view) []string {
				return []string{
					"method", "authenticate", "username", "ada", "password", "2718", "friendlyname", "laptop",
					"hash", between(page.body, `'hash': "`), "client_mac", xfinityMAC, "get_url", between(page.body, `'get_url': "`),
				}
			},
		},
	} {
		t.Run(test.kind.String(), func(t *testing.T) {
			onVendor(t, Options{Kind: test.kind}, func(b *browser, h *Hotspot) {
				page := b.get(far)
				address := test.address
				if address == "" { // that of the form
					address = page.resolve(html.UnescapeString(between(page.body, ` action="`)))
				}
				b.post(address, test.wrong...)
				b.want(h, true, "without what the page has")
				b.post(address, test.right(page)...)
				b.want(h, false, "with it")
			})
		})
	}
}

// between returns what is between a text and the next quotation mark.
func between(text, before string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, _ := strings.Cut(rest, `"`)
	return found
}
