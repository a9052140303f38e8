package portaltest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

const far = "http://check.test/generate"

// filled is the login form, filled in correctly.
func filled(t *testing.T, b *browser, h *Hotspot) form {
	t.Helper()
	login := h.Login()
	f := b.get(far).form(t, strings.TrimPrefix(login.Form, "form#"))
	for name, value := range map[string]string{login.User: "ada", login.PIN: "2718", login.Terms: "yes"} {
		if name != "" {
			f.values.Set(name, value)
		}
	}
	return f
}

func (b *browser) submit(f form) view {
	b.t.Helper()
	return b.do(f.method, f.action, f.values)
}

// TestSplashLogin logs in on portals of many looks, with each trait alone and with others.
func TestSplashLogin(t *testing.T) {
	authority, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	for seed := range uint64(64) {
		opts := Options{Seed: seed + 1}
		if seed%8 == 0 {
			opts.Authority = authority
		}
		h := New(opts)
		synctest.Test(t, func(t *testing.T) {
			b := newBrowser(t, h.Transport())
			f := filled(t, b, h)
			if !h.Captive() {
				t.Fatal("online before login")
			}
			if got := b.submit(f); got.status != http.StatusOK || !strings.Contains(got.body, "Welcome.") {
				t.Errorf("login answered %d:\n%s", got.status, got.body)
			}
			if got := b.get(far); h.Captive() || !strings.Contains(got.body, "the Internet at check.test") {
				t.Errorf("after login, captive %v:\n%s", h.Captive(), got.body)
			}
			if got := b.get(h.PortalURL()); !strings.Contains(got.body, "Welcome back") {
				t.Errorf("portal during the session:\n%s", got.body)
			}
			b.get(h.Login().Logoff)
			if !h.Captive() {
				t.Error("online after logoff")
			}
		})
		for trait := range strings.SplitSeq(h.site.traits, ", ") {
			met[trait] = true
		}
		if t.Failed() {
			t.Fatal(h)
		}
	}
	for _, trait := range []string{"interception 200", "3 hops", "GET", "form in noscript", "table around form", "base href", "formaction", "disabled control"} {
		if !met[trait] {
			t.Errorf("no seed drew %q", trait)
		}
	}
}

// TestSplashDenied makes one mistake at a time.
func TestSplashDenied(t *testing.T) {
	look := func(h *Hotspot) look { return h.site.portal.(*splash).look }
	for _, test := range []struct {
		name    string
		kind    Kind
		needs   string // a trait that the mistake is about
		mistake func(*browser, *Hotspot, *form)
		want    string // detail of the log
	}{
		{"wrong PIN", KindCredentials, "", func(_ *browser, h *Hotspot, f *form) { f.values.Set(h.Login().PIN, "0") }, "unknown card or wrong PIN"},
		{"wrong user", KindCredentials, "", func(_ *browser, h *Hotspot, f *form) { f.values.Set(h.Login().User, "eve") }, "unknown card or wrong PIN"},
		{"terms left alone", KindClick, "terms", func(_ *browser, h *Hotspot, f *form) { f.values.Del(h.Login().Terms) }, "terms not accepted"},
		{"no token", KindClick, "", func(_ *browser, h *Hotspot, f *form) { f.values.Del(look(h).Token) }, "wrong token"},
		{"disabled token", KindClick, "disabled control", func(_ *browser, h *Hotspot, f *form) {
			f.values[look(h).Token] = []string{"0", f.values.Get(look(h).Token)}
		}, "wrong token"},
		{"mistaken charset", KindClick, "iso-8859-1", func(_ *browser, _ *Hotspot, f *form) {
			f.values.Set(venueField, utf8Of([]byte(venue)))
		}, "wrong venue"},
		{"second button", KindClick, "", func(_ *browser, h *Hotspot, f *form) { f.values.Set(look(h).Button, "stop") }, "declined"},
		{"no button", KindClick, "button has a value", func(_ *browser, h *Hotspot, f *form) { f.values.Del(look(h).Button) }, "button not pressed"},
		{"box left out", KindClick, "box ticked beforehand", func(_ *browser, h *Hotspot, f *form) { f.values.Del(look(h).Kept) }, "ticked box left out"},
		{"other method", KindClick, "GET", func(_ *browser, _ *Hotspot, f *form) { f.method = http.MethodPost }, "wrong method"},
		{"no cookie", KindClick, "", func(b *browser, _ *Hotspot, _ *form) { b.client.Jar = nil }, "no cookie"},
		{"token of before", KindClick, "", func(_ *browser, h *Hotspot, _ *form) { h.Deauth() }, "no cookie"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := New(Options{Kind: test.kind, Seed: 1})
			for !strings.Contains(h.site.traits, test.needs) {
				h = New(Options{Kind: test.kind, Seed: h.Seed() + 1})
			}
			synctest.Test(t, func(t *testing.T) {
				b := newBrowser(t, h.Transport())
				f := filled(t, b, h)
				test.mistake(b, h, &f)
				b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				b.once(f.method, f.action, f.values)
			})
			log := h.Log()
			last := log[len(log)-1]
			if last.Decision != DecisionDenied || last.Detail != test.want || !h.Captive() {
				t.Errorf("got %s, %q; want denied, %q\n%v", last.Decision, last.Detail, test.want, h)
			}
		})
	}
}

