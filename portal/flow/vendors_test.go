package flow

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// vendor is a simplified portal of a product with flows for it, which show that the language
// can express them. The packs have the complete flows.
type vendor struct {
	name   string
	flow   string
	serve  func(w http.ResponseWriter, r *http.Request)
	start  string // .probe.url
	inputs map[string]string
	env    Env    // Session, SessionCaptures
	want   string // outcome: reason; captures
}

const vendorInputs = `
[inputs.user]
prompt = "User name"
[inputs.pass]
prompt = "Password"
secret = true
`

const fortinetFlow = `format = 1
hosts = ["@start", "@gateway"]` + vendorInputs + `
[[step]]
id   = "arm"
open = "{{.probe.url}}"              # the magic counts from this request on
  [[step.case]]
  when = [{ css = "input[name=username]" }]
  goto = "login"

[[step]]
id     = "terms"
submit = "form:has(input[name=magic])"
fields = { answer = "1" }
expect = [{ css = "input[name=username]" }]

[[step]]
id      = "login"
submit  = "form:has(input[name=magic])"
fields  = { username = "{{.input.user}}", password = "{{.input.pass}}" }
capture = { keepalive = { script = "location.href", text = "/keepalive?" } }
  [[step.case]]
  when   = [{ css = "input[name=magic]" }, { css = "h2", text = "failed" }]
  result = "denied"
`

const fortinetMaintain = `format = 1
hosts = ["@start", "@gateway"]
every = 240
[[step]]
id      = "alive"
open    = "{{.session.keepalive}}"
expect  = [{ css = "h1", text = "keepalive" }]
capture = { keepalive = { script = "location.href", optional = true } }
`

const fortinetLogoff = `format = 1
hosts = ["@start", "@gateway"]
[[step]]
id     = "logout"
open   = '{{replace .session.keepalive "/keepalive?" "/logout?"}}'
expect = [{ css = "h1", text = "logged out" }]
`

func fortinet(w http.ResponseWriter, r *http.Request) {
	const form = `<form method=post action=/><input type=hidden name=4Tredir value="http://check.test/"><input type=hidden name=magic value=0004610d63757532>`
	w.Header().Set("Content-Type", "text/html")
	switch {
	case r.URL.RequestURI() == "/fgtauth?0004610d63757532":
		fmt.Fprint(w, form, `<input type=hidden name=answer value=0></form>`)
	case r.URL.RequestURI() == "/keepalive?0a0b0c0d0e0f":
		fmt.Fprint(w, `<h1>Authentication Keepalive</h1><script>countdown(); location.href="https://gw.test:1003/keepalive?0f0e0d0c0b0a";</script>`)
	case r.URL.RequestURI() == "/logout?0a0b0c0d0e0f":
		fmt.Fprint(w, `<h1>You are logged out</h1>`)
	case r.PostFormValue("magic") != "0004610d63757532":
		http.NotFound(w, r)
	case r.PostFormValue("username") == "ada" && r.PostFormValue("password") == pin:
		fmt.Fprint(w, `<script language="JavaScript">window.location.href="https://gw.test:1003/keepalive?0a0b0c0d0e0f";</script>`)
	default:
		fmt.Fprint(w, `<h2>`, map[bool]string{true: "Firewall authentication failed"}[r.PostForm.Has("username")], `</h2>`, form, `<input name=username><input type=password name=password></form>`)
	}
}

const opnsenseFlow = `format = 1
hosts = ["@start"]` + vendorInputs + `
[[step]]
id   = "status"
open = 'https://{{urlhost .probe.url}}/api/captiveportal/access/status/'
  [[step.case]]
  when   = [{ json = "clientState", equals = "AUTHORIZED" }]
  result = "submitted"
  reason = "Logged in already."
  [[step.case]]
  when = [{ json = "authType", equals = "normal" }]
  goto = "logon"

[[step]]
id      = "click"
post    = "/api/captiveportal/access/logon/"
form    = { user = "", password = "" }
capture = { id = { json = "sessionId" } }
  [[step.case]]
  when   = [{ json = "clientState", equals = "AUTHORIZED" }]
  result = "submitted"
  reason = "Let in without a name."

[[step]]
id      = "logon"
post    = "/api/captiveportal/access/logon/"
form    = { user = "{{.input.user}}", password = "{{.input.pass}}" }
expect  = [{ json = "clientState", equals = "AUTHORIZED" }]
capture = { id = { json = "sessionId" } }
  [[step.case]]
  when   = [{ json = "clientState", equals = "NOT_AUTHORIZED" }]
  result = "denied"
  reason = "Name or password is wrong."
`

