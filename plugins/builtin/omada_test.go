package builtin_test

import (
	"strings"
	"testing"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
)

func TestOmada(t *testing.T) {
	row := protocol{helper: builtin.Omada{}, opts: portaltest.Options{Kind: portaltest.KindOmada, Seed: 1}}
	row.visit(t, func(g *caller) {
		if claim := g.claimed(); claim.Confidence != claims.Medium {
			t.Errorf("claims %+v", claim)
		}
		if result := g.run(g.helper.Authenticate, flow.NeedsUser); !strings.Contains(result.Reason, "waits for your consent") || result.Terms == "" {
			t.Errorf("asks for consent by %q", result.Reason)
		}
		g.consent.Terms = consent.Always
		g.enter()
		g.run(g.helper.Maintain, flow.Submitted)
		g.run(g.helper.Logoff, flow.Unsupported)
		g.hotspot.Expire()
		g.probe(probe.VerdictPortal)
		g.enter()
	})
}

// A portal that wants credentials is unsupported.
func TestOmadaPassword(t *testing.T) {
	row := protocol{helper: builtin.Omada{}, opts: portaltest.Options{Kind: portaltest.KindOmadaPassword, Seed: 1}}
	row.visit(t, func(g *caller) {
		g.consent.Terms = consent.Always
		if result := g.run(g.helper.Authenticate, flow.Unsupported); !strings.Contains(result.Reason, "authType 1") {
			t.Error(result.Reason)
		}
	})
}

func TestOmadaClaim(t *testing.T) {
	const right = "http://198.51.100.7:8088/4b1f/portal?cid=a&ap=b&ssid=c&rid=0&u=d"
	for address, want := range map[string]claims.Confidence{
		right: claims.Medium,
		strings.Replace(right, "/portal", "/pubKey", 1): claims.None,
		strings.Replace(right, "/4b1f", "", 1):          claims.None,
		strings.Replace(right, "/4b1f", "/4b1f/x", 1):   claims.None,
		strings.Replace(right, "ap=b&", "", 1):          claims.None,
		strings.Replace(right, "rid=0", "rid=x", 1):     claims.None,
		"http://%zz/": claims.None,
	} {
		c := met(t, nil, "", "")
		c.helper, c.evidence.Hops[0].URL = builtin.Omada{}, address
		if claim := c.claimed(); claim.Confidence != want || want == claims.None && claim.Reason == "" {
			t.Errorf("%s: %+v", address, claim)
		}
	}
}

func TestOmadaAnswers(t *testing.T) {
	const none = `{"errorCode":0,"result":{}}`
	for name, test := range map[string]struct {
		answers []string
		want    flow.Outcome // OutcomeUnknown: an error
		reason  string
	}{
		"no JSON":       {[]string{"<p>"}, flow.OutcomeUnknown, "step key"},
		"no key":        {[]string{none}, flow.OutcomeUnknown, "not PEM"},
		"an odd key":    {[]string{omadaKey("AAAA"), none}, flow.OutcomeUnknown, "the controller's key"},
		"not RSA":       {[]string{omadaKey(edKey), none}, flow.OutcomeUnknown, "want RSA"},
		"no setting":    {[]string{omadaKey(rsaKey), none}, flow.Unsupported, "does not name the kind"},
		"refused":       {[]string{omadaKey(rsaKey), `{"errorCode":0,"result":{"authType":0}}`, `{"errorCode":-41529,"msg":"daily limit"}`}, flow.Denied, `errorCode -41529): "daily limit"`},
		"no error code": {[]string{omadaKey(rsaKey), `{"errorCode":0,"result":{"authType":0}}`, `{}`}, flow.OutcomeUnknown, "step auth"},
		"no reply":      {[]string{""}, flow.OutcomeUnknown, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			c := met(t, &script{answers: test.answers}, "", "")
			c.consent.Terms = consent.Always
			c.evidence.Hops[0].URL = "http://op.test:8088/4b1f/portal?cid=a&ap=b&ssid=c&rid=0"
			c.evidence.PortalURL = c.evidence.Hops[0].URL
			result, err := builtin.Omada{}.Authenticate(t.Context(), c.job())
			said := result.Reason
			if err != nil {
				said = err.Error()
			}
			if result.Outcome != test.want || (err != nil) != (test.want == flow.OutcomeUnknown) || !strings.Contains(said, test.reason) {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
}

// omadaKey returns a controller's answer with a key.
func omadaKey(der string) string {
	return `{"errorCode":0,"result":{"key":"-----BEGIN PUBLIC KEY-----\n` + der + `\n-----END PUBLIC KEY-----\n"}}`
}

// Public keys for tests.
const (
	rsaKey = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAviH50Vy5hgLAEiVagerSx4X468uLcZ/o3g3Jq9K5C/6pgj7peExh8UGplBio15eznHBmEw2lC7NgfZ8c6Vsp/khYk+Xizv0+vjkxAATfGz+GhA7Rn07zK/iCA7zohx7QruwqWTPyXkssGx58DgDjjJ8G2liMlVicVH7Fphg6gslAIs+oZqsLwBVwcQ22EUjTBDGvAVdzRclPKoVYwMyac3pl4BaQp9rUxsoO+U5j/cgbzppkc0oXV4ewBgHC8xOfd27rD6NEO+ZspvotXwnmKdhrkLDegB8NxKR+9bts+u4seMXwMrGLYltWzA3HrI9ruzkT0OVblHkRtSFj0CfBowIDAQAB"
	edKey  = "MCowBQYDK2VwAyEADiv9paxXCcZW/eeXdeS+HNh4308QFiGk2r3prRzzvbk="
)
