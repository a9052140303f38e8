package replay_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
)

// TestReport replays the report of a refused login.
func TestReport(t *testing.T) {
	t.Parallel()
	inputs := map[string]portal.Value{"user": portal.Plain("ada lovelace"), "pin": portal.Secret("mistyped 27")}
	v := join(t, portaltest.KindCredentials, inputs)
	recorder := &replay.Recorder{}
	result, err := v.login(t, recorder)
	if err != nil || result.Outcome != flow.Denied {
		t.Fatal(result, err)
	}
	data, err := recorder.Report(t.Context(), v.pack, &replay.Metadata{
		Program: "1.0.0", Helper: "cafe", Version: "1.0.0", Time: time.Now(),
		Outcome: result.Outcome.String(), Cause: "denied of ada lovelace by " + client,
	})
	if err != nil {
		t.Fatal(err)
	}
	report := opened(t, data)
	c, err := replay.Load(report, replay.ReportCase, "report.zip")
	if err != nil {
		t.Fatal(err)
	}
	outcome := c.Run(t.Context(), v.pack)
	if outcome.Mismatch != nil || outcome.Outcome != flow.Denied || outcome.Trace != c.Trace {
		t.Errorf("%v, %v:\n%s\n%s", outcome.Mismatch, outcome.Result, outcome.Trace, c.Trace)
	}
	about, err := replay.ReadMetadata(report)
	if err != nil || about.Helper != "cafe" || about.Network != "Cafe" || about.Difference != "" || about.Evidence.Verdict == 0 || len(about.Evidence.Checks) == 0 {
		t.Errorf("%+v, %v", about, err)
	}
	private(t, all(t, report), inputs)
}

// opened writes a report to a file and opens it.
func opened(t *testing.T, data []byte) fs.FS {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.zip")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := replay.OpenReport(file)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// all returns the text of all files.
func all(t *testing.T, dir fs.FS) string {
	t.Helper()
	var text strings.Builder
	err := fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dir, name)
		text.WriteString(name + "\n" + string(data) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestReportMistakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "no.zip")
	if _, err := replay.OpenReport(file); err == nil || !strings.HasPrefix(err.Error(), "open report: ") {
		t.Error(err)
	}
	if err := os.WriteFile(file, []byte("no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := replay.OpenReport(file); err == nil || !strings.HasPrefix(err.Error(), "open report "+file+": ") {
		t.Error(err)
	}
	if _, err := replay.ReadMetadata(os.DirFS(dir)); err == nil || !strings.HasPrefix(err.Error(), "read report: ") {
		t.Error(err)
	}
}

// A report that somebody sent does not cost more memory than it may have.
func TestReportsAreBounded(t *testing.T) {
	const most = 64 << 20
	const metadata = `{"evidence":{"verdict":"portal"}}`
	zipped := func(files map[string]string, more int, suffix string) []byte {
		var data bytes.Buffer
		w := zip.NewWriter(&data)
		for name, text := range files {
			f, err := w.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(f, text); err != nil {
				t.Fatal(err)
			}
		}
		for i := range more {
			if _, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(i) + suffix}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return data.Bytes()
	}
	for name, data := range map[string][]byte{
		"files":    zipped(nil, 30_000, ""),
		"paths":    zipped(map[string]string{"report.json": metadata}, 1000, strings.Repeat("/a", 2000)),
		"checks":   zipped(map[string]string{"report.json": `{"evidence":{"verdict":"portal","checks":[` + strings.Repeat("{},", 349_000) + `{}]}}`}, 0, ""),
		"hops":     zipped(map[string]string{"report.json": `{"evidence":{"verdict":"portal","hops":[` + strings.Repeat("{},", 100) + `{}]}}`}, 0, ""),
		"again":    zipped(map[string]string{"report.json": `{"evidence":{"verdict":"portal"},"EVIDENCE":{"verdict":"portal","checks":[` + strings.Repeat("{},", 340_000) + `{}]}}`}, 0, ""),
		"unpacked": zipped(map[string]string{"report.json": strings.Repeat(" ", 17<<20)}, 0, ""),
		"metadata": zipped(map[string]string{"report.json": `{"evidence":{"hops":[` + strings.Repeat("{},", 5<<20) + `{}]}}`}, 0, ""),
		"nested":   zipped(map[string]string{"report.json": strings.Repeat("[", 1<<20)}, 0, ""),
	} {
		file := filepath.Join(t.TempDir(), "report.zip")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		report, err := replay.OpenReport(file)
		if err == nil {
			_, err = replay.ReadMetadata(report)
		}
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > most {
			t.Errorf("%s: %d MiB", name, used>>20)
		}
	}
}

// Each directory of a path costs memory of its own, so that a report has no files in others than its own.
func TestNamesInReports(t *testing.T) {
	t.Parallel()
	for name, right := range map[string]bool{
		"failed.toml":               true,
		"pages/":                    true,
		"pages/login-0c0ffee0.html": true,
		"pages/old/login.html":      false,
		"pages/old/":                false,
		`pages\old\login.html`:      false, // the same to archive/zip
		"../failed.toml":            false,
		"/failed.toml":              false,
		"pages//":                   false,
		"":                          false,
		strings.Repeat("a", 256):    true,
		strings.Repeat("a", 257):    false,
		strings.Repeat("a", 60_000): false,
	} {
		var data bytes.Buffer
		w := zip.NewWriter(&data)
		if _, err := w.CreateHeader(&zip.FileHeader{Name: name}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "report.zip")
		if err := os.WriteFile(file, data.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := replay.OpenReport(file)
		switch {
		case (err == nil) != right:
			t.Errorf("%.300q: %v", name, err)
		case err != nil && (!strings.HasPrefix(err.Error(), "open report "+file+": the name ") || len(err.Error()) > 2000):
			t.Errorf("%.300q: %v", name, err)
		}
	}
}
