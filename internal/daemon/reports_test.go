package daemon

import (
	"archive/zip"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/agent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
)

// unreachable is a transport whose error is what the network says.
type unreachable string

func (u unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New(string(u))
}

// A report is masked with what the agent knows, and not only with what its login read.
func TestReportsAreMaskedWithAllThatIsKnown(t *testing.T) {
	reports := Reports{dir: t.TempDir(), version: "1.0.0"}
	recorded := reports.record(plugins.FlowAuthenticate, unreachable("no route to swordfish"))
	job := recorded.Record(plugins.Job{Evidence: probe.Evidence{PortalURL: "http://cafe.test/"}})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://cafe.test/swordfish?a=1", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := recorded.RoundTrip(request); err == nil || job.Inputs == nil {
		t.Fatal("nothing is recorded")
	}
	login := agent.FailedLogin{Helper: builtin.ClickThrough{}, Cause: "Hello swordfish", Mask: portal.MaskSecrets(portal.Secret("swordfish"))}
	if path, err := recorded.Failed(t.Context(), login); err != nil || filepath.Dir(path) != reports.dir {
		t.Fatal(err)
	}
	report, err := reports.Find("")
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(report.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, file := range archive.File {
		content, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "swordfish") || strings.HasSuffix(file.Name, ".toml") && strings.Count(string(text), "[redacted]") < 3 {
			t.Errorf("%s: %s", file.Name, text)
		}
	}
}