// opnsense is the web server of a zone with this type of login.
func opnsense(authType string) func(w http.ResponseWriter, r *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/status/"):
			fmt.Fprintf(w, `{"clientState":"NOT_AUTHORIZED","ipAddress":"192.0.2.50","authType":%q}`, authType)
		case authType == "none", r.PostFormValue("user") == "ada" && r.PostFormValue("password") == pin:
			fmt.Fprint(w, `{"sessionId":"+HkYBqsOUPaQGwYSH3EBbQ==","clientState":"AUTHORIZED","startTime":1.7e9}`)
		default:
			fmt.Fprint(w, `{"clientState":"NOT_AUTHORIZED","ipAddress":"192.0.2.50"}`)
		}
	}
}

const merakiFlow = `format = 1
hosts = ["*.network-auth.com", "splash.cafe.test"]
[[step]]
id      = "splash"
open    = "{{.probe.url}}"
capture = { grant = { via = "*", param = "base_grant_url" } }

[[step]]
id     = "grant"
open   = '{{setquery .capture.grant "continue_url" "https://cafe.test/?hello=1"}}'
expect = [{ status = [302] }, { header = "Location", equals = "https://cafe.test/?hello=1" }]
`

func meraki(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Host == "splash.cafe.test" && r.URL.Path == "/":
		http.Redirect(w, r, "/welcome", http.StatusFound)
	case r.Host == "n147.network-auth.com" && r.URL.RequestURI() == "/splash/grant?ap=1&continue_url=https%3A%2F%2Fcafe.test%2F%3Fhello%3D1":
		http.Redirect(w, r, r.URL.Query().Get("continue_url"), http.StatusFound)
	}
}

const ciscoFlow = `format = 1
hosts = ["@start", "wifi.corp.test"]` + vendorInputs + `
[[step]]
id      = "portal"
open    = "{{.probe.url}}"
capture = { switch = { url = "*", param = "switch_url" }, redirect = { url = "*", param = "redirect", optional = true } }

[[step]]
id   = "login"
post = "{{.capture.switch}}"
form = { username = "{{.input.user}}", password = "{{.input.pass}}", buttonClicked = "4", redirect_url = "http://{{.capture.redirect}}" }
  [[step.case]]
  when   = [{ url = "*", param = "statusCode", equals = "1" }]
  result = "submitted"
  reason = "Logged in already."
  [[step.case]]
  when   = [{ url = "*", param = "statusCode", equals = "5" }]
  result = "denied"
  reason = "Name or password is wrong."
  [[step.case]]
  when   = [{ url = "*", param = "statusCode" }]
  result = "unsupported"
`

func cisco(w http.ResponseWriter, r *http.Request) {
	if r.Host == "wifi.corp.test" && (r.PostFormValue("username") != "ada" || r.PostFormValue("password") != pin) {
		http.Redirect(w, r, "https://portal.corp.test/?switch_url=x&statusCode=5", http.StatusFound)
	}
	if r.Host == "wifi.corp.test" && r.PostFormValue("redirect_url") != "http://check.test/x" {
		http.Error(w, "no redirect_url", http.StatusBadRequest)
	}
}

const h3cFlow = `format = 1
hosts = ["@start"]` + vendorInputs + `
[[step]]
id      = "login"
post    = "https://{{.probe.host}}/portal/pws?t=li"
form    = { userName = "{{.input.user}}", userPwd = "{{base64 .input.pass}}", language = "English", usermac = "null" }
capture = { port = { json = "userDevPort", decode = ["base64", "percent"] }, serial = { json = "serialNo", decode = ["base64", "percent"] } }
  [[step.case]]
  when   = [{ json = "e_d", decode = ["base64", "percent"] }]
  result = "denied"
`

const h3cMaintain = `format = 1
hosts = ["@start"]
every = 120
[[step]]
id     = "heartbeat"
post   = "https://{{.probe.host}}/portal/pws?t=hb"
form   = { userDevPort = "{{.session.port}}", serialNo = "{{.session.serial}}", userStatus = "99" }
expect = [{ json = "serialNo", equals = "18", decode = ["base64", "percent"] }]
`

func h3c(w http.ResponseWriter, r *http.Request) {
	reply := `{"e_c":"portServIncludeFailedCode","e_d":"E63032:Incorrect password – you have 8 attempts left."}`
	if r.PostFormValue("userPwd") == base64.StdEncoding.EncodeToString([]byte(pin)) {
		reply = `{"userDevPort":"IRF-S12508-vlan-00-0000@vlan","serialNo":17}`
	}
	if r.PostFormValue("userDevPort") == "IRF-S12508-vlan-00-0000@vlan" && r.PostFormValue("serialNo") == "17" {
		reply = `{"serialNo":18}`
	}
	fmt.Fprintln(w, base64.StdEncoding.EncodeToString([]byte(url.PathEscape(reply))))
}

