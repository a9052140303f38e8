package flow

import (
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
)

const openNDSFlow = `format = 1
hosts  = ["@start", "@gateway"]

[inputs.name]
prompt = "Your name"
default = "Guest"
[inputs.mail]
prompt = "E-mail"
default = "guest@example.com"

[[step]]
id   = "first"
open = "{{.probe.url}}"
  [[step.case]]
  when = [{ css = "form input[name=emailaddress]" }]
  goto = "mail"
  [[step.case]]
  when = [{ css = "input[name=continue]" }]
  goto = "click"
  [[step.case]]
  when   = [{ url = "*" }]
  result = "unsupported"

[[step]]
id     = "mail"
submit = "form:has(input[name=emailaddress])"
fields = { username = "{{.input.name}}", emailaddress = "{{.input.mail}}" }
  [[step.case]]
  when = [{ css = "input[name=landing]" }]
  goto = "land"

[[step]]
id     = "click"
submit = "form:has(input[name=continue])"
expect = [{ css = "input[name=landing]" }]

[[step]]
id      = "land"
submit  = "form:has(input[name=landing])"
expect  = [{ css = "body", text = "granted access to the Internet" }]
`

const openNDSLogoff = `format = 1
hosts = ["@start", "@gateway"]
[[step]]
id = "status"
open = "http://{{.probe.host}}/"
[[step]]
id = "bye"
submit = "form[action*=opennds_deny]"
expect = [{ status = [511] }]
`

const nodogsplashFlow = `format = 1
hosts = ["@start", "@gateway"]
[[step]]
id   = "splash"
open = "{{.probe.url}}?redir=http%3A%2F%2Fconnectivity-check.test%2F"
[[step]]
id     = "accept"
submit = "form[action*=nodogsplash_auth]"
  [[step.case]]
  when   = [{ url = "/splash.html" }]
  result = "denied"
  reason = "The token is not accepted."
  [[step.case]]
  when   = [{ status = [302, 307] }, { header = "Location", equals = "http://connectivity-check.test/" }]
  result = "submitted"
  reason = "The gateway leads on."
`

func TestSimulatedGateways(t *testing.T) {
	for _, c := range []struct {
		kind portaltest.Kind
		flow string
		last string // step that ends it
	}{
		{portaltest.KindOpenNDS, openNDSFlow, "land"},
		{portaltest.KindOpenNDSMail, openNDSFlow, "land"},
		{portaltest.KindNodogsplash, nodogsplashFlow, "accept"},
	} {
		t.Run(c.kind.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hotspot := portaltest.New(portaltest.Options{Kind: c.kind, Seed: 1})
				result := onHotspot(t, hotspot, c.flow)
				if result.Outcome != Submitted || result.Step != c.last || hotspot.Captive() {
					t.Errorf("got %+v, captive %t", result, hotspot.Captive())
				}
				if c.flow == openNDSFlow {
					onHotspot(t, hotspot, openNDSLogoff)
					if !hotspot.Captive() {
						t.Error("still online after logoff")
					}
				}
			})
		})
	}
}

func onHotspot(t *testing.T, hotspot *portaltest.Hotspot, text string) Result {
	t.Helper()
	start, err := url.Parse(hotspot.PortalURL())
	if err != nil {
		t.Fatal(err)
	}
	f := mustParse(t, text)
	s, err := portal.New(portal.Config{Transport: hotspot.Transport(), Start: start, Gateway: hotspot.Gateway(), Hosts: f.Hosts()})
	if err != nil {
		t.Fatal(err)
	}
	result, err := f.Run(t.Context(), s, Env{Terms: agreed, Probe: map[string]string{"url": start.String(), "host": start.Hostname()}})
	if err != nil {
		t.Fatalf("%v\n%+v", err, s.Trace())
	}
	return result
}

// mikrotik is the HotSpot of RouterOS with HTTP-CHAP: the password is hashed with a challenge
// in octal escapes on the page.
type mikrotik struct{ views int }

const mikrotikPage = `<html><head><title>hotspot > login</title></head><body>
<form name="sendin" action="https://router.test/login" method="post"><input type="hidden" name="username" /><input type="hidden" name="password" />
<input type="hidden" name="dst" value="http://check.test/" /><input type="hidden" name="popup" value="true" /></form>
<script type="text/javascript" src="/md5.js"></script>
<script type="text/javascript">
<!--
    function doLogin() {
	document.sendin.username.value = document.login.username.value;
	document.sendin.password.value = hexMD5('\ID' + document.login.password.value + '\357\015\330\013\312\0471\'\000\377');
	document.sendin.submit();
	return false;
    }
//-->
</script>
<form name="login" action="https://router.test/login" method="post" onSubmit="return doLogin()">
<input name="username" type="text" value=""/><input name="password" type="password"/></form>
ERROR</body></html>`

func (m *mikrotik) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.views++
	id := string([]byte{byte('0' + m.views), '0'}) // a new challenge at each view
	w.Header().Set("Content-Type", "text/html")
	if r.URL.Path != "/login" {
		http.Redirect(w, r, "https://router.test/login?dst=x", http.StatusFound)
		return
	}
	if r.Method == http.MethodPost {
		sum := md5.Sum([]byte(string(rune((m.views-1)*8)) + pin + "\xef\x0d\xd8\x0b\xca'1'\x00\xff"))
		if r.PostFormValue("username") == "ada" && r.PostFormValue("password") == hex.EncodeToString(sum[:]) && r.PostFormValue("popup") == "true" {
			_, _ = w.Write([]byte(`<title>logged in</title>You are logged in<table><tr><td>time left:</td><td>1h30m</td></tr></table>`))
			return
		}
	}
	page := strings.NewReplacer(`\ID`, `\`+id, "ERROR", map[bool]string{true: "<b>invalid username or password</b>"}[r.Method == http.MethodPost]).Replace(mikrotikPage)
	_, _ = w.Write([]byte(page))
}

const mikrotikFlow = `format = 1
hosts = ["router.test"]
expires_in = "{{.capture.left}}"
[inputs.user]
prompt = "User name"
[inputs.pass]
prompt = "Password"
secret = true

[[step]]
id      = "page"
open    = "https://router.test/"
expect  = [{ script = "hexMD5", nth = 1 }]
capture = { id = { script = "hexMD5" }, challenge = { script = "hexMD5", nth = 1 } }

[[step]]
id      = "login"
submit  = "form[name=sendin]"
fields  = { username = "{{.input.user}}", password = "{{concat .capture.id .input.pass .capture.challenge | md5 | hex}}" }
expect  = [{ css = "title", text = "logged in" }]
capture = { left = { css = "td", matches = '^[0-9hms]+$', optional = true } }
  [[step.case]]
  when   = [{ css = "b", text = "invalid" }]
  result = "denied"
`

func TestMikrotikCHAP(t *testing.T) {
	f := mustParse(t, mikrotikFlow)
	for password, want := range map[string]string{
		pin:     "submitted: all steps went as expected, 1h30m0s",
		"wrong": `denied: the portal says "invalid username or password", 0s`,
	} {
		result, err := f.Run(t.Context(), newSession(t, f, &mikrotik{}), Env{Inputs: inputs(map[string]string{"user": "ada", "pass": password})})
		if err != nil {
			t.Fatal(err)
		}
		if got := result.Outcome.String() + ": " + result.Reason + ", " + result.Expires.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
