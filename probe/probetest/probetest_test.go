package probetest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

func TestInternetAnswersEveryCheck(t *testing.T) {
	endpoints, err := probe.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range endpoints {
		if e.Decoy {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				response, body := get(t, e.URL)
				if response.StatusCode != e.Status || strings.TrimSpace(body) != e.Body {
					t.Errorf("got %d %q, want %d %q", response.StatusCode, body, e.Status, e.Body)
				}
				for name, want := range e.Header {
					if got := response.Header.Get(name); got == "" || want != "" && got != want {
						t.Errorf("header %s = %q, want %q", name, got, want)
					}
				}
			})
		})
	}
}

func TestInternetSaysHello(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, url := range []string{"http://example.test/", "https://network-test.debian.org/other", "https://192.0.2.1/"} {
			response, body := get(t, url)
			if response.StatusCode != http.StatusOK || !strings.Contains(body, "hello") {
				t.Errorf("GET %s = %d %q, want 200 and hello", url, response.StatusCode, body)
			}
			if verified := response.TLS != nil && len(response.TLS.VerifiedChains) > 0; verified != strings.HasPrefix(url, "https:") {
				t.Errorf("GET %s: verified = %t", url, verified)
			}
		}
	})
}

func TestInternetAbortsAtDecoy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://203.0.113.204/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := probetest.Transport(probetest.Internet()).RoundTrip(request); err == nil {
			response.Body.Close()
			t.Errorf("answered %d, want no response", response.StatusCode)
		}
	})
}

func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := probetest.Transport(probetest.Internet()).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}
