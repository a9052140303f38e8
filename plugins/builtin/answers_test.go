package builtin_test

import (
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// script is a transport that returns answers in turn, the last one repeatedly. An empty answer
// closes the connection.
type script struct {
	answers []string
	asked   []string // paths
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, r.URL.Path)
	answer := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	if answer == "" {
		return nil, io.EOF
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

// met returns a client that a portal redirected to an address, with a body.
func met(t *testing.T, wire http.RoundTripper, location, body string) *caller {
	t.Helper()
	hop := probe.Hop{URL: "http://check.test/", Status: http.StatusFound, Header: http.Header{"Location": {location}}, Body: body}
	return &caller{
		t: t, wire: wire,
		inputs: account, consent: consent.Given{Cleartext: true, SharedHosts: true},
		evidence: probe.Evidence{
			Verdict: probe.VerdictPortal, PortalURL: location, Hops: []probe.Hop{hop},
			Link: probe.Link{Gateways: []netip.Addr{netip.MustParseAddr("192.0.2.1")}},
		},
	}
}

// Each answer of a WISPr gateway has a result.
func TestWISPrAnswers(t *testing.T) {
	const offer = `<WISPAccessGatewayParam><Redirect><MessageType>100</MessageType><LoginURL>https://op.test/login</LoginURL></Redirect></WISPAccessGatewayParam>`
	for _, test := range []struct {
		name, reply string
		want        flow.Outcome // OutcomeUnknown: an error
		reason      string
	}{
		{"no error", "<MessageType>120<ResponseCode>0", flow.Submitted, "no error"},
		{"already on", "<MessageType>140<ResponseCode>102<ReplyMessage>already logged on", flow.Submitted, "already"},
		{"already on, as a rejection", "<MessageType>120<ResponseCode>100<ReplyMessage>You are already logged in.", flow.Submitted, "already"},
		{"wrong, or on elsewhere", "<MessageType>120<ResponseCode>100<ReplyMessage>Wrong password, or already logged on elsewhere.", flow.Denied, "Wrong password"},
		{"on elsewhere", "<MessageType>120<ResponseCode>100<ReplyMessage>You are already logged in - access denied", flow.Later, "access denied"},
		{"on elsewhere, often", "<MessageType>140<ResponseCode>102<ReplyMessage>You are already logged in 2 times  - access denied", flow.Later, "2 times"},
		{"already used", "<MessageType>120<ResponseCode>100<ReplyMessage>Voucher already used", flow.Denied, "already used"},
		{"server down", "<MessageType>120<ResponseCode>102", flow.Later, "authentication server"},
		{"refused", "<MessageType>120<ResponseCode>100<ReplyMessage>no 2718281828 here", flow.Denied, `"no [redacted] here"`},
		{"no route", "<MessageType>120<ResponseCode>105<ReplyMessage>realm unknown", flow.Unsupported, "realm unknown"},
		{"EAP", "<MessageType>121<ResponseCode>10", flow.Unsupported, "EAP"},
		{"internal error", "<MessageType>120<ResponseCode>255", flow.Later, "internal error"},
		{"something new", "<MessageType>120<ResponseCode>77", flow.OutcomeUnknown, "unknown(77)"},
		{"an address with the password", "<MessageType>120<ResponseCode>50<LogoffURL>http://192.0.2.1/?p=2718281828", flow.Submitted, "succeeded"},
		{"a page", "<p>Hello</p>", flow.Submitted, "no WISPr message"},
		{"no reply", "", flow.OutcomeUnknown, "EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if strings.HasPrefix(test.reply, "<M") {
				test.reply = "<WISPAccessGatewayParam><Reply>" + test.reply
			}
			v := met(t, &script{answers: []string{test.reply}}, "https://op.test/", offer)
			result, err := builtin.NewWISPr("wispr", []string{"op.test"}).Authenticate(t.Context(), v.job())
			if result.Outcome != test.want || (err != nil) != (test.want == flow.OutcomeUnknown) || len(result.Captures) > 0 {
				t.Fatalf("%+v, %v", result, err)
			}
			if down := strings.Contains(test.reason, "server") || strings.Contains(test.reason, "internal"); (result.Cause == flow.CauseUnreachable) != down {
				t.Errorf("waits for %q", result.Cause)
			}
			said := result.Reason
			if err != nil {
				said = err.Error()
			}
			if !strings.Contains(said, test.reason) || strings.Contains(said, account["password"]) {
				t.Errorf("says %q, want %q", said, test.reason)
			}
		})
	}
}

