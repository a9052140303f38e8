package pack

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// The scale to support: packs of many operators, and one operator with many places.
const (
	manyPacks  = 5_000
	manyPlaces = 1_000_000
)

const scaleFlow = `format = 1
hosts  = ["login.op%04[1]d.test"]

[inputs.user]
prompt = "User"
[inputs.pass]
prompt = "Password"
secret = true

[[step]]
id     = "landing"
open   = "{{.probe.url}}"
expect = [{ css = "form#login-%04[1]d" }]

[[step]]
id     = "login"
submit = "form#login-%04[1]d"
fields = { user = "{{.input.user}}", pass = "{{.input.pass}}" }
  [[step.case]]
  when   = [{ css = ".error" }]
  result = "denied"
`

// scalePack returns the pack of an operator. One in five each claims by the portal's host, its
// path, its text, its markup, and only by the name.
func scalePack(i int) string {
	evidence := [...]string{
		`portal_host = ["login.op%04[1]d.test", "*.portal%04[1]d.test"]`,
		"portal_host = [\"cloud.test\"]\nportal_path = [\"/site/%04[1]d/*\"]",
		`body = ["Welcome to Operator No %04[1]d"]`,
		`css = ["form#login-%04[1]d input[name=user]"]`,
	}
	text := fmt.Sprintf("format = 1\nname = \"op-%04[1]d\"\nversion = \"1.0.0\"\nlabel = \"Operator %04[1]d\"\n"+
		"description = \"Operator %04[1]d: user and password.\"\n\n[[claim]]\nconfidence = \"low\"\nssid = [\"Operator %04[1]d\", \"Op%04[1]d-*\"]\n", i)
	if k := i % 5; k < len(evidence) {
		text += fmt.Sprintf("\n[[claim]]\nconfidence = \"high\"\n"+evidence[k]+"\n", i)
	}
	return text
}

// writePacks fills a directory with many packs.
func writePacks(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	for i := range manyPacks {
		writeFile(b, filepath.Join(dir, fmt.Sprintf("op-%04d", i), "pack.toml"), []byte(scalePack(i)))
		writeFile(b, filepath.Join(dir, fmt.Sprintf("op-%04d", i), "authenticate.toml"), fmt.Appendf(nil, scaleFlow, i))
	}
	return dir
}

func writeFile(tb testing.TB, name string, data []byte) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		tb.Fatal(err)
	}
}

// writePlaces makes one pack with a list of many names, or of many addresses.
func writePlaces(b *testing.B, key string, place func(i int) string) string {
	b.Helper()
	dir := b.TempDir()
	var list bytes.Buffer
	for i := range manyPlaces {
		fmt.Fprintln(&list, place(i))
	}
	pack := "format = 1\nname = \"op-1\"\nversion = \"1.0.0\"\nlabel = \"Operator\"\n\n[[claim]]\nconfidence = \"low\"\n" + key + " = \"list.txt\"\n"
	writeFile(b, filepath.Join(dir, "op-1", "pack.toml"), []byte(pack))
	writeFile(b, filepath.Join(dir, "op-1", "list.txt"), list.Bytes())
	writeFile(b, filepath.Join(dir, "op-1", "authenticate.toml"), fmt.Appendf(nil, scaleFlow, 1))
	return dir
}

func placeName(i int) string { return fmt.Sprintf("Operator Place %d", i) }
func placeAddress(i int) string {
	return wifi.BSSID{2, 0, byte(i >> 16), byte(i >> 8), byte(i), 0}.String()
}

// start loads the packs of a directory, as the agent does.
func start(tb testing.TB, dir string) *plugins.Registry {
	tb.Helper()
	packs, err := LoadAll(os.DirFS(dir), dir)
	if err != nil {
		tb.Fatal(err)
	}
	entries := make([]plugins.Entry, len(packs))
	for i, p := range packs {
		entries[i] = plugins.Entry{Helper: p}
	}
	return plugins.NewRegistry(entries)
}

// benchmarkStart measures how long a start takes and what stays on the heap, beside a peer that
// does the minimum.
func benchmarkStart(b *testing.B, dir string, peer func(b *testing.B, dir string) any) {
	for _, bm := range []struct {
		name  string
		begin func(b *testing.B, dir string) any
	}{
		{"agent", func(b *testing.B, dir string) any { return start(b, dir) }},
		{"peer", peer},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			var kept any
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			for b.Loop() {
				kept = nil
				kept = bm.begin(b, dir)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapInuse-before.HeapInuse)/1e6, "MB-kept")
			runtime.KeepAlive(kept)
		})
	}
}

// BenchmarkStart5000Packs has a peer that reads the files and does nothing with them.
func BenchmarkStart5000Packs(b *testing.B) {
	benchmarkStart(b, writePacks(b), func(b *testing.B, dir string) any {
		files, err := filepath.Glob(filepath.Join(dir, "*", "*.toml"))
		if err != nil || len(files) != 2*manyPacks {
			b.Fatalf("%d files: %v", len(files), err)
		}
		var all [][]byte
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				b.Fatal(err)
			}
			all = append(all, data)
		}
		return all
	})
}

// BenchmarkStartMillionSSIDs and BenchmarkStartMillionBSSIDs have a peer that puts the lines into a map.
func BenchmarkStartMillionSSIDs(b *testing.B) {
	benchmarkStart(b, writePlaces(b, "ssid_file", placeName), linesInMap)
}

