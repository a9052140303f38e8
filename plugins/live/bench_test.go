package live_test

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/claims"
	"hotspot-helper/internal/confine"
	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/plugins/live"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// BenchmarkClaim measures from the start of a program to its claim, beside the start of /usr/bin/true, with the
// confinement.
func BenchmarkClaim(b *testing.B) {
	filetest.NeedsPrograms(b, "/usr/bin/python3", "/usr/bin/true")
	b.Run("true", func(b *testing.B) {
		for b.Loop() {
			p, err := confine.Start(confine.Program{Path: "/usr/bin/true", Memory: 256 << 20})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadAll(p.Stdout); err != nil {
				b.Fatal(err)
			}
			p.Kill()
		}
	})
	for name, load := range map[string]func() *live.Helper{
		"go":     func() *live.Helper { return buildOmada(b) },
		"python": func() *live.Helper { return load(b, filepath.Join(examples, "srun")) },
	} {
		b.Run(name, func(b *testing.B) {
			helper := load()
			evidence := meet(b, helper, hotspot(b, portaltest.KindSrun, 1)).evidence
			facts := claims.NewFacts(wifi.Network{SSID: "Guest"}, &evidence)
			for b.Loop() {
				if err := helper.ClaimOnce(b.Context(), facts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// exchanges is how many exchanges one run of the benchmark makes.
const exchanges = 90

// BenchmarkExchange measures exchanges of a live helper in Python, beside those of a session alone.
func BenchmarkExchange(b *testing.B) {
	filetest.NeedsPrograms(b, "/usr/bin/python3")
	page := "<html><body>" + strings.Repeat("<p>A page of a portal.</p>", 100)
	wire := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader(page))}, nil
	})
	helper := odd(b, fmt.Sprintf("def authenticate(p):\n    for i in range(%d): ask(f'/page?number={i}')\n    return result('submitted')", exchanges))
	client := meet(b, helper, hotspot(b, portaltest.KindSrun, 1))
	client.wire = wire
	b.Run("live", func(b *testing.B) {
		for b.Loop() {
			if result, err := helper.Authenticate(b.Context(), client.job()); err != nil || result.Outcome != flow.Submitted {
				b.Fatal(result, err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/exchanges, "µs/exchange")
	})
	b.Run("session", func(b *testing.B) {
		for b.Loop() {
			session, err := client.job().Open([]string{"@start"}, nil)
			if err != nil {
				b.Fatal(err)
			}
			for i := range exchanges {
				if _, err := session.Open(b.Context(), fmt.Sprintf("http://192.0.2.12/page?number=%d", i)); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/exchanges, "µs/exchange")
	})
}