// A gateway that wants another connectivity check gets the agent's probe.
func TestWISPrProbeAgain(t *testing.T) {
	const proxy = `<WISPAccessGatewayParam><Proxy><MessageType>110</MessageType><ResponseCode>200</ResponseCode></Proxy></WISPAccessGatewayParam>`
	wire := &script{answers: []string{""}}
	v := met(t, wire, "https://op.test/", proxy)
	helper := builtin.NewWISPr("wispr", []string{"op.test"})
	if claim := helper.Claim(t.Context(), claims.NewFacts(wifi.Network{}, &v.evidence)); claim.Confidence != claims.Low {
		t.Errorf("claims %+v", claim)
	}
	if result := v.run(helper.Authenticate, flow.Submitted); len(wire.asked) > 0 || !strings.Contains(result.Reason, "another connectivity check") {
		t.Errorf("%+v; asked %q", result, wire.asked)
	}
}

// lead is a redirect of a CoovaChilli gateway to its page.
const lead = "http://page.test/?res=notyet&uamip=192.0.2.1&uamport=3990&challenge=00ff&userurl=http%3a%2f%2fcheck.test%2f"

func TestCoovaChilliClaim(t *testing.T) {
	for _, test := range []struct {
		name, location string
		reason         string // "": high
	}{
		{"plain", lead, ""},
		{"a page before the page", "https://home.test/?loginurl=http%3a%2f%2fpage.test%2f%3fuamip%3d192.0.2.1%26uamport%3d3990%26challenge%3d00", ""},
		{"a checksum by a secret", lead + "&md=2D56E1A62E4BE4E2F5BE2D6D5A2FA0C7", "secret"},
		{"a checksum by none", fmt.Sprintf("%s&md=%X", lead, md5.Sum([]byte(lead))), ""},
		{"another gateway", strings.Replace(lead, "192.0.2.1", "192.0.2.9", 1), "not the link's gateway"},
		{"no address", strings.Replace(lead, "192.0.2.1", "gateway.test", 1), "no redirect"},
		{"no port", strings.Replace(lead, "3990", "0", 1), "no redirect"},
		{"too high a port", strings.Replace(lead, "3990", "70000", 1), "no redirect"},
		{"no challenge", strings.Replace(lead, "challenge", "c", 1), "no redirect"},
		{"something else", "http://page.test/?a=%zz", "no redirect"},
	} {
		v := met(t, nil, test.location, "")
		claim := builtin.CoovaChilli{}.Claim(t.Context(), claims.NewFacts(wifi.Network{}, &v.evidence))
		if (claim.Confidence == claims.High) != (test.reason == "") || !strings.Contains(claim.Reason, test.reason) {
			t.Errorf("%s: %+v", test.name, claim)
		}
	}
	if claim := (builtin.CoovaChilli{}).Claim(t.Context(), claims.NewFacts(wifi.Network{}, nil)); claim.Confidence != claims.None || claim.Reason == "" {
		t.Errorf("without evidence: %+v", claim)
	}
}

// With a secret only the page can log in, and the claim leaves it to the pack.
func TestCoovaChilliSecret(t *testing.T) {
	row := protocol{helper: builtin.CoovaChilli{}, opts: portaltest.Options{Kind: portaltest.KindCoovaChilli, Seed: 1}}
	row.visit(t, func(g *caller) {
		if claim := g.claimed(); claim.Confidence != claims.None || !strings.Contains(claim.Reason, "secret") {
			t.Errorf("claims %+v", claim)
		}
		g.run(row.helper.Authenticate, flow.Unsupported)
		if !strings.Contains(g.evidence.PortalURL, "res=notyet") { // and not where its script leads later
			t.Errorf("a person would log in at %s", g.evidence.PortalURL)
		}
	})
}