func BenchmarkStartMillionBSSIDs(b *testing.B) {
	benchmarkStart(b, writePlaces(b, "bssid_file", placeAddress), linesInMap)
}

func linesInMap(b *testing.B, dir string) any {
	lines := map[string]struct{}{}
	for line := range bytes.Lines(readPlaces(b, dir)) {
		lines[string(line)] = struct{}{}
	}
	return lines
}

func readPlaces(b *testing.B, dir string) []byte {
	b.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "op-1", "list.txt"))
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// portalOf returns the evidence of an operator's portal.
func portalOf(i int) *probe.Evidence {
	page := fmt.Sprintf(`<!DOCTYPE html><html><head><title>Operator No %04[1]d</title></head><body>
<h1>Welcome to Operator No %04[1]d</h1><form id="login-%04[1]d" method=post action=/login><input name=user><input type=password name=pass><button>Log in</button></form>
%[2]s</body></html>`, i, strings.Repeat("<p>Please mind the terms of use of this hotspot, which&#39;s free of charge.</p>\n", 30))
	url := fmt.Sprintf("http://login.op%04[1]d.test/site/%04[1]d/start?res=notyet", i)
	if i%5 == 1 {
		url = fmt.Sprintf("http://cloud.test/site/%04d/start", i)
	}
	return &probe.Evidence{Verdict: probe.VerdictPortal, PortalURL: url, Hops: []probe.Hop{
		{URL: "http://check.test/generate_204", Status: 302}, {URL: url, Status: 200, Body: page},
	}}
}

// BenchmarkClaim asks through the index, and as its peer every pack. Only markup needs the page
// parsed, which BenchmarkClaim/parse measures; css-parsed is without it.
func BenchmarkClaim(b *testing.B) {
	packs := start(b, writePacks(b))
	scanned := func(i int) wifi.Network {
		return wifi.Network{SSID: wifi.SSID(fmt.Sprintf("Operator %04d", i)), BSSs: []wifi.BSS{{BSSID: wifi.BSSID{2, 0, 0, 1, 2, 3}}}}
	}
	for _, bm := range []struct {
		name  string
		facts func(i int) *claims.Facts
	}{
		{"name", func(i int) *claims.Facts { return claims.NewFacts(scanned(i), nil) }},
		{"unknown", func(int) *claims.Facts { return claims.NewFacts(wifi.Network{SSID: "Home"}, nil) }},
		{"host", func(i int) *claims.Facts { return claims.NewFacts(scanned(i), portalOf(i-i%5)) }},
		{"path", func(i int) *claims.Facts { return claims.NewFacts(scanned(i), portalOf(i-i%5+1)) }},
		{"body", func(i int) *claims.Facts { return claims.NewFacts(scanned(i), portalOf(i-i%5+2)) }},
		{"css", func(i int) *claims.Facts { return claims.NewFacts(scanned(i), portalOf(i-i%5+3)) }},
		{"css-parsed", func(i int) *claims.Facts {
			facts := claims.NewFacts(scanned(i), portalOf(i-i%5+3))
			packs.Claims(b.Context(), facts)
			return facts
		}},
	} {
		b.Run("5000Packs-"+bm.name+"/index", func(b *testing.B) { benchmarkClaim(b, bm.facts, packs.Claims) })
		b.Run("5000Packs-"+bm.name+"/everyone", func(b *testing.B) { benchmarkClaim(b, bm.facts, packs.Explain) })
	}
	b.Run("parse", func(b *testing.B) {
		page := portalOf(3).Hops[1].Body
		b.ReportAllocs()
		for b.Loop() {
			if _, err := html.Parse(strings.NewReader(page)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkClaimMillion asks one pack with a list, and as its peer searches the text of the list.
func BenchmarkClaimMillion(b *testing.B) {
	names, addresses := writePlaces(b, "ssid_file", placeName), writePlaces(b, "bssid_file", placeAddress)
	text := readPlaces(b, names)
	name := func(i int) string { return placeName(i * 199 % manyPlaces) }
	b.Run("SSIDs/index", func(b *testing.B) {
		benchmarkClaim(b, func(i int) *claims.Facts {
			return claims.NewFacts(wifi.Network{SSID: wifi.SSID(name(i))}, nil)
		}, start(b, names).Claims)
	})
	b.Run("SSIDs/scan", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if !bytes.Contains(text, []byte(name(i)+"\n")) {
				b.Fatal("not found")
			}
		}
	})
	b.Run("BSSIDs/index", func(b *testing.B) {
		benchmarkClaim(b, func(i int) *claims.Facts {
			return claims.NewFacts(wifi.Network{SSID: "x", BSSs: []wifi.BSS{{}, {BSSID: wifi.BSSID{2, 0, 1, byte(i >> 8), byte(i), 0}}}}, nil)
		}, start(b, addresses).Claims)
	})
}

// benchmarkClaim asks about known and unknown networks, with fresh facts each time.
func benchmarkClaim(b *testing.B, make func(i int) *claims.Facts, ask func(context.Context, *claims.Facts) []claims.Claim) {
	b.ReportAllocs()
	ctx, stop := context.WithTimeout(b.Context(), time.Hour)
	defer stop()
	var facts [256]*claims.Facts
	for i := 0; b.Loop(); i++ {
		if i%len(facts) == 0 {
			b.StopTimer() // the evidence exists before the claims
			for k := range facts {
				facts[k] = make((i + k*17) % manyPacks)
			}
			b.StartTimer()
		}
		ask(ctx, facts[i%len(facts)])
	}
}