const sophosFlow = `format = 1
hosts = ["@start"]` + vendorInputs + `
[[step]]
id   = "login"
post = "https://{{.probe.host}}/login.xml"
form = { mode = "191", username = "{{.input.user}}", password = "{{.input.pass}}", a = "{{now_ms}}", producttype = "0" }
  [[step.case]]
  when   = [{ xml = "status", equals = "LIVE" }]
  result = "submitted"
  [[step.case]]
  when   = [{ xml = "message" }]
  result = "denied"
`

func sophos(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/xml")
	const reply = `<?xml version='1.0' ?><requestresponse><status><![CDATA[%s]]></status><message><![CDATA[%s]]></message></requestresponse>`
	if r.PostFormValue("password") == pin && len(r.PostFormValue("a")) == 13 {
		fmt.Fprintf(w, reply, "LIVE", "You have successfully logged in")
		return
	}
	fmt.Fprintf(w, reply, "REJECT", "The system could not log you on & Co")
}

// chilliPageFlow is for the page of hotspotlogin.cgi, which knows the shared secret.
const chilliPageFlow = `format = 1
hosts = ["@start", "@gateway"]` + vendorInputs + `
[[step]]
id     = "page"
open   = "{{.probe.url}}"
expect = [{ css = "form input[name=challenge]" }]

[[step]]
id     = "login"
submit = "form:has(input[name=challenge])"
fields = { UserName = "{{.input.user}}", Password = "{{.input.pass}}" }
expect = [{ wispr = "ResponseCode", equals = "201" }]

[[step]]
id      = "logon"
follow  = "meta"
capture = { logoff = { wispr = "LogoffURL" } }
  [[step.case]]
  when   = [{ wispr = "ResponseCode", equals = "100" }, { wispr = "ReplyMessage" }]
  result = "denied"
  [[step.case]]
  when   = [{ via = "*", param = "res", equals = "already" }]
  result = "submitted"
`

func chilli(w http.ResponseWriter, r *http.Request) {
	const message = "<!--\n<?xml version=\"1.0\"?>\n<WISPAccessGatewayParam>%s</WISPAccessGatewayParam>-->"
	w.Header().Set("Content-Type", "text/html")
	switch logon := "https://gw.test:3990/logon?username=" + r.PostFormValue("UserName") + "&response=" + r.PostFormValue("Password"); {
	case r.URL.Path == "/portal" && r.Method == http.MethodPost:
		fmt.Fprintf(w, `<META HTTP-EQUIV="refresh" CONTENT="0;url=%s">`, logon)
		fmt.Fprintf(w, message, "<AuthenticationReply><MessageType>120</MessageType><ResponseCode>201</ResponseCode><LoginResultsURL>"+logon+"</LoginResultsURL></AuthenticationReply>")
	case r.URL.Query().Get("res") == "notyet":
		fmt.Fprint(w, `<FORM METHOD="post" ACTION="/portal"><INPUT TYPE="hidden" NAME="challenge" VALUE="c94d"><INPUT NAME="UserName"><INPUT NAME="Password" TYPE="password"></FORM>`)
	case r.URL.Query().Get("response") == pin:
		w.Header().Set("Location", "/portal?res=success")
		w.WriteHeader(http.StatusFound)
		fmt.Fprintf(w, message, "<AuthenticationReply><MessageType>140</MessageType><ResponseCode>50</ResponseCode><LogoffURL>https://gw.test:3990/logoff</LogoffURL></AuthenticationReply>")
	case r.URL.Path == "/logon":
		w.Header().Set("Location", "/portal?res=failed&reason=reject")
		w.WriteHeader(http.StatusFound)
		fmt.Fprintf(w, message, "<AuthenticationReply><MessageType>140</MessageType><ResponseCode>100</ResponseCode><ReplyMessage>CDATA[[No credit & no fun]]</ReplyMessage></AuthenticationReply>")
	}
}

