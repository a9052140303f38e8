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

func TestUntangleBox(t *testing.T) {
	onVendor(t, Options{Kind: KindUntangleClick}, func(b *browser, h *Hotspot) {
		post := "http://" + untangleHost + untanglePath + "infopost"
		fields := []string{"method", "GET", "nonce", "a", "appid", "7", "host", "check.test", "uri", "/"}
		b.post(post, fields...)
		b.want(h, true, "the box is not ticked")
		b.post(post, append(fields, "agree", "agree")...)
		b.want(h, false, "all is right")
	})
}

// TestZeroshellSteps checks that an authenticator needs its line end, and that both steps count.
func TestZeroshellSteps(t *testing.T) {
	onVendor(t, Options{Kind: KindZeroshell}, func(b *browser, h *Hotspot) {
		cgi := "http://" + zeroshellHost + zeroshellPath
		_, rest, _ := strings.Cut(b.post(cgi, "Section", "CPAuth", "Action", "Authenticate", "U", "ada", "P", "2718", "Realm", "campus.test", "ZSCPRedirect", "_:::_").body, `name="Authenticator" value="`)
		text, _, _ := strings.Cut(rest, `"`)
		lines := strings.ReplaceAll(strings.ReplaceAll(text, "&#43;", "+"), "\n", "\r\n")
		step := func(section, authenticator string) {
			b.post(cgi, "Section", section, "Action", "Connect", "Authenticator", authenticator)
		}
		step("ClientCTRL", lines)
		b.want(h, true, "the first step is missing")
		step("CPGW", strings.ReplaceAll(lines, "\r\n", ""))
		step("ClientCTRL", lines)
		b.want(h, true, "the line end is missing")
		step("CPGW", lines)
		step("ClientCTRL", lines)
		b.want(h, false, "all is right")
	})
}

func TestWatchGuardErrors(t *testing.T) {
	onVendor(t, Options{Kind: KindWatchGuard}, func(b *browser, _ *Hotspot) {
		cgi := "http://" + watchguardHost + watchguardPath
		for want, fields := range map[string][]string{
			"501": {"action", "fw_logon", "fw_logon_type", "logon", "fw_username", "ada", "fw_password", "2718", "fw_domain", "elsewhere"},
			"503": {"action", "fw_logon", "fw_logon_type", "logout"},
			"506": {"action", "fw_logon", "fw_logon_type", "hello"},
			"507": {"action", "hello", "fw_logon_type", "logon"},
		} {
			if got := b.post(cgi, fields...).url.Query().Get("errcode"); got != want {
				b.t.Errorf("%q: error %s, want %s", fields, got, want)
			}
		}
	})
}

// TestArubaCentralCapture checks that the terms are accepted for the visit of the page only.
func TestArubaCentralCapture(t *testing.T) {
	onVendor(t, Options{Kind: KindArubaCentral}, func(b *browser, h *Hotspot) {
		page := b.get(far)
		_, rest, _ := strings.Cut(page.body, `"csrf_token": "`)
		token, _, _ := strings.Cut(rest, `"`)
		b.post(page.url.String(), "accept_terms", "on", "csrf_token", token, "capture", "0123")
		b.post("http://"+arubaName+"/cgi-bin/login", "cmd", "authenticate", "user", "anonymous", "password", "")
		b.want(h, true, "another's capture")
		answer := b.post(page.url.String(), "accept_terms", "on", "csrf_token", token, "capture", page.url.Query().Get("capture"))
		_, rest, _ = strings.Cut(answer.body, `"password": "`)
		password, _, _ := strings.Cut(rest, `"`)
		b.post("http://"+arubaName+"/cgi-bin/login", "cmd", "authenticate", "user", "anonymous", "password", password)
		b.want(h, false, "all is right")
	})
}