func TestCoovaChilliAnswers(t *testing.T) {
	const ask, on = `{"clientState":0,"challenge":"00ff"}`, `{"clientState":1,"session":{"sessionTimeout":60},"accounting":{"sessionTime":15}}`
	for _, test := range []struct {
		name    string
		answers []string
		want    flow.Outcome // OutcomeUnknown: an error
		reason  string
		expires time.Duration
		asked   string
	}{
		{"logged in", []string{ask, on}, flow.Submitted, "logged in", 45 * time.Second, "status logon"},
		{"before", []string{on}, flow.Submitted, "already", 45 * time.Second, "status"},
		{"refused", []string{ask, `{"clientState":0,"message":"no\n2718281828"}`}, flow.Denied, `"no [redacted]"`, 0, "status logon"},
		{"no reply, and not in", []string{ask, "", ask}, flow.Denied, "without a reply", 0, "status logon status"},
		{"no reply, and in", []string{ask, "", on}, flow.Submitted, "without a reply", 45 * time.Second, "status logon status"},
		{"no reply at all", []string{ask, ""}, flow.OutcomeUnknown, "EOF", 0, "status logon status"},
		{"no interface", []string{"<h1>404</h1>"}, flow.Unsupported, "no JSON", 0, "status"},
		{"other JSON", []string{"{}"}, flow.Unsupported, "no JSON", 0, "status"},
		{"no challenge", []string{`{"clientState":0}`}, flow.OutcomeUnknown, "answer challenge", 0, "status"},
		{"an odd challenge", []string{`{"clientState":0,"challenge":"zz"}`}, flow.OutcomeUnknown, "answer challenge", 0, "status"},
		{"an endless session", []string{`{"clientState":1,"session":{"sessionTimeout":1e300}}`}, flow.Submitted, "already", 7 * 24 * time.Hour, "status"},
	} {
		t.Run(test.name, func(t *testing.T) {
			wire := &script{answers: test.answers}
			result, err := builtin.CoovaChilli{}.Authenticate(t.Context(), met(t, wire, lead, "").job())
			if result.Outcome != test.want || (err != nil) != (test.want == flow.OutcomeUnknown) || result.Expires != test.expires {
				t.Errorf("%+v, %v", result, err)
			}
			said := result.Reason
			if err != nil {
				said = err.Error()
			}
			if !strings.Contains(said, test.reason) {
				t.Errorf("says %q, want %q", said, test.reason)
			}
			if asked := strings.ReplaceAll(strings.Join(wire.asked, " "), "/json/", ""); asked != test.asked {
				t.Errorf("asked %q, want %q", asked, test.asked)
			}
		})
	}
}

// Without the captures of a login, logoff is unsupported.
func TestProtocolsLogoffWithoutLogin(t *testing.T) {
	v := met(t, &script{answers: []string{""}}, lead, "")
	v.run(builtin.CoovaChilli{}.Logoff, flow.Unsupported)
	v.run(builtin.NewWISPr("wispr", []string{"op.test"}).Logoff, flow.Unsupported)
	v.captured = map[string]string{"gateway": "192.0.2.1:3990"}
	if _, err := (builtin.CoovaChilli{}).Logoff(t.Context(), v.job()); !errors.Is(err, io.EOF) {
		t.Errorf("no reply: %v", err)
	}
	v.wire = &script{answers: []string{`{"clientState":1}`}}
	v.run(builtin.CoovaChilli{}.Logoff, flow.Denied)
}

// slowly answers as a script does, each time after a delay.
type slowly struct {
	script

	delay time.Duration
}

func (s *slowly) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/logon") {
		time.Sleep(s.delay)
	}
	return s.script.RoundTrip(r)
}

// A gateway that closes the connection, or tells nothing, at once has refused. If it does so after
// its own time-out, its authentication server is down.
func TestCoovaChilliWithoutItsServer(t *testing.T) {
	const ask, said = `{"clientState":0,"challenge":"00ff"}`, `{"clientState":0,"message":"no"}`
	for _, test := range []struct {
		answers []string
		delay   time.Duration
		want    flow.Outcome
		cause   flow.Cause
	}{
		{[]string{ask, "", ask}, 5 * time.Second, flow.Denied, ""},
		{[]string{ask, "", ask}, 50 * time.Second, flow.Later, flow.CauseUnreachable},
		{[]string{ask, ask}, time.Second, flow.Denied, ""},
		{[]string{ask, ask}, 50 * time.Second, flow.Later, flow.CauseUnreachable},
		{[]string{ask, said}, 50 * time.Second, flow.Denied, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			wire := &slowly{script{answers: test.answers}, test.delay}
			result, err := builtin.CoovaChilli{}.Authenticate(t.Context(), met(t, wire, lead, "").job())
			if err != nil || result.Outcome != test.want || result.Cause != test.cause {
				t.Errorf("%q after %v: %+v, %v", test.answers, test.delay, result, err)
			}
		})
	}
}
