package portaltest

import (
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// onVendor visits a hotspot of a kind in a bubble. These tests check whether the client is
// online; the tests of the packs check the pages.
func onVendor(t *testing.T, opts Options, visit func(b *browser, h *Hotspot)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := New(opts)
		b := newBrowser(t, h.Transport())
		b.get(far)
		visit(b, h)
	})
}

// post sends fields as name, value, name, value; the response may redirect out of the network.
func (b *browser) post(address string, fields ...string) view {
	b.t.Helper()
	return b.do(http.MethodPost, address, valuesOf(fields))
}

func valuesOf(fields []string) url.Values {
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return values
}

// want checks whether the client is captive now.
func (b *browser) want(h *Hotspot, captive bool, when string) {
	b.t.Helper()
	if h.Captive() != captive {
		b.t.Errorf("%s: captive %v", when, !captive)
	}
}

// unescape returns the bytes of a JavaScript string of octal escapes.
func unoctal(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	for digits := range strings.SplitSeq(strings.TrimPrefix(text, `\`), `\`) {
		n, err := strconv.ParseUint(digits, 8, 8)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteByte(byte(n))
	}
	return b.String()
}

func TestMikrotikChallenge(t *testing.T) {
	const login = "http://192.0.2.1/login"
	script := regexp.MustCompile(`hexMD5\('([^']+)' \+ [a-z.]+ \+ '([^']+)'\)`)
	onVendor(t, Options{Kind: KindMikrotik}, func(b *browser, h *Hotspot) {
		answer := func(page view) string {
			m := script.FindStringSubmatch(page.body)
			sum := md5.Sum([]byte(unoctal(b.t, m[1]) + "2718" + unoctal(b.t, m[2])))
			return hex.EncodeToString(sum[:])
		}
		old, fresh := answer(b.get(login)), answer(b.get(login))
		if old == fresh {
			b.t.Fatal("two views have the same challenge")
		}
		b.post(login, "username", "ada", "password", "2718")
		b.want(h, true, "password as it is")
		b.post(login, "username", "ada", "password", fresh)
		b.want(h, true, "challenge of a page before the last")
		b.get(login + "?username=ada&password=" + answer(b.get(login)))
		b.want(h, false, "challenge of the last page, by GET")
		if page := b.get(login); !strings.Contains(page.body, "Welcome ada!") {
			b.t.Errorf("logged in, the login page is\n%s", page.body)
		}
		b.get(h.Login().Logoff)
		b.want(h, true, "logged off")
	})
}

func TestMikrotikTime(t *testing.T) {
	for left, want := range map[time.Duration]string{
		0: "", time.Hour: "1h", 90 * time.Minute: "1h30m", 10 * time.Minute: "10m", 20 * time.Hour: "20h", 61500 * time.Millisecond: "1m1s",
	} {
		if got := mikrotikTime(left); got != want {
			t.Errorf("%v became %q, want %q", left, got, want)
		}
	}
}

func TestFortinetMagic(t *testing.T) {
	const gateway = "http://192.0.2.1:1000"
	right := []string{"username", "ada", "password", "2718", "4Tredir", far, "magic"}
	onVendor(t, Options{Kind: KindFortinet, Idle: 5 * time.Minute}, func(b *browser, h *Hotspot) {
		b.post(gateway+"/", append(right, "0123456789abcdef")...)
		b.want(h, true, "magic that was never given out")
		page := b.get(far)
		magic := page.url.RawQuery
		b.post(gateway+"/", "username", "ada", "password", "2718", "magic", magic)
		b.want(h, true, "without 4Tredir")
		page = b.post(gateway+"/", append(right, magic)...)
		b.want(h, false, "all is right")
		keepalive := regexp.MustCompile(`location\.href="([^"]+)"`).FindStringSubmatch(page.body)[1]
		for range 12 {
			time.Sleep(4 * time.Minute)
			b.get(keepalive)
		}
		b.want(h, false, "kept alive for 48 minutes")
		time.Sleep(4 * time.Minute)
		b.get(gateway + "/keepalive?0123456789abcdef")
		time.Sleep(time.Minute)
		b.want(h, true, "another's keepalive")
		if page := b.get(keepalive); !strings.Contains(page.body, "Authentication Required") {
			b.t.Errorf("keepalive of a session that is over:\n%s", page.body)
		}
	})
}