func TestVendors(t *testing.T) {
	right := map[string]string{"user": "ada", "pass": pin}
	wrong := map[string]string{"user": "ada", "pass": "n0t-it"}
	forti := "https://gw.test:1003/fgtauth?0004610d63757532"
	alive := Env{Session: map[string]string{"keepalive": "https://gw.test:1003/keepalive?0a0b0c0d0e0f"}, SessionCaptures: []string{"keepalive"}}
	opn := "https://gw.test:8000/index.html?redirurl=check.test/"
	cwlc := "https://portal.corp.test/?switch_url=https%3A%2F%2Fwifi.corp.test%2Flogin.html&ap_mac=x&redirect=check.test/x"
	uam := "https://gw.test/portal?res=notyet&uamip=192.0.2.1"
	for _, v := range []vendor{
		{"fortinet", fortinetFlow, fortinet, forti, right, Env{SessionCaptures: alive.SessionCaptures}, "submitted: all steps went as expected map[keepalive:https://gw.test:1003/keepalive?0a0b0c0d0e0f]"},
		{"fortinet refuses", fortinetFlow, fortinet, forti, wrong, Env{}, `denied: the portal says "Firewall authentication failed" map[]`},
		{"fortinet keepalive", fortinetMaintain, fortinet, forti, nil, alive, "submitted: all steps went as expected map[keepalive:https://gw.test:1003/keepalive?0f0e0d0c0b0a]"},
		{"fortinet logoff", fortinetLogoff, fortinet, forti, nil, alive, "submitted: all steps went as expected map[]"},
		{"opnsense", opnsenseFlow, opnsense("normal"), opn, right, Env{}, "submitted: all steps went as expected map[id:+HkYBqsOUPaQGwYSH3EBbQ==]"},
		{"opnsense refuses", opnsenseFlow, opnsense("normal"), opn, wrong, Env{}, "denied: Name or password is wrong. map[]"},
		{"opnsense without login", opnsenseFlow, opnsense("none"), opn, nil, Env{}, "submitted: Let in without a name. map[id:+HkYBqsOUPaQGwYSH3EBbQ==]"},
		{"meraki", merakiFlow, meraki, "https://splash.cafe.test/?base_grant_url=https%3A%2F%2Fn147.network-auth.com%2Fsplash%2Fgrant%3Fap%3D1&user_continue_url=x", nil, Env{}, "submitted: all steps went as expected map[grant:https://n147.network-auth.com/splash/grant?ap=1]"},
		{"cisco", ciscoFlow, cisco, cwlc, right, Env{}, "submitted: all steps went as expected map[redirect:check.test/x switch:https://wifi.corp.test/login.html]"},
		{"cisco refuses", ciscoFlow, cisco, cwlc, wrong, Env{}, "denied: Name or password is wrong. map[redirect:check.test/x switch:https://wifi.corp.test/login.html]"},
		{"h3c", h3cFlow, h3c, "https://gw.test/portal", right, Env{}, "submitted: all steps went as expected map[port:IRF-S12508-vlan-00-0000@vlan serial:17]"},
		{"h3c refuses", h3cFlow, h3c, "https://gw.test/portal", wrong, Env{}, `denied: the portal says "E63032:Incorrect password – you have 8 attempts left." map[]`},
		{"h3c heartbeat", h3cMaintain, h3c, "https://gw.test/portal", nil, Env{Session: map[string]string{"port": "IRF-S12508-vlan-00-0000@vlan", "serial": "17"}}, "submitted: all steps went as expected map[]"},
		{"sophos", sophosFlow, sophos, "https://gw.test:8090/httpclient.html", right, Env{}, `submitted: xml status that equals "LIVE" on the page without a title (status 200) map[]`},
		{"sophos refuses", sophosFlow, sophos, "https://gw.test:8090/httpclient.html", wrong, Env{}, `denied: the portal says "The system could not log you on & Co" map[]`},
		{"chilli", chilliPageFlow, chilli, uam, right, Env{}, "submitted: all steps went as expected map[logoff:https://gw.test:3990/logoff]"},
		{"chilli refuses", chilliPageFlow, chilli, uam, wrong, Env{}, `denied: the portal says "No credit & no fun" map[]`},
	} {
		t.Run(v.name, func(t *testing.T) { v.try(t) })
	}
}

func (v vendor) try(t *testing.T) {
	f := mustParse(t, v.flow)
	start, err := url.Parse(v.start)
	if err != nil {
		t.Fatal(err)
	}
	s, err := portal.New(portal.Config{
		Transport: handlerTransport{http.HandlerFunc(v.serve)}, Hosts: f.Hosts(), Start: start,
		Permission: func() portal.Permission { return portal.Permission{Cleartext: true, SharedHosts: true} }, // with consent: no pack can name the hosts of all sites
	})
	if err != nil {
		t.Fatal(err)
	}
	v.env.Inputs, v.env.Terms = inputs(v.inputs), agreed
	v.env.Probe = map[string]string{"url": v.start, "host": start.Host}
	result, err := f.Run(t.Context(), s, v.env)
	if err != nil {
		t.Fatalf("%v\n%+v", err, s.Trace())
	}
	if got := fmt.Sprintf("%s: %s %v", result.Outcome, result.Reason, result.Captures); got != v.want {
		t.Errorf("got %s\nwant %s", got, v.want)
	}
	for _, name := range v.env.SessionCaptures {
		if value := result.Captures[name]; value != "" && s.Redact(value) == value {
			t.Errorf("%s leaked: %s", name, value)
		}
	}
}
