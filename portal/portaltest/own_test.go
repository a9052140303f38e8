package portaltest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// TestOwn lets a client in and out at a portal that another program serves, over https.
func TestOwn(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case r.Host != "login.acme.test":
			w.Header().Set(AccessHeader, AccessGranted)
		case r.URL.Path == "/api/login" && string(body) == `{"pin":"2718"}`, r.URL.Path == "/form" && string(body) == "pin=2718":
			w.Header().Set(AccessHeader, AccessGranted)
		case r.URL.Path == "/logoff":
			w.Header().Set(AccessHeader, AccessEnded)
		case r.URL.Path == "/moved":
			http.Redirect(w, r, "/portal?x=1", http.StatusFound)
		}
		w.Header().Set("X-Path", r.URL.RequestURI())
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()
	at, err := url.Parse("https://Login.acme.test/portal?x=1")
	if err != nil {
		t.Fatal(err)
	}
	h := New(Options{Authority: newAuthority(t), Own: &Own{URL: at, Server: netip.MustParseAddrPort(server.Listener.Addr().String())}})
	if h.Kind() != KindOwn || h.PortalURL() != at.String() || !strings.Contains(h.String(), "served at 127.0.0.1:") {
		t.Errorf("is %v, its page %s", h, h.PortalURL())
	}
	wire := h.Transport()
	do := func(method, target, kind, body string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		response, err := wire.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		return response
	}
	if got := do(http.MethodGet, "http://check.test/", "", ""); got.StatusCode != http.StatusFound || got.Header.Get("Location") != at.String() {
		t.Errorf("intercepts by %d to %s", got.StatusCode, got.Header.Get("Location"))
	}
	if got := do(http.MethodGet, "https://login.acme.test/a%2fb?c=d", "", ""); got.Header.Get("X-Path") != "/a%2fb?c=d" || !h.Captive() {
		t.Errorf("asks for %s", got.Header.Get("X-Path"))
	}
	if got := do(http.MethodGet, "https://login.acme.test/moved", "", ""); got.StatusCode != http.StatusFound {
		t.Errorf("a redirect becomes %d", got.StatusCode)
	}
	for path, post := range map[string][2]string{"/api/login": {"application/json", `{"pin":"2718"}`}, "/form": {"application/x-www-form-urlencoded", "pin=2718"}} {
		if got := do(http.MethodPost, "https://login.acme.test"+path, post[0], post[1]); got.Header.Get(AccessHeader) != "" || h.Captive() {
			t.Errorf("%s: not let in, %v", path, got.Header)
		}
		do(http.MethodGet, "https://login.acme.test/logoff", "", "")
		if !h.Captive() {
			t.Error("not logged off")
		}
	}
	server.Close()
	if got := do(http.MethodGet, "https://login.acme.test/", "", ""); got.StatusCode != http.StatusBadGateway {
		t.Errorf("without its program: %d", got.StatusCode)
	}
}
