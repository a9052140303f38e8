package portaltest

import (
	"strings"
	"testing"
)

func TestRuckusTerms(t *testing.T) {
	const controller = "http://192.0.2.1:9997"
	onVendor(t, Options{Kind: KindRuckusClick}, func(b *browser, h *Hotspot) {
		page := b.get(far)
		if page.url.Path != "/user/guest_tou.asp" || !strings.Contains(page.body, `value="http%3a%2f%2f`) {
			t.Errorf("led to %v:\n%s", page.url, page.body)
		}
		b.post(controller+"/forms/guest_toued", "origurl", "http%3a%2f%2fcheck.test%2f")
		b.want(h, true, "button not pressed")
		b.get(controller + "/login?username=ada&password=2718")
		b.want(h, true, "a password where a click is wanted")
		b.post(controller+"/forms/guest_toued", "origurl", "http%3a%2f%2fcheck.test%2f", "ok", "")
		b.want(h, false, "terms accepted")
	})
}

func TestRuckusLogin(t *testing.T) {
	const controller = "http://192.0.2.1:9997"
	onVendor(t, Options{Kind: KindRuckus}, func(b *browser, h *Hotspot) {
		if page := b.post(controller+"/login", "username", "ada"); page.url.Query().Get("auth") != "failed" {
			t.Errorf("refusal leads to %v", page.url)
		}
		b.get(controller + "/login?username=ada&password=2718")
		b.want(h, false, "logged in by GET")
		b.get(controller + "/logout")
		b.want(h, true, "logged off")
	})
}

func TestHuaweiLogin(t *testing.T) {
	onVendor(t, Options{Kind: KindHuawei}, func(b *browser, h *Hotspot) {
		page := b.get(far)
		controller := page.url.Query().Get("url")
		if !strings.Contains(page.url.RawQuery, "userip=192%2E0%2E2%2E50&usermac=") {
			t.Errorf("led to %v", page.url)
		}
		b.get(controller + "/?username=ada&password=2718")
		b.want(h, true, "by GET")
		if back := b.post(controller, "username", "ada"); back.url.Query().Get("usermac") == "" {
			t.Errorf("refusal leads to %v", back.url)
		}
		b.post(controller, "username", "ada", "password", "2718")
		b.want(h, false, "logged in")
	})
}

func TestAerohiveLogin(t *testing.T) {
	const point = "http://1.1.1.1/reg.php"
	onVendor(t, Options{Kind: KindAerohive}, func(b *browser, h *Hotspot) {
		if page := b.get(far); page.url.Query().Get("autherr") != "0" {
			t.Errorf("led to %v", page.url)
		}
		if back := b.post(point, "username", "ada", "password", "2718"); back.url.Query().Get("autherr") != "1" {
			t.Errorf("without a URL it leads to %v", back.url)
		}
		b.post(point, "username", "ada", "password", "2718", "url", "E2B8")
		b.want(h, false, "logged in")
	})
}
