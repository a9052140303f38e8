package portaltest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// join logs in on a hotspot.
func join(t *testing.T, h *Hotspot) *browser {
	t.Helper()
	b := newBrowser(t, h.Transport())
	b.submit(filled(t, b, h))
	if h.Captive() {
		t.Fatalf("login denied: %v", h)
	}
	return b
}

func TestSessionEnds(t *testing.T) {
	for _, test := range []struct {
		name string
		opts Options
		live func(*browser, *Hotspot) // in the session
		want bool                     // captive afterwards
	}{
		{"not by itself", Options{}, func(*browser, *Hotspot) { time.Sleep(48 * time.Hour) }, false},
		{"not before its time", Options{Session: time.Hour}, func(*browser, *Hotspot) { time.Sleep(time.Hour - 1) }, false},
		{"in time", Options{Session: time.Hour}, func(*browser, *Hotspot) { time.Sleep(time.Hour) }, true},
		{"not while in use", Options{Idle: time.Hour}, func(b *browser, _ *Hotspot) {
			for range 24 {
				time.Sleep(time.Hour - time.Minute)
				b.get(far)
			}
		}, false},
		{"when idle", Options{Idle: time.Hour}, func(b *browser, h *Hotspot) {
			time.Sleep(time.Hour - time.Minute)
			b.get(h.PortalURL()) // requests to the portal are no traffic to the Internet
			time.Sleep(time.Minute)
		}, true},
		{"expired", Options{}, func(_ *browser, h *Hotspot) { h.Expire() }, true},
		{"kicked", Options{}, func(_ *browser, h *Hotspot) { h.Deauth() }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := New(test.opts)
				test.live(join(t, h), h)
				if got := h.Captive(); got != test.want {
					t.Errorf("captive %v, want %v", got, test.want)
				}
			})
		})
	}
}

func TestAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{Kind: KindClick, Session: time.Hour})
		captive := fmt.Sprintf(`{"captive":true,"user-portal-url":%q}`, h.PortalURL())
		if resp, body := exchange(t, h, h.API(), captiveJSON); body != captive || resp.Header.Get("Content-Type") != captiveJSON {
			t.Errorf("captive: %q of type %q", body, resp.Header.Get("Content-Type"))
		}
		if resp, _ := exchange(t, h, h.API(), "*/*"); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("any type accepted: %d", resp.StatusCode)
		}
		join(t, h)
		time.Sleep(10 * time.Minute)
		if _, body := exchange(t, h, h.API(), captiveJSON); !strings.Contains(body, `"captive":false,"seconds-remaining":3000`) {
			t.Errorf("online: %s", body)
		}
	})
}

func TestSetUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{Delay: 3 * time.Second})
		b := join(t, h)
		h.SetUp(false)
		if _, err := b.client.Get(far); !errors.Is(err, syscall.EHOSTUNREACH) {
			t.Errorf("gateway down: %v", err)
		}
		h.SetUp(true)
		start := time.Now()
		if got := b.get(far); !strings.Contains(got.body, "the Internet") || time.Since(start) != 3*time.Second {
			t.Errorf("gateway back: after %v\n%s", time.Since(start), got.body)
		}
	})
}

// TestHTTPSOnlyIfEnabled dials port 443 in each state.
func TestHTTPSOnlyIfEnabled(t *testing.T) {
	authority, stranger := newAuthority(t), newAuthority(t)
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{Authority: authority})
		plain := New(Options{})
		for _, test := range []struct {
			h       *Hotspot
			address string
		}{
			{h, "check.test:443"},
			{plain, plain.site.hosts[0] + ":443"},
			{New(Options{Kind: KindOpenNDS, Authority: authority}), "status.client:443"},
		} {
			if _, err := test.h.DialContext(t.Context(), "tcp", test.address); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("dial %s: %v", test.address, err)
			}
		}
		if _, err := h.DialContext(t.Context(), "udp", "check.test:53"); err == nil {
			t.Error("dialed UDP")
		}
		b := join(t, h)
		if got := b.get("https://check.test/"); !strings.Contains(got.body, "the Internet") {
			t.Errorf("https during the session:\n%s", got.body)
		}
		b.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = stranger.Pool()
		if _, err := b.client.Get("https://check.test/"); err == nil {
			t.Error("trusted the certificate of another authority")
		}
	})
}

func newAuthority(t *testing.T) *Authority {
	t.Helper()
	authority, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

// TestListen reaches the hotspot as another process does.
func TestListen(t *testing.T) {
	authority := newAuthority(t)
	for _, opts := range []Options{{}, {Authority: authority}} {
		h := New(opts)
		address, stop, err := h.Listen()
		if err != nil {
			t.Fatal(err)
		}
		b := newBrowser(t, loopback(address, authority))
		b.submit(filled(t, b, h))
		if got := b.get(far); h.Captive() || !strings.Contains(got.body, "the Internet") {
			t.Errorf("after login on %v:\n%s", h, got.body)
		}
		h.SetUp(false)
		if _, err := b.client.Get(far); err == nil {
			t.Error("answered while down")
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		h.SetUp(true)
		if _, err := b.client.Get(far); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("after stop: %v", err)
		}
	}
}

func TestKindText(t *testing.T) {
	for _, want := range append(Kinds(), KindAny) {
		text, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		kind := Kind("other")
		if err := kind.UnmarshalText(text); err != nil || kind != want || kind.String() != string(text) {
			t.Errorf("%q became %v, %v", text, kind, err)
		}
		if got := New(Options{Kind: kind}).Kind(); kind != KindAny && got != kind || got.Asks() == "" {
			t.Errorf("hotspot of kind %v is %v, which asks for %q", kind, got, got.Asks())
		}
	}
	var kind Kind
	if err := kind.UnmarshalText([]byte("hotel")); err == nil || kind.Asks() != "" {
		t.Errorf("%v, %v", err, kind)
	}
}