func TestFortinetTerms(t *testing.T) {
	onVendor(t, Options{Kind: KindFortinetDisclaimer}, func(b *browser, h *Hotspot) {
		page := b.get(far)
		gateway := page.url.Scheme + "://" + page.url.Host + "/"
		fields := []string{"username", "ada", "password", "2718", "4Tredir", far, "magic", page.url.RawQuery}
		if page := b.post(gateway, append(fields, "answer", "0")...); !strings.Contains(page.body, "Declined") {
			b.t.Errorf("terms declined:\n%s", page.body)
		}
		b.post(gateway, append(fields, "answer", "1")...)
		b.want(h, true, "terms accepted, and no password looked at")
		b.post(gateway, fields...)
		b.want(h, false, "logged in")
	})
}

func TestOPNsenseCalls(t *testing.T) {
	const api = "http://192.0.2.1:8000/api/captiveportal/access/"
	onVendor(t, Options{Kind: KindOPNsense, Session: time.Hour}, func(b *browser, h *Hotspot) {
		b.get(api + "logon/0/?user=ada&password=2718")
		b.want(h, true, "logon by GET")
		if page := b.post(api+"logon/0/", "user", "ada", "password", "1828"); !strings.Contains(page.body, `"NOT_AUTHORIZED"`) {
			b.t.Errorf("wrong password:\n%s", page.body)
		}
		if resp, _ := exchange(b.t, h, h.API(), "*/*"); resp.StatusCode != http.StatusBadRequest {
			b.t.Errorf("any type accepted: %d", resp.StatusCode)
		}
		if page := b.post(api+"logon/", "user", "ada", "password", "2718"); !strings.Contains(page.body, `"AUTHORIZED"`) {
			b.t.Errorf("right password:\n%s", page.body)
		}
		b.want(h, false, "logged in")
		if _, body := exchange(b.t, h, h.API(), captiveJSON); !strings.Contains(body, `"seconds-remaining":3600`) {
			b.t.Errorf("API: %s", body)
		}
		b.get(api + "logoff/")
		b.want(h, true, "logged off")
	})
}

func TestMerakiGrants(t *testing.T) {
	onVendor(t, Options{Kind: KindMerakiBuiltIn}, func(b *browser, h *Hotspot) {
		stranger := newBrowser(b.t, h.Transport())
		stranger.get(h.PortalURL() + "grant")
		b.want(h, true, "without the cookie")
		b.get(h.PortalURL() + "grant")
		b.want(h, false, "with the cookie")
	})
	onVendor(t, Options{Kind: KindMerakiSignOn}, func(b *browser, h *Hotspot) {
		login := b.get(far).url.Query().Get("login_url")
		right := []string{"username", "ada", "password", "2718", "success_url", far}
		bare, _, _ := strings.Cut(login, "?")
		if page := b.post(bare, right...); page.url.Query().Get("error_message") == "" {
			b.t.Errorf("without mauth it leads to %v", page.url)
		}
		b.want(h, true, "without mauth")
		b.post(login, right...)
		b.want(h, false, "with mauth")
	})
}

func TestPfSenseForm(t *testing.T) {
	const page = "http://192.0.2.1:8002/index.php?zone=guest"
	right := []string{"auth_user", "ada", "auth_pass", "2718", "zone", "guest", "redirurl", far}
	onVendor(t, Options{Kind: KindPfSense}, func(b *browser, h *Hotspot) {
		b.post(page, right...)
		b.want(h, true, "button not pressed")
		b.post(strings.Replace(page, "guest", "other", 1), "auth_user", "ada", "auth_pass", "2718", "accept", "Login")
		b.want(h, true, "another zone")
		window := b.post(page, append(right, "accept", "Login")...)
		b.want(h, false, "button pressed")
		b.post(page, "logout_id", "0123456789abcdef", "zone", "guest")
		b.want(h, false, "another's number")
		number := regexp.MustCompile(`name="logout_id" type="hidden" value="([0-9a-f]+)"`).FindStringSubmatch(window.body)[1]
		b.post(page, "logout_id", number, "zone", "guest")
		b.want(h, true, "the number of the window")
	})
}

