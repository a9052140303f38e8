package pack

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
)

// BenchmarkLogin logs in to a stand-in of openNDS with the shipped pack. Its peer
// BenchmarkLoginBare measures the portal: a plain HTTP client sends the same requests.
func BenchmarkLogin(b *testing.B) {
	loaded, err := Load(packs.FS(), "opennds", "built-in")
	if err != nil {
		b.Fatal(err)
	}
	hotspot := portaltest.New(portaltest.Options{Seed: 1, Kind: portaltest.KindOpenNDS})
	transport := hotspot.Transport()
	start, err := url.Parse(landing(b, transport))
	if err != nil {
		b.Fatal(err)
	}
	job := plugins.Job{
		Evidence: probe.Evidence{PortalURL: start.String()},
		Consent:  func() consent.Given { return consent.Given{Terms: consent.Always} },
		Open: func(hosts, _ []string) (*portal.Session, error) {
			return portal.New(portal.Config{Transport: transport, Start: start, Gateway: hotspot.Gateway(), Hosts: hosts})
		},
	}
	b.ReportAllocs()
	before := len(hotspot.Log())
	for b.Loop() {
		result, err := loaded.Authenticate(b.Context(), job)
		if err != nil || result.Outcome != flow.Submitted || hotspot.Captive() {
			b.Fatalf("%+v, %v", result, err)
		}
		hotspot.Expire()
	}
	b.ReportMetric(float64(len(hotspot.Log())-before)/float64(b.N), "requests/op")
}

// BenchmarkLoginBare sends the requests of BenchmarkLogin without reading pages.
func BenchmarkLoginBare(b *testing.B) {
	hotspot := portaltest.New(portaltest.Options{Seed: 1, Kind: portaltest.KindOpenNDS})
	client := &http.Client{Transport: hotspot.Transport()}
	start := landing(b, client.Transport)
	b.ReportAllocs()
	before := len(hotspot.Log())
	for b.Loop() {
		for _, query := range []string{"", "&continue=clicked", "&landing=yes"} {
			get(b, client, start+query)
		}
		if hotspot.Captive() {
			b.Fatal("not logged in")
		}
		hotspot.Expire()
	}
	b.ReportMetric(float64(len(hotspot.Log())-before)/float64(b.N), "requests/op")
}

// landing returns the URL that the gateway redirects to, escaped like the value of a form.
func landing(b *testing.B, transport http.RoundTripper) string {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://check.test/", http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		b.Fatal(err)
	}
	response.Body.Close()
	location := response.Header.Get("Location")
	return regexp.MustCompile(`=+$`).ReplaceAllString(location, "%3D")
}

func get(b *testing.B, client *http.Client, target string) {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, target, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		b.Fatal(err)
	}
}
