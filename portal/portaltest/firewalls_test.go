package portaltest

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestSophosStates(t *testing.T) {
	const origin = "http://login.campus.test:8090"
	right := []string{"mode", "191", "username", "ada", "password", "2718", "a", "946684800000"}
	onVendor(t, Options{Kind: KindSophos, Idle: 5 * time.Minute}, func(b *browser, h *Hotspot) {
		b.post(origin+"/login.xml", append(right, "mode", "190")...)
		b.want(h, true, "another mode")
		if page := b.post(origin+"/login.xml", "mode", "191", "username", "ada"); !strings.Contains(page.body, "<![CDATA[LOGIN]]>") || page.status != 200 {
			t.Errorf("wrong password: %d\n%s", page.status, page.body)
		}
		b.get(origin + "/login.xml?mode=191&username=ada&password=2718&a=1")
		b.want(h, true, "login by GET")
		b.post(origin+"/login.xml", right...)
		b.want(h, false, "logged in")
		for range 12 {
			time.Sleep(4 * time.Minute)
			b.get(origin + "/live?mode=192&username=ada&a=1")
		}
		b.want(h, false, "kept alive for 48 minutes")
		if page := b.get(origin + "/live?mode=192&username=bob"); strings.Contains(page.body, "[ack]") {
			t.Errorf("another's name:\n%s", page.body)
		}
		b.post(origin+"/logout.xml", "mode", "193", "username", "ada")
		b.want(h, true, "logged off")
	})
}

// A portal may speak https on another port than 443.
func TestSophosHTTPS(t *testing.T) {
	authority, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	onVendor(t, Options{Kind: KindSophos, Authority: authority}, func(b *browser, h *Hotspot) {
		if page := b.get(far); page.url.String() != "https://login.campus.test:8090/httpclient.html" || page.url.String() != h.PortalURL() {
			t.Errorf("led to %v", page.url)
		}
	})
}

func TestSonicWallDigest(t *testing.T) {
	const origin = "http://webauth.campus.test"
	challenge := regexp.MustCompile(`name="param1" value="([0-9A-F]{32})"[\s\S]*name="id" value="([0-9a-f]{2})"`)
	onVendor(t, Options{Kind: KindSonicWall}, func(b *browser, h *Hotspot) {
		answer := func() []string {
			m := challenge.FindStringSubmatch(b.get(origin + "/auth1.html").body)
			return []string{"uName", "ada", "sessId", "1", "digest", sonicwallDigest(m[2], "2718", m[1])}
		}
		old := answer()
		fresh := answer()
		if page := b.post(origin+"/auth.cgi", old...); !strings.Contains(page.body, "refresh=true") || page.status != 200 {
			t.Errorf("challenge of a page before the last: %d\n%s", page.status, page.body)
		}
		b.want(h, true, "challenge of a page before the last")
		b.post(origin+"/auth.cgi", fresh...)
		b.want(h, false, "challenge of the last page")
		b.get(h.Login().Logoff)
		b.want(h, true, "logged off")
		b.post(origin+"/auth.cgi", "uName", "ada", "sessId", "1", "pass", "2718")
		b.want(h, false, "password as it is")
	})
}

// A page's token is good for one login, and its script computes two fields.
func TestPANOSToken(t *testing.T) {
	fields := regexp.MustCompile(`preauthid\.value = "([0-9a-f]+)"[\s\S]*name="token" value="([0-9a-f]+)"`)
	onVendor(t, Options{Kind: KindPANOS}, func(b *browser, h *Hotspot) {
		login := func(preauth, token string) {
			b.post(h.PortalURL(), "user", `campus\ada`, "passwd", "2718", "ok", "Login", "escapeUser", `campus\\ada`, "preauthid", preauth, "token", token)
		}
		old := fields.FindStringSubmatch(b.get(far).body)
		b.get(far)
		login(old[1], old[2])
		b.want(h, true, "token of a page before the last")
		fresh := fields.FindStringSubmatch(b.get(far).body)
		login("", fresh[2])
		b.want(h, true, "a browser without scripts")
		fresh = fields.FindStringSubmatch(b.get(far).body)
		b.post(h.PortalURL(), "user", "ada", "passwd", "2718", "ok", "Login", "escapeUser", "ada", "preauthid", fresh[1], "token", fresh[2])
		b.want(h, false, "all is right")
	})
}

func TestProntoSessions(t *testing.T) {
	onVendor(t, Options{Kind: KindPronto}, func(b *browser, h *Hotspot) {
		right := []string{"userId", "ada", "password", "2718"}
		b.post(h.PortalURL(), right...)
		b.want(h, true, "without the name of the service")
		b.post(h.PortalURL(), append(right, "serviceName", "ProntoAuthentication")...)
		b.want(h, false, "all is right")
		if page := b.get(h.PortalURL() + "?URI=" + far); page.url.String() != far {
			t.Errorf("logged in, the portal leads to %v", page.url)
		}
		b.get(h.Login().Logoff)
		b.want(h, true, "logged off")
	})
}

func Test24OnlineModes(t *testing.T) {
	const servlet = "http://" + online24Host + "/24online/servlet/E24onlineHTTPClient"
	onVendor(t, Options{Kind: Kind24Online}, func(b *browser, h *Hotspot) {
		right := []string{"mac", "02:00:00:00:01:10", "username", "ada", "password", "2718"}
		b.post(servlet, append(right, "mode", "")...)
		b.want(h, true, "without the mode that the script sets")
		if page := b.post(servlet, append(right, "mode", "191")...); !strings.Contains(page.body, `name="logout"`) {
			t.Errorf("logged in, the page is\n%s", page.body)
		}
		b.want(h, false, "all is right")
		b.post(servlet, "mode", "193")
		b.want(h, true, "logged off")
	})
}

func TestCiscoWebAuth(t *testing.T) {
	for kind, asked := range map[Kind][]string{
		KindCiscoWebAuth: {"username", "ada", "password", "2718"}, KindCiscoWebAuthEmail: {"email", "ada@example.test"}, KindCiscoWebAuthClick: nil,
	} {
		onVendor(t, Options{Kind: kind}, func(b *browser, h *Hotspot) {
			b.post(h.PortalURL(), append(asked, "buttonClicked", "0")...)
			b.want(h, true, "button not pressed")
			b.post(h.PortalURL(), append(asked, "buttonClicked", "4")...)
			b.want(h, false, "all is right")
		})
	}
}
