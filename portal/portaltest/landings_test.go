package portaltest

import (
	"strings"
	"testing"
)

func TestHotsplotsTicket(t *testing.T) {
	onVendor(t, Options{Kind: KindHotsplots}, func(b *browser, h *Hotspot) {
		logon := "http://" + hotsplotsGateway + "/logon?username=agb&userurl=http%3A%2F%2Fwww.venue.test%2F&response="
		if page := b.get(logon + "0123"); page.url.Query().Get("res") != "failed" {
			b.t.Errorf("made-up ticket: it leads to %v", page.url)
		}
		b.want(h, true, "made-up ticket")
	})
}

// TestIACBoxVisit checks that the number of a visit is good for the page that was shown last.
func TestIACBoxVisit(t *testing.T) {
	onVendor(t, Options{Kind: KindIACBox}, func(b *browser, h *Hotspot) {
		visit := func() string {
			_, rest, _ := strings.Cut(b.get(far).body, `name="ta_id" value="`)
			number, _, _ := strings.Cut(rest, `"`)
			return number
		}
		first := visit()
		visit()
		login := func(number string) {
			b.post(h.PortalURL(), "ta_id", number, "uid", "ada", "pwd", "2718", "voucher_logon_btn", "Login")
		}
		login(first)
		b.want(h, true, "the number of an older page")
		second := visit()
		login(second)
		b.want(h, false, "all is right")
		b.get("http://" + iacboxLogoff + "/")
		b.want(h, true, "logged off")
	})
}

func TestUcopiaDigest(t *testing.T) {
	onVendor(t, Options{Kind: KindUcopia}, func(b *browser, h *Hotspot) {
		api := "http://" + ucopiaHost + "/portal_api.php"
		b.post(api, "action", "authenticate", "login", "ada", "password", "2718")
		b.want(h, false, "all is right")
		b.post(api, "action", "disconnect", "login", "ada", "password_digest", "0123")
		b.want(h, false, "another's digest")
	})
}
