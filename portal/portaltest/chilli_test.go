package portaltest

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// chilliSeed returns the first seed that draws a gateway with or without a reply to a refusal.
func chilliSeed(kind Kind, mute bool) uint64 {
	seed := uint64(1)
	for strings.Contains(New(Options{Kind: kind, Seed: seed}).String(), "no reply") != mute {
		seed++
	}
	return seed
}

// TestChilliPage logs in as a person does, through the page that has the secret.
func TestChilliPage(t *testing.T) {
	h := New(Options{Kind: KindCoovaChilli, Seed: chilliSeed(KindCoovaChilli, false)})
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, h.Transport())
		met := b.get(far)
		if !regexp.MustCompile(`&userurl=http%3a%2f%2fcheck\.test%2fgenerate&md=[0-9A-F]{32}$`).MatchString(met.url.RawQuery) {
			t.Errorf("led to %s", met.url)
		}
		values := url.Values{"UserName": {"ada"}, "Password": {"wrong"}, "button": {"Login"}}
		for _, name := range []string{"challenge", "uamip", "uamport", "userurl"} {
			values.Set(name, met.url.Query().Get(name))
		}
		failed := b.do(http.MethodPost, met.url.String(), values)
		if failed.url.Query().Get("reason") != "reject" || !strings.Contains(failed.body, "Sorry, wrong password") || !h.Captive() {
			t.Errorf("refused at %s", failed.url)
		}
		values.Set("Password", "2718")
		again := b.do(http.MethodPost, met.url.String(), values)
		if again.url.Query().Get("res") != "failed" {
			t.Errorf("a challenge was accepted twice, at %s", again.url)
		}
		values.Set("challenge", again.url.Query().Get("challenge"))
		b.do(http.MethodPost, met.url.String(), values)
		if h.Captive() {
			t.Errorf("not logged in\n%v", h.Log())
		}
		if off := b.get(h.Login().Logoff); off.url.Query().Get("res") != "logoff" || !h.Captive() {
			t.Errorf("logged off at %s", off.url)
		}
	})
}

// TestChilliQuirks checks observed oddities of the daemon that a client must handle.
func TestChilliQuirks(t *testing.T) {
	const gateway = "http://" + chilliHost
	h := New(Options{Kind: KindCoovaChilliJSON, Seed: chilliSeed(KindCoovaChilliJSON, true), Session: time.Minute})
	p := h.site.portal.(*chilli)
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, h.Transport())
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		for _, test := range []struct{ path, want string }{
			{"/captive-portal-identification", `"user-portal-url":"(null)"`},
			{"/json/status?callback=f", `f({"challenge":"`},
			{"/prelogin", "CDATA[[LabOperator,Bench]]"},
			{"/abort", "<ResponseCode>151"},
			{"/status", "<MessageType>100"},
			{"/json/other", ""},
			{"/logon?username=ada&password=" + p.pap("2718"), "<MaxSessionTime>3600"},
			{"/logon?username=ada", "<ResponseCode>102"},
			{"/json/status", `"sessionTimeout":60`},
			{"/captive-portal-identification", `"seconds-remaining":60`},
			{"/status", "<MessageType>140"},
			{"/abort", "<ResponseCode>50"},
			{"/logoff", "<ResponseCode>150"},
			{"/logon?username=radius.down", "<ResponseCode>102"},
		} {
			if got := b.once(http.MethodGet, gateway+test.path, nil); !strings.Contains(got.body, test.want) {
				t.Errorf("%s: %s", test.path, got.body)
			}
		}
		if got := b.once(http.MethodGet, gateway+"/logon?WISPrVersion=2.0&username=ada&response="+p.chap("2718"), nil); !strings.Contains(got.body, "<MaxSessionTime>60") {
			t.Errorf("WISPr 2.0: %s", got.body)
		}
		h.Expire()
		for _, query := range []string{"?username=ada&response=00", ""} {
			if answer, err := b.client.Get(gateway + "/logon" + query); err == nil {
				answer.Body.Close()
				t.Errorf("a refusal is answered: %v", answer.Status)
			}
		}
	})
}
