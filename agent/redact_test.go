package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/portal"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

// twoSecrets is the redactor of a login with two secrets.
func twoSecrets(t *testing.T) redactor {
	t.Helper()
	return newSession(t, portal.Secret("correct horse"), portal.Secret("2718")).RedactSecrets
}

func newSession(t *testing.T, secrets ...portal.Value) *portal.Session {
	t.Helper()
	session, err := portal.New(portal.Config{Transport: http.DefaultTransport, Hosts: []string{"a.test"}})
	if err != nil {
		t.Fatal(err)
	}
	session.Declare(secrets...)
	return session
}

// A secret stays redacted when another helper logs in after that, and when the same helper
// breaks off before it sends a secret.
func TestRedactorsStay(t *testing.T) {
	var m redactors
	if m.with("a", newSession(t, portal.Plain("ada"))).all() != nil || m.with("a", nil).all() != nil {
		t.Error("a redactor without secrets")
	}
	first := m.with("a", newSession(t, portal.Secret("swordfish")))
	m = first.with("b", newSession(t, portal.Secret("tortoise"))).with("a", newSession(t)).with("b", nil)
	if got := m.all().text("swordfish tortoise ada"); got != "[redacted] [redacted] ada" {
		t.Error(got)
	}
	if got := first.all().text("tortoise"); got != "tortoise" { // a probe may use it
		t.Error(got)
	}
	if got := m.with("a", newSession(t, portal.Secret("sea-horse"))).all().text("swordfish sea-horse"); got != "swordfish [redacted]" {
		t.Error(got)
	}
}

// Every text of evidence that a portal can write is redacted, in a copy of the evidence.
func TestRedactEvidence(t *testing.T) {
	leak := "x=correct+horse&y=2718"
	evidence := probe.Evidence{
		Reason: leak, PortalURL: leak, WISPr: leak, Notes: []string{leak},
		Hops:     []probe.Hop{{URL: leak, Header: http.Header{"X-correct horse": {leak}}, Body: leak, Error: leak}, {}},
		Checks:   []probe.Check{{Detail: leak}},
		Families: []probe.FamilyVerdict{{Reason: leak}},
		CAPPORT:  &probe.CAPPORT{URL: leak, UserPortalURL: leak, VenueInfoURL: leak, Notes: []string{leak}},
	}
	before, err := json.Marshal(evidence)
	if err != nil {
		t.Fatal(err)
	}
	after, err := json.Marshal(redactEvidence(evidence, twoSecrets(t)))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(after); strings.Contains(text, "horse") || strings.Contains(text, "2718") {
		t.Errorf("leak: %s", text)
	}
	if n := strings.Count(string(after), "[redacted]"); n != strings.Count(string(before), "correct")+strings.Count(string(before), "2718") {
		t.Errorf("%d redactions: %s", n, after)
	}
	if unchanged, err := json.Marshal(evidence); err != nil || string(unchanged) != string(before) {
		t.Errorf("the evidence itself was changed: %s, %v", unchanged, err)
	}
	if diff := cmp.Diff(evidence, redactEvidence(evidence, nil)); diff != "" {
		t.Errorf("without a login: %s", diff)
	}
}

// Each text of evidence is redacted, or is known to be of this computer.
func TestEachTextIsRedacted(t *testing.T) {
	own := []string{
		"Link.Interface", "Link.APISource", "Link.AnswersVia", "Network", "LocalObstacle", "Hops.Obstacle",
		"Checks.Endpoint", "Checks.URL", "Checks.Result", "Checks.Timeline.Address", "Checks.Family", "Families.Family",
	}
	var evidence probe.Evidence
	probetest.EachText(&evidence, func(string, string) string { return "x=correct+horse" })
	evidence = redactEvidence(evidence, twoSecrets(t))
	probetest.EachText(&evidence, func(path, text string) string {
		if strings.Contains(text, "horse") != slices.Contains(own, path) {
			t.Errorf("%s is %s", path, text)
		}
		return text
	})
}

// A part of a longer word or number is not taken for a short secret.
func TestRedactionKeepsOtherWords(t *testing.T) {
	for text, want := range map[string]string{
		"http://a.test:27180/12718?id=a2718":     "http://a.test:27180/12718?id=a2718",
		"http://a.test/2718?pin=2718&x=ada:2718": "http://a.test/[redacted]?pin=[redacted]&x=ada:[redacted]",
		"correct%20horses":                       "[redacted]s",
	} {
		if got := twoSecrets(t).text(text); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

// secretGroup logs itself as a group.
type secretGroup struct{}

func (secretGroup) LogValue() slog.Value {
	return slog.GroupValue(slog.String("deep", "pin=2718"), slog.Int("n", 2718))
}

func TestRedactedLog(t *testing.T) {
	var out strings.Builder
	handler := slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	logger := slog.New(redactingHandler{handler, twoSecrets(t)}).With("kept", "2718").WithGroup("g")
	logger.Debug("met correct horse", "error", fmt.Errorf("open: %w", errors.New("pin=2718")), "list", []string{"a", "2718"}, "said", secretGroup{}, "n", 5)
	want := `level=DEBUG msg="met [redacted]" kept=[redacted] g.error="open: pin=[redacted]" g.list="[a [redacted]]" g.said.deep="pin=[redacted]" g.said.n=[redacted] g.n=5` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	slog.New(redactingHandler{handler, nil}).Info("2718", "a", "2718")
	if want := "level=INFO msg=2718 a=2718\n"; out.String() != want {
		t.Errorf("without a login: %s", &out)
	}
}
