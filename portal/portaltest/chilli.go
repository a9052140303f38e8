package portaltest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The kinds of a CoovaChilli 1.9 gateway.
const (
	KindCoovaChilli     Kind = "coovachilli"      // shares a secret with its portal page; only that page can log in
	KindCoovaChilliJSON Kind = "coovachilli-json" // shares no secret: anyone who knows the password can log in

	KindCoovaChilliMute Kind = "coovachilli-mute" // as the first, and closes the connection in place of a refusal

	KindCoovaChilliMini Kind = "coovachilli-miniportal" // has a page of its own, of shell scripts, with the secret
)

// The hosts of the gateway and of its portal page.
const (
	chilliHost = gatewayAddress + ":3990"
	chilliPage = "login.chilli.test"
	chilliMini = gatewayAddress + ":4990" // the gateway's own page
)

// chilli answers as the daemon does: redirects with WISPr messages in them, a JSON
// interface, and a challenge that is valid once.
type chilli struct {
	base
	secret    string // shared with the page, or ""
	page      string // URL of the portal page
	mute      bool   // closes the connection after a refusal, as the 1.9 snapshot does
	challenge string
	session   string
	began     time.Time
}

func newChilli(b base) site {
	p := &chilli{base: b, page: "http://" + chilliPage + ":8080/portal", mute: flip(b.random)}
	host := chilliPage + ":8080"
	if b.Authority != nil {
		p.page, host = "https://"+chilliPage+"/portal", chilliPage
	}
	traits := "as CoovaChilli 1.9 answers"
	if b.Kind == KindCoovaChilliMini {
		p.page, host, p.mute = "http://"+chilliMini+"/www/login.chi", chilliMini, false
	}
	if b.Kind == KindCoovaChilliMute {
		p.mute = true
	}
	if b.Kind != KindCoovaChilliJSON {
		p.secret = digits(b.random, 16)
		traits += ", with a UAM secret"
	}
	if p.mute {
		traits += ", no reply to a refusal"
	}
	login := Login{User: "UserName", PIN: "Password", Logoff: "http://" + chilliHost + "/logoff"}
	if b.Kind == KindCoovaChilliMini {
		login.User, login.PIN = "username", "password"
	}
	return site{
		portal: p,
		hosts:  []string{chilliHost, host},
		secure: []string{chilliPage},
		url:    "http://" + chilliHost + "/prelogin",
		api:    "http://" + chilliHost + "/captive-portal-identification",
		login:  login,
		traits: traits,
	}
}

func (p *chilli) forget() {
	p.challenge, p.session = digits(p.random, 32), strconv.Itoa(1795230516+p.random.IntN(1000))+"00000001"
}

func (p *chilli) intercept(r *http.Request) reply { return p.notYet(urlOf(r)) }

// notYet redirects to the page; its WISPr message has the login URL for programs.
func (p *chilli) notYet(origin string) reply {
	return redirectWith(p.lead("notyet", origin), wisprMessage("Redirect", 100, 0,
		element{"VersionHigh", "2.0"},
		element{"VersionLow", "1.0"},
		element{"AccessProcedure", "1.0"},
		element{"AccessLocation", "CDATA[[isocc=de,cc=49,ac=30,network=lab]]"},
		element{"LocationName", "CDATA[[LabOperator,Bench]]"},
		element{"LoginURL", strings.ReplaceAll(p.lead("wispr", origin), "&", "&amp;")},
		element{"AbortLoginURL", "http://" + chilliHost + "/abort"},
		element{"EAPMsg", "AQEABQE="},
	), "to the portal page")
}

// lead is the URL of the page with its parameters. The last one is the checksum of the URL
// before it and the secret.
func (p *chilli) lead(result, origin string, more ...element) string {
	var b strings.Builder
	b.WriteString(p.page + "?res=" + result)
	facts := append([]element{
		{"uamip", gatewayAddress},
		{"uamport", "3990"},
		{"challenge", p.challenge},
		{"called", "02-00-00-00-01-01"},
		{"mac", "02-00-00-00-01-10"},
		{"ip", "192.0.2.50"},
		{"nasid", "nas01"},
		{"sessionid", p.session},
	}, more...)
	for _, fact := range append(facts, element{"userurl", origin}) {
		b.WriteString("&" + fact.name + "=" + chilliEscape(fact.text))
	}
	if p.secret != "" {
		b.WriteString("&md=" + strings.ToUpper(md5Hex(b.String()+p.secret)))
	}
	return b.String()
}

// chilliEscape percent-encodes all but letters, digits and "-_.", in lower case.
func chilliEscape(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c < 0x80 && (isAlphanumeric(c) || strings.IndexByte("-_.", c) >= 0) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String()
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func (p *chilli) answer(r *http.Request, now status) reply {
	if hostOf(r) != chilliHost {
		return p.portalPage(r)
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/json/"):
		return p.json(r, strings.TrimPrefix(r.URL.Path, "/json/"), now)
	case r.URL.Path == "/captive-portal-identification":
		return p.api(now)
	case r.URL.Path == "/logon", r.URL.Path == "/login":
		return p.logon(r, now)
	case r.URL.Path == "/logoff", r.URL.Path == "/logout":
		return p.logoff()
	case r.URL.Path == "/abort" && now.online:
		return redirectWith(p.lead("already", ""), wisprMessage("AbortLoginReply", 150, 50), "nothing to abort")
	case r.URL.Path == "/abort":
		return redirectWith(p.lead("logoff", ""), wisprMessage("AbortLoginReply", 150, 151), "login aborted")
	case r.URL.Path == "/status" && now.online:
		left := element{"timeleft", seconds(now)}
		return redirectWith(p.lead("already", "", left), wisprMessage("AuthenticationPollReply", 140, 50), "status")
	}
	return p.notYet("")
}

// api is the RFC 8908 document. It has "(null)" because no home page is configured.
func (p *chilli) api(now status) reply {
	if !now.online {
		return document(`{"captive":true, "user-portal-url":"(null)"}`)
	}
	if now.remaining == 0 {
		return document(`{"captive":false, "user-portal-url":"(null)", "can-extend-session": true}`)
	}
	return document(`{"captive":false, "user-portal-url":"(null)", "can-extend-session": true, "seconds-remaining":` + seconds(now) + `}`)
}

// seconds returns the remaining seconds of a session.
func seconds(now status) string { return strconv.Itoa(int(now.remaining.Seconds())) }

func (p *chilli) logoff() reply {
	p.challenge = digits(p.random, 32)
	return redirectWith(p.lead("logoff", ""), wisprMessage("LogoffReply", 130, 150), "logoff").as(DecisionLoggedOff)
}
