package portaltest

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
)

// exchange sends one request and follows no redirect.
func exchange(t *testing.T, h *Hotspot, address, accept string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	resp, err := h.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// step is one exchange with a gateway, in the order of a table. {fas} and {tok} stand
// for values of an earlier response.
type step struct {
	address, accept string
	status          int
	location        string // start of it
	body            string // part of it
	captive         bool   // afterwards
}

// kick is the address of a step in which the operator ends the session.
const kick = "(kick)"

// play runs the steps.
func play(t *testing.T, h *Hotspot, steps []step) {
	t.Helper()
	hidden := regexp.MustCompile(`name="(?:fas|tok)" value="([^"]+)"`)
	synctest.Test(t, func(t *testing.T) {
		var state string
		for i, s := range steps {
			if s.address == kick {
				h.Deauth()
				continue
			}
			resp, body := exchange(t, h, strings.NewReplacer("{fas}", url.QueryEscape(state), "{tok}", state).Replace(s.address), s.accept)
			location := resp.Header.Get("Location")
			if _, fas, found := strings.Cut(location, "?fas="); found {
				state = fas
			} else if m := hidden.FindStringSubmatch(body); m != nil {
				state = m[1]
			}
			if resp.StatusCode != s.status || !strings.HasPrefix(location, s.location) || !strings.Contains(body, s.body) || h.Captive() != s.captive {
				t.Errorf("step %d, %s: got %d, location %q, captive %v, body:\n%s", i, s.address, resp.StatusCode, location, h.Captive(), body)
			}
		}
	})
}

func TestOpenNDS(t *testing.T) {
	const preauth = "http://127.0.0.1:2050/opennds_preauth/"
	play(t, New(Options{Kind: KindOpenNDS}), []step{
		{far, "", 307, preauth + "?fas=", "", true},
		{far, captiveJSON, 200, "", `{ "captive": true, "user-portal-url": "` + preauth, true},
		{far, captiveJSON + ", */*", 307, preauth, "", true},
		{"http://status.client/", "", 511, "", `action="http://status.client/login"`, true},
		{preauth, "", 511, "", "", true},
		{preauth + "?fas=bm90aGluZw", "", 511, "", "", true},
		{far, "", 307, preauth, "", true},
		{preauth + "?fas={fas}", "", 200, "", `name="continue" value="clicked"`, true},
		{preauth + "?fas={fas}&terms=yes", "", 200, "", "Terms of Service", true},
		{preauth + "?fas={fas}&continue=clicked", "", 200, "", `name="landing" value="yes"`, true},
		{"http://127.0.0.1:2050/opennds_auth/?tok=deadbeef", "", 307, preauth + "?fas=", "", true},
		{preauth + "?fas={fas}&landing=yes", "", 200, "", "granted access", false},
		{far, "", 200, "", "the Internet", false},
		{"http://status.client/", captiveJSON, 200, "", `"captive": false`, false},
		{"http://status.client/", "", 200, "", `action="http://status.client/opennds_deny/"`, false},
		{"http://status.client/opennds_deny/", "", 307, "http://127.0.0.1:2050/", "", true},
		{far, "", 307, preauth, "", true},
	})
}

func TestOpenNDSMail(t *testing.T) {
	const preauth = "http://127.0.0.1:2050/opennds_preauth/?fas={fas}"
	const who = "&username=Ada&emailaddress=ada%40example.test"
	play(t, New(Options{Kind: KindOpenNDSMail}), []step{
		{"http://status.client/login", "", 307, "http://127.0.0.1:2050/", "", true},
		{preauth, "", 200, "", `name="emailaddress"`, true},
		{preauth + "&landing=yes", "", 200, "", `name="emailaddress"`, true},
		{preauth + who, "", 200, "", `name="custom" value="dXNlcm5hbWU9QWRhIGVtYWlsYWRkcmVzcz1hZGFAZXhhbXBsZS50ZXN0"`, true},
		{preauth + who + "&landing=yes", "", 200, "", "granted access", false},
	})
}

func TestNodogsplash(t *testing.T) {
	const gateway = "http://127.0.0.1:2050"
	play(t, New(Options{Kind: KindNodogsplash}), []step{
		{far, captiveJSON, 307, gateway + "/splash.html?redir=http%3A%2F%2Fcheck.test%2Fgenerate", "", true},
		{gateway + "/splash.html?redir=" + far, "", 200, "", `name="redir" value="` + far + `"`, true},
		{gateway + "/nodogsplash_auth/?tok=00000000&redir=" + far, "", 307, gateway + "/splash.html?redir=", "", true},
		{gateway + "/nodogsplash_auth/?tok={tok}&redir=" + far, "", 307, far, "", false},
		{far, "", 200, "", "the Internet", false},
		{gateway + "/", "", 404, "", "", false},
		{gateway + "/nodogsplash_deny/?tok=00000000", "", 307, gateway + "/", "", false},
		{gateway + "/nodogsplash_deny/?tok={tok}", "", 307, gateway + "/", "", true},
		{gateway + "/", "", 307, gateway + "/splash.html", "", true},
	})
}

// TestDeauthForgets continues a login after the operator ended it.
func TestDeauthForgets(t *testing.T) {
	const gateway = "http://127.0.0.1:2050"
	for kind, steps := range map[Kind][]step{
		KindNodogsplash: {
			{gateway + "/splash.html", "", 200, "", `name="tok"`, true},
			{address: kick},
			{gateway + "/nodogsplash_auth/?tok={tok}", "", 307, gateway + "/splash.html", "", true},
		},
		KindOpenNDS: {
			{far, "", 307, gateway, "", true},
			{address: kick},
			{gateway + "/opennds_preauth/?landing=yes&fas={fas}", "", 511, "", "", true},
		},
	} {
		t.Run(kind.String(), func(t *testing.T) { play(t, New(Options{Kind: kind}), steps) })
	}
}

func TestOpenNDSFAS(t *testing.T) {
	onVendor(t, Options{Kind: KindOpenNDSFAS}, func(b *browser, h *Hotspot) {
		b.get("http://" + gatewayHost + "/opennds_auth/?tok=0123&redir=" + far)
		b.want(h, true, "a token that the server did not make")
		page := b.get(far)
		if page.url.Host != fasHost {
			t.Fatalf("led to %v", page.url)
		}
		page = b.get(page.url.String() + "&fullname=Ada&email=ada%40example.test")
		token := regexp.MustCompile(`name="tok" value="([0-9a-f]{64})"`).FindStringSubmatch(page.body)
		if token == nil {
			t.Fatalf("no token in\n%s", page.body)
		}
		page = b.get("http://" + gatewayHost + "/opennds_auth/?tok=" + token[1] + "&redir=" + "http%3A%2F%2F" + fasHost + "%2Ffas-hid.php%3Foriginurl%3Dx")
		b.want(h, false, "the token of the server")
		if page.url.Host != fasHost {
			t.Errorf("led back to %v", page.url)
		}
	})
}
