package portaltest

import "testing"

func TestCambiumToken(t *testing.T) {
	onVendor(t, Options{Kind: KindCambium}, func(b *browser, h *Hotspot) {
		query := "?" + b.get(far).url.RawQuery
		login := "http://" + cambiumGuest + ":880" + cambiumPath
		b.post(login+"?ga_Qv=0123", "ga_user", "ada", "ga_pass", "2718")
		b.want(h, true, "another's query")
		if page := b.post(login+query, "ga_user", "ada", "ga_pass", "1828"); page.url.Query().Get("ga_error_code") != "reject" {
			b.t.Errorf("wrong password: it leads to %v", page.url)
		}
		b.post(login+query, "ga_user", "ada", "ga_pass", "2718")
		b.want(h, false, "all is right")
	})
}
