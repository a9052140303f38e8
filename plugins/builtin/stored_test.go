package builtin_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// storedAccount is an account whose user name is nothing else.
var storedAccount = map[string]string{"user": "ada.lovelace.77", "password": "2718281828"}

const (
	srunAt       = "http://portal.test/srun_portal_pc?ac_id=1"
	srunIsOut    = `jsonp({"error":"not_online_error"})`
	srunAsks     = `jsonp({"error":"ok","challenge":"00ff","client_ip":"192.0.2.50"})`
	chilliAsks   = `{"clientState":0,"challenge":"00ff"}`
	wisprOffers  = `<WISPAccessGatewayParam><Redirect><MessageType>100</MessageType><LoginURL>http://op.test/login</LoginURL></Redirect></WISPAccessGatewayParam>`
	wisprRefuses = `<WISPAccessGatewayParam><AuthenticationReply><MessageType>120</MessageType><ResponseCode>100</ResponseCode><ReplyMessage>SAID</ReplyMessage></AuthenticationReply></WISPAccessGatewayParam>`
)

// withAccounts are the helpers that log in with an account over http, with a portal that answers what they ask
// and refuses the login with the text SAID.
func withAccounts(t *testing.T, play func(t *testing.T, c *caller, requests func() []string)) {
	t.Helper()
	for name, test := range map[string]struct {
		helper             plugins.Helper
		location, body, at string
		answers            []string
	}{
		"srun":            {builtin.Srun{}, srunAt, "", srunAt, []string{srunIsOut, srunAsks, `jsonp({"error":"login_error","error_msg":"SAID"})`}},
		"srun, no answer": {builtin.Srun{}, srunAt, "", srunAt, []string{srunIsOut, `jsonp({"error":"SAID","error_msg":"SAID"})`}},
		"srun, an error":  {builtin.Srun{}, srunAt, "", srunAt, []string{srunIsOut, srunAsks, `jsonp({"error":"SAID"})`}},
		"chilli":          {builtin.CoovaChilli{}, lead, "", "", []string{chilliAsks, `{"clientState":0,"message":"SAID"}`}},
		"wispr":           {builtin.NewWISPr("wispr-op", []string{"op.test"}), "http://op.test/", wisprOffers, "", []string{wisprRefuses}},
	} {
		t.Run(name, func(t *testing.T) {
			answers := slices.Clone(test.answers)
			for i := range answers {
				// Half of it would stand at the end of what is shown.
				answers[i] = strings.ReplaceAll(answers[i], "SAID", "no ada.lovelace.77 "+strings.Repeat("x", 172)+" ada.lovelace.77")
			}
			var requests []string
			inner := &script{answers: answers}
			c := met(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				body := ""
				if r.Body != nil {
					var b strings.Builder
					_ = r.Write(&b)
					body = b.String()
				}
				requests = append(requests, r.URL.String()+body)
				return inner.RoundTrip(r)
			}), test.location, test.body)
			if test.at != "" {
				c.evidence.Hops[0].URL = test.at
			}
			c.helper, c.inputs, c.stored = test.helper, storedAccount, true
			play(t, c, func() []string { return requests })
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func holdsUser(text string) bool { return strings.Contains(text, "lovelace") }

// A user name from the store is a secret: without consent it is sent nowhere, in no URL either.
func TestStoredUserNameNeedsConsent(t *testing.T) {
	withAccounts(t, func(t *testing.T, c *caller, requests func() []string) {
		c.consent = consent.Given{}
		_, err := c.helper.Authenticate(t.Context(), c.job())
		if _, refused := errors.AsType[*portal.SecretError](err); !refused || slices.ContainsFunc(requests(), holdsUser) || holdsUser(err.Error()) {
			t.Errorf("%v; sent %q", err, requests())
		}
	})
}

// What it goes to is compared before the first request that has it.
func TestStoredUserNameIsCompared(t *testing.T) {
	withAccounts(t, func(t *testing.T, c *caller, requests func() []string) {
		twin := errors.New("it went elsewhere before")
		c.before = func(portal.Destination) error { return twin }
		_, err := c.helper.Authenticate(t.Context(), c.job())
		if !errors.Is(err, twin) || slices.ContainsFunc(requests(), holdsUser) {
			t.Errorf("%v; sent %q", err, requests())
		}
	})
}

// A portal's text that repeats it is masked, also where it is cut.
func TestStoredUserNameIsMasked(t *testing.T) {
	withAccounts(t, func(t *testing.T, c *caller, requests func() []string) {
		result, err := c.helper.Authenticate(t.Context(), c.job())
		if err != nil || !slices.ContainsFunc(requests(), holdsUser) {
			t.Fatalf("%v; sent %q", err, requests())
		}
		if !strings.Contains(result.Reason, "[redacted]") || strings.Contains(result.Reason, "ada.") {
			t.Errorf("says %q", result.Reason)
		}
	})
}

// srun's logoff has the user name in its URL, too: that needs the same consent. It is the stored one if
// the session's was not remembered.
func TestSrunLogsOffWithTheStoredUserName(t *testing.T) {
	for name, user := range map[string]string{"of the session": "ada.lovelace.77", "not remembered": ""} {
		for _, allowed := range []bool{true, false} {
			var sent []string
			c := met(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				sent = append(sent, r.URL.Query().Get("username"))
				return (&script{answers: []string{`jsonp({"error":"ok"})`}}).RoundTrip(r)
			}), srunAt, "")
			c.helper, c.inputs, c.stored = builtin.Srun{}, storedAccount, true
			c.captured = map[string]string{"portal": "http://portal.test", "user": user, "address": "192.0.2.50", "ac_id": "1"}
			c.consent.Cleartext = allowed
			result, err := c.helper.Logoff(t.Context(), c.job())
			_, refused := errors.AsType[*portal.SecretError](err)
			if allowed && (err != nil || result.Outcome != flow.Submitted || !slices.Equal(sent, []string{"ada.lovelace.77"})) || !allowed && (!refused || len(sent) > 0) {
				t.Errorf("%s, allowed %t: %+v, %v; sent %q", name, allowed, result, err, sent)
			}
		}
	}
}