// TestSplashTokenOnce sends one form twice, and then logs in with the form that
// the refusal shows.
func TestSplashTokenOnce(t *testing.T) {
	h := New(Options{Kind: KindCredentials})
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, h.Transport())
		f := filled(t, b, h)
		b.submit(f)
		h.Expire()
		again := b.submit(f)
		if !strings.Contains(again.body, `class="error">wrong token`) || !h.Captive() {
			t.Fatalf("a token was accepted twice\n%v\n%s", h, again.body)
		}
		fresh := again.form(t, strings.TrimPrefix(h.Login().Form, "form#"))
		f.values.Set(h.site.portal.(*splash).look.Token, fresh.values.Get(h.site.portal.(*splash).look.Token))
		if b.submit(f); h.Captive() {
			t.Errorf("denied: %v", h)
		}
	})
}

func TestSameSeedSameHotspot(t *testing.T) {
	talk := func(seed uint64) []string {
		h := New(Options{Seed: seed})
		var bodies []string
		synctest.Test(t, func(t *testing.T) {
			b := newBrowser(t, h.Transport())
			f := filled(t, b, h)
			bodies = append(bodies, h.String(), f.action, f.values.Encode(), b.submit(f).body)
		})
		return bodies
	}
	if diff := cmp.Diff(talk(7), talk(7)); diff != "" {
		t.Errorf("one seed, two hotspots:\n%s", diff)
	}
	if cmp.Equal(talk(7), talk(8)) {
		t.Error("two seeds, one hotspot")
	}
	if first, second := New(Options{}), New(Options{}); first.Seed() == second.Seed() {
		t.Error("seed 0 draws no seed")
	}
}

// TestLogHoldsNoValue searches the log for the values that were entered.
func TestLogHoldsNoValue(t *testing.T) {
	h := New(Options{Kind: KindCredentials, PIN: "s3cretPIN", User: "s3cretUser"})
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, h.Transport())
		f := filled(t, b, h)
		f.values.Set(h.Login().User, "s3cretUser")
		f.values.Set(h.Login().PIN, "s3cretPIN")
		b.submit(f)
		b.do(http.MethodGet, far, url.Values{"q": {"s3cretQuery"}})
	})
	var lines []string
	for _, line := range h.Log() {
		lines = append(lines, strings.Join(append([]string{line.Method, line.Host, line.Path, string(line.Decision), line.Detail}, line.Fields...), " "))
	}
	all := strings.Join(lines, "\n")
	if strings.Contains(all, "s3cret") || !strings.Contains(all, " q") || !strings.Contains(all, "granted login") {
		t.Errorf("log:\n%s", all)
	}
}
