package builtin_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal"
)

// FuzzProtocols checks that each built-in protocol claims with a reason, ends, and keeps the
// password secret, for any evidence and answers.
func FuzzProtocols(f *testing.F) {
	const omada = "http://op.test:8088/4b1f/portal?cid=a&ap=b&ssid=c&rid=0"
	f.Add(lead, "", `{"clientState":0,"challenge":"00ff"}`, `{"clientState":1,"session":{"sessionTimeout":60}}`)
	f.Add(lead+"&md=00", `<WISPAccessGatewayParam><LoginURL>https://op.test/<MessageType>100`, "<WISPAccessGatewayParam><ResponseCode>201<LoginResultsURL>/x", "")
	f.Add(omada, "", omadaKey(rsaKey), `{"errorCode":0,"result":{"authType":0}}`)
	f.Add("http://op.test/srun_portal_pc?ac_id=1", "", `jsonp({"error":"not_online_error"})`, `jsonp({"error":"ok","challenge":"00ff","client_ip":"192.0.2.50"})`)
	helpers := []plugins.Helper{builtin.CoovaChilli{}, builtin.Omada{}, builtin.Srun{}, builtin.NewWISPr("wispr", []string{"op.test"})}
	f.Fuzz(func(t *testing.T, location, body, first, second string) {
		for _, helper := range helpers {
			wire := &script{answers: []string{first, second}}
			c := met(t, wire, location, body)
			c.helper, c.consent = helper, consent.Given{Terms: consent.Always, Cleartext: true, SharedHosts: true}
			c.evidence.Hops[0].URL = location
			if claim := c.claimed(); (claim.Confidence == claims.None) == (claim.Reason == "") {
				t.Errorf("claims %+v", claim)
			}
			job := c.job()
			job.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
			result, err := helper.Authenticate(t.Context(), job)
			said := result.Reason
			if err != nil {
				said = err.Error()
			}
			if strings.Contains(said, account["password"]) || strings.Contains(strings.Join(wire.asked, " "), account["password"]) {
				t.Errorf("%s reveals the password: %s, asked %q", helper.Name(), said, wire.asked)
			}
			if len(wire.asked) > portal.MaxRequests {
				t.Errorf("%s sent %d requests", helper.Name(), len(wire.asked))
			}
		}
	})
}
