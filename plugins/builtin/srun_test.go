package builtin_test

import (
	"testing"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
)

// TestSrun does what TestProtocols does: session, refusal, already, consent and input.
func TestSrun(t *testing.T) {
	for seed := range uint64(4) { // in each language
		row := protocol{
			helper: builtin.Srun{}, claim: claims.High, clear: true,
			opts: portaltest.Options{Kind: portaltest.KindSrun, Seed: seed + 1},
		}
		t.Run("session", row.testSession)
		t.Run("refusal", row.testRefusal)
		t.Run("already", row.testAlready)
		t.Run("consent", row.testConsent)
		t.Run("input", row.testInput)
	}
}

// TestSrunGateway finds the number of the gateway in addresses and pages.
func TestSrunGateway(t *testing.T) {
	const page = "http://portal.test/srun_portal_pc"
	for name, test := range map[string]struct{ url, body, want string }{
		"in the address":         {page + "?ac_id=12&theme=x", `name="ac_id" value="3"`, "12"},
		"in a field":             {page, `<input type="hidden" name="ac_id" id="ac_id" value="3">`, "3"},
		"in a script":            {page, `CONFIG = { acid : "4" }`, "4"},
		"nowhere":                {page, "", "1"},
		"not a number":           {page + "?ac_id=x", "", "1"},
		"of an earlier redirect": {"http://gateway.test/index.html?ac_id=5", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := met(t, &script{answers: []string{`jsonp({"error":"ok","online_ip":"192.0.2.50","user_name":"ada"})`}}, test.url, test.body)
			c.helper, c.evidence.Hops[0].URL = builtin.Srun{}, test.url
			if test.want == "" {
				if claim := c.claimed(); claim.Confidence != claims.None || claim.Reason == "" {
					t.Errorf("claims %+v", claim)
				}
				return
			}
			if got := c.run(c.helper.Authenticate, flow.Submitted).Captures["ac_id"]; got != test.want {
				t.Errorf("gateway %s", got)
			}
		})
	}
}

// TestSrunAnswers checks how each refusal ends. The code decides, not the words.
func TestSrunAnswers(t *testing.T) {
	const out, challenge = `jsonp({"error":"not_online_error"})`, `jsonp({"error":"ok","challenge":"00ff","client_ip":"192.0.2.50"})`
	for name, test := range map[string]struct {
		answer string
		want   flow.Outcome
		after  time.Duration
	}{
		"wrong password":           {`jsonp({"error":"login_error","ecode":"E2553","error_msg":"E2553: mot de passe"})`, flow.Denied, 0},
		"the code in the text":     {`jsonp({"error":"login_error","ecode":0,"error_msg":"E2620: x"})`, flow.Later, 0},
		"too soon":                 {`jsonp({"error":"login_error","ecode":"E2532","error_msg":"E2532: y"})`, flow.Later, 10 * time.Second},
		"too often":                {`jsonp({"error":"login_error","ecode":"E2533","error_msg":"E2533: z"})`, flow.Later, 5 * time.Minute},
		"no answer of the gateway": {`jsonp({"error":"login_error","error_msg":"INFO failed, BAS respond timeout."})`, flow.Later, 0},
		"busy":                     {`jsonp({"error":"speed_limit_error"})`, flow.Later, 0},
		"another cipher":           {`jsonp({"error":"sign_error"})`, flow.Unsupported, 0},
		"already on":               {`jsonp({"error":"ip_already_online_error"});`, flow.Submitted, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := met(t, &script{answers: []string{out, challenge, test.answer}}, "http://portal.test/srun_portal_pc?ac_id=1", "")
			c.helper, c.evidence.Hops[0].URL = builtin.Srun{}, "http://portal.test/srun_portal_pc?ac_id=1"
			if result := c.run(c.helper.Authenticate, test.want); result.After != test.after || result.Reason == "" {
				t.Errorf("after %v: %s", result.After, result.Reason)
			}
		})
	}
}
