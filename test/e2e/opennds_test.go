package e2e

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

// TestGateway checks the lab itself: openNDS intercepts the client, grants access after its forms, and revokes it.
func TestGateway(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		option int
		typed  map[string]string
		page   string // text of this login
	}{
		{name: "click", option: clickThrough, page: "you must Accept the Terms"},
		{
			name: "name and email", option: nameAndEmail, page: "enter your full name and email address",
			typed: map[string]string{"username": "Ada Lovelace", "emailaddress": "ada@example.test"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			g := l.startGateway(gatewayConfig{loginOption: test.option})

			head := l.curl(captiveIF, "-i", checkURL).stdout
			if !strings.Contains(head, "307 Temporary Redirect") || !strings.Contains(head, "http://10.99.1.1:2050/opennds_preauth/?fas=") {
				t.Fatalf("no redirect to the portal: %s", head)
			}
			landing := l.curl(captiveIF, "-L", checkURL).stdout
			if !strings.Contains(landing, test.page) {
				t.Fatalf("landing page without %q: %s", test.page, landing)
			}
			second := l.submit(landing, test.typed)
			if code := l.witness(captiveIF); code != intercepted {
				t.Fatalf("after the first form: %s, want %s", code, intercepted)
			}
			if last := l.submit(second, nil); !strings.Contains(last, "granted access to the Internet") {
				t.Fatalf("after the second form: %s", last)
			}
			l.awaitWitness(captiveIF, online)
			if n := g.logins(); n != 1 {
				t.Errorf("openNDS counts %d logins, want 1", n)
			}
			g.deauth()
			l.awaitWitness(captiveIF, intercepted)
		})
	}
}

// TestLease checks that the gateway offers its captive portal API (RFC 8910) and implements it (RFC 8908).
func TestLease(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.startGateway(gatewayConfig{})
	const api = "687474703a2f2f7374617475732e636c69656e742f" // http://status.client/
	if lease := l.join(captiveIF, 100); !strings.Contains(lease, "opt114="+api) {
		t.Errorf("lease without the portal API: %s", lease)
	}
	got := l.curl(captiveIF, "-H", "Accept: application/captive+json", "http://status.client/").stdout
	if !strings.Contains(got, `"captive": true`) {
		t.Errorf("portal API says %q", got)
	}
}

// TestOpenLink checks the second link: it is open, regardless of the state of the first one.
func TestOpenLink(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.startGateway(gatewayConfig{})
	l.addOpenLink()
	l.awaitWitness(openIF, online)
	if code := l.witness(captiveIF); code != intercepted {
		t.Errorf("captive link: %s, want %s", code, intercepted)
	}
}

// TestVanish checks an outage of the gateway and its end.
func TestVanish(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	g := l.startGateway(gatewayConfig{})
	g.vanish()
	if code := l.witness(captiveIF); code != silent {
		t.Errorf("gateway gone: %s, want %s", code, silent)
	}
	g.back()
	l.awaitWitness(captiveIF, intercepted)
}

var (
	firstForm = regexp.MustCompile(`(?s)<form action="([^"]*)" method="get">(.*?)</form>`)
	inputs    = regexp.MustCompile(`<input type="(\w+)" name="(\w+)" value="([^"]*)"`)
)

// submit sends the first form of a page of openNDS, with the typed values, and returns the response.
func (l *lab) submit(page string, typed map[string]string) string {
	l.t.Helper()
	form := firstForm.FindStringSubmatch(page)
	if form == nil {
		l.t.Fatalf("page without a form: %s", page)
	}
	args := []string{"--get", "http://10.99.1.1:2050" + form[1]}
	for _, in := range inputs.FindAllStringSubmatch(form[2], -1) {
		value := html.UnescapeString(in[3])
		if v, ok := typed[in[2]]; ok {
			value = v
		}
		args = append(args, "--data-urlencode", in[2]+"="+value)
	}
	return l.curl(captiveIF, args...).stdout
}