func TestCiscoStatus(t *testing.T) {
	const login = "http://192.0.2.1/login.html"
	right := []string{"username", "ada", "password", "2718", "redirect_url", "check.test/"}
	onVendor(t, Options{Kind: KindCiscoWLC}, func(b *browser, h *Hotspot) {
		for _, test := range []struct {
			fields []string
			status string
			online bool
		}{
			{right, "2", false},
			{[]string{"buttonClicked", "4", "username", "ada"}, "5", false},
			{append(right, "buttonClicked", "4"), "", true}, // and nowhere to go: the URL has no scheme
			{append(right, "buttonClicked", "4"), "1", true},
		} {
			got := b.post(login, test.fields...)
			if status := got.url.Query().Get("statusCode"); status != test.status || h.Captive() == test.online {
				b.t.Errorf("%q: status %q, captive %v", test.fields, status, h.Captive())
			}
		}
		b.get("http://192.0.2.1/logout.html")
		b.want(h, false, "logout page without the form")
		b.post("http://192.0.2.1/logout.html", "userStatus", "1")
		b.want(h, true, "logged off")
	})
}

// The pages of ISE come one after the other, and the last request lets the client in.
func TestCiscoISEStages(t *testing.T) {
	token := regexp.MustCompile(`name="token" value="([0-9a-f]{32})"`)
	const portal = "http://" + iseHost + "/portal/"
	onVendor(t, Options{Kind: KindCiscoISE}, func(b *browser, h *Hotspot) {
		tok := token.FindStringSubmatch(b.get(h.PortalURL()).body)[1]
		session := ""
		for _, cookie := range b.client.Jar.Cookies(b.get(h.PortalURL()).url) {
			if cookie.Name == "portalSessionId" {
				session = cookie.Value
			}
		}
		authorize := []string{"coaType", "Reauth", "portalSessionId", session, "token"}
		b.post(portal+"DoCoA.action", append(authorize, tok)...)
		b.want(h, true, "token of a session before the last")
		page := b.get(h.PortalURL())
		tok = token.FindStringSubmatch(page.body)[1]
		if page := b.post(portal+"AupSubmit.action", "token", tok, "aupAccepted", "true"); page.status != http.StatusNotFound {
			t.Errorf("terms before the login: %d", page.status)
		}
		if page := b.post(portal+"LoginSubmit.action", "token", tok, "portal", isePortal, "user.username", "ada", "user.password", "2718"); !strings.Contains(page.body, "aupForm") {
			t.Errorf("after the login:\n%s", page.body)
		}
		b.post(portal+"AupSubmit.action", "token", tok, "aupAccepted", "true")
		b.post(portal+"Continue.action", "token", tok)
		b.want(h, true, "all pages, without the request of the last one")
		for _, cookie := range b.client.Jar.Cookies(page.url) {
			if cookie.Name == "portalSessionId" {
				authorize[3] = cookie.Value
			}
		}
		b.post(portal+"DoCoA.action", append(authorize, tok)...)
		b.want(h, false, "all is right")
	})
}

// The form for the controller is in the answer of ClearPass, which wants its cookie and the box.
func TestClearPassForms(t *testing.T) {
	const server, controller = "http://" + clearPassHost + "/guest/welcome.php", "http://" + arubaName + "/cgi-bin/login"
	password := regexp.MustCompile(`name="password" value="(\d+|[0-9a-f]+)"`)
	onVendor(t, Options{Kind: KindClearPassClick}, func(b *browser, h *Hotspot) {
		b.get(far)
		if page := b.post(server); strings.Contains(page.body, "cgi-bin") {
			t.Error("without the box, ClearPass goes on")
		}
		b.post(controller, "cmd", "authenticate", "user", "guest", "password", "", "url", far)
		b.want(h, true, "the controller without the password of ClearPass")
		page := b.post(server, "visitor_accept_terms", "1")
		b.post(controller, "cmd", "authenticate", "user", "guest", "password", password.FindStringSubmatch(page.body)[1], "url", far)
		b.want(h, false, "all is right")
	})
}

func TestPicopointForm(t *testing.T) {
	number := regexp.MustCompile(`name="__fid" value="(f[0-9a-f]+)"`)
	onVendor(t, Options{Kind: KindPicopoint}, func(b *browser, h *Hotspot) {
		fid := number.FindStringSubmatch(b.get(h.PortalURL()).body)[1]
		b.post(h.PortalURL(), "__fid", fid, fid+":_c", "continue")
		b.want(h, true, "without the client's address")
		fid = number.FindStringSubmatch(b.get(h.PortalURL()).body)[1]
		b.post(h.PortalURL(), "__fid", fid, fid+":_c", "continue", "custom_data_1", picopointMAC)
		b.want(h, false, "all is right")
	})
}
