package portaltest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// simulate serves the hotspot of the manual, and returns its address.
func simulate(t *testing.T, opts Options) (hotspot *Hotspot, address string) {
	t.Helper()
	hotspot = New(opts)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- NewSimulator(hotspot).Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return hotspot, l.Addr().String()
}

// ask sends a request to the simulator itself.
func ask(t *testing.T, method, address string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// TestSimulator logs in with the simulator as a proxy, as a browser in another process does.
func TestSimulator(t *testing.T) {
	var lines []Request
	hotspot, address := simulate(t, Options{
		Seed: 1, Kind: KindCafeLumen, Authority: newAuthority(t),
		OnRequest: func(r Request) { lines = append(lines, r) },
	})
	var simulated Simulated
	if status, body := ask(t, http.MethodGet, address); status != http.StatusOK || json.Unmarshal([]byte(body), &simulated) != nil {
		t.Fatalf("%d %s", status, body)
	}
	if simulated.Kind != KindCafeLumen || simulated.Seed != 1 || simulated.Portal != hotspot.PortalURL() || simulated.Gateway != hotspot.Gateway() {
		t.Errorf("described as %+v", simulated)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(simulated.Authority))
	b := newBrowser(t, &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool},
		Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: address}),
	})
	if _, err := b.client.Get("https://elsewhere.test/"); err == nil || !strings.Contains(err.Error(), "Bad Gateway") {
		t.Errorf("https is intercepted: %v", err)
	}
	b.submit(filled(t, b, hotspot))
	if got := b.get(far); hotspot.Captive() || !strings.Contains(got.body, "the Internet") {
		t.Errorf("after login on %v:\n%s", hotspot, got.body)
	}
	if status, _ := ask(t, http.MethodPost, address); status != http.StatusNoContent || !hotspot.Captive() {
		t.Errorf("after POST: %d, captive %t", status, hotspot.Captive())
	}
	if len(lines) < 4 || len(hotspot.Log()) > 0 {
		t.Errorf("%d requests are lines, %d kept", len(lines), len(hotspot.Log()))
	}
}

// TestSimulatorEnds checks that a broken listener is an error, and the end of the context is not.
func TestSimulatorEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := NewSimulator(New(Options{Kind: KindClick})).Serve(t.Context(), l); err == nil || !strings.HasPrefix(err.Error(), "serve hotspot on ") {
		t.Errorf("with a broken listener: %v", err)
	}
}

// TestWhole checks that the pages of a whole kind fetch no script that logs in.
func TestWhole(t *testing.T) {
	script := regexp.MustCompile(`(?i)<(?:script|frame)[^>]* src="([^"]*)"`)
	for _, kind := range Kinds() {
		if !kind.Whole() {
			continue
		}
		body := newBrowser(t, New(Options{Seed: 1, Kind: kind}).Transport()).get(far).body
		for _, found := range script.FindAllStringSubmatch(body, -1) {
			if !strings.HasSuffix(found[1], "md5.js") {
				t.Errorf("%s has the script %s", kind, found[1])
			}
		}
	}
}

// TestCafeLumen checks that the hotspot of the manual refuses wrong input.
func TestCafeLumen(t *testing.T) {
	for _, test := range []struct {
		name  string
		forms url.Values
		want  string
	}{
		{"PIN", url.Values{"card": {"ada"}, "pin": {"1828"}, "terms": {"yes"}}, "wrong PIN"},
		{"terms", url.Values{"card": {"ada"}, "pin": {"2718"}}, "accept the terms"},
		{"token", url.Values{"card": {"ada"}, "pin": {"2718"}, "terms": {"yes"}, "token": {"stale"}}, "try again"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := New(Options{Kind: KindCafeLumen})
			b := newBrowser(t, h.Transport())
			page := b.get(far)
			if _, own := test.forms["token"]; !own {
				_, rest, _ := strings.Cut(page.body, `name="token" value="`)
				token, _, _ := strings.Cut(rest, `"`)
				test.forms.Set("token", token)
			}
			response, err := b.client.PostForm(h.PortalURL()+"go", test.forms)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil || !strings.Contains(string(body), test.want) || !h.Captive() {
				t.Errorf("captive %t, %v:\n%s", h.Captive(), err, body)
			}
		})
	}
}
