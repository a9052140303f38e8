package agent

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

// A portal cannot have half a secret shown where its text is cut.
func TestWhatAPortalSaidIsCutAfterItIsMasked(t *testing.T) {
	const secret = "swordfish-2718"
	page := "<p>" + strings.Repeat("x", maxSaid-8) + " " + secret + "</p>"
	config := portal.Config{Hosts: []string{"portal.test"}, Permission: func() portal.Permission { return portal.Permission{Cleartext: true} }}
	config.Transport = probetest.Transport(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(page))
	}))
	for name, declared := range map[string]bool{"of the login": true, "of another one": false} {
		session, err := portal.New(config)
		if err != nil {
			t.Fatal(err)
		}
		if declared {
			session.Declare(portal.Secret(secret))
		}
		if _, err := session.Open(context.Background(), "http://portal.test/"); err != nil {
			t.Fatal(err)
		}
		run := &flowRun{kind: plugins.FlowAuthenticate, session: session}
		run.conclude(nil)
		run.redact(portal.RedactSecrets(portal.Secret(secret)))
		if said := run.said.portal; strings.Contains(said, "sword") || len(said) > maxSaid || !strings.Contains(said, "xxx") {
			t.Errorf("%s: says %q", name, said)
		}
	}
}

// A page that the probe cut may end with half a secret.
func TestHalfASecretAtTheEndOfAPageIsMasked(t *testing.T) {
	mask := redactor(portal.RedactSecrets(portal.Secret("swordfish-2718")))
	for truncated, want := range map[bool]string{true: "the PIN [redacted]", false: "the PIN swordfish-27"} {
		e := probe.Evidence{Hops: []probe.Hop{{Body: "the PIN swordfish-27", Truncated: truncated}}}
		if got := redactEvidence(e, mask).Hops[0].Body; got != want {
			t.Errorf("truncated %v: %q, want %q", truncated, got, want)
		}
	}
}
