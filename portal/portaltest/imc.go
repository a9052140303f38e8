package portaltest

import (
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
)

// KindH3CIMC answers as the portal of H3C's iMC does, as login scripts of campuses
// describe it.
const KindH3CIMC Kind = "h3c-imc"

const (
	imcHost   = "192.0.2.9:8080" // a server beside the gateway
	imcDevice = "Campus-Core-vlan-00-0409@vlan"
)

// imc answers with JSON behind percent-encoding behind base64, and leaves the padding out.
type imc struct {
	random    *rand.Rand
	user, pin string
	serial    int // of the session; 0: none
}

func newIMC(opts Options, random *rand.Rand) site {
	return site{
		portal:  &imc{random: random, user: opts.User, pin: opts.PIN},
		gateway: netip.MustParseAddr("192.0.2.1"),
		hosts:   []string{imcHost},
		url:     "http://" + imcHost + "/portal/index_default.jsp",
		login:   Login{User: "userName", PIN: "userPwd", Logoff: "http://" + imcHost + "/portal/pws?t=lo"},
		traits:  "as login scripts say of iMC",
	}
}

func (p *imc) forget() { p.serial = 0 }

func (p *imc) intercept(*http.Request) reply {
	return redirect(http.StatusFound, "http://"+imcHost+"/portal/index_default.jsp", "to the login page")
}

func (p *imc) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/portal/index_default.jsp":
		a := page(http.StatusOK, render("h3c-imc", nil), "login page")
		settings := imcPack(map[string]any{"errorNumber": "1", "nextUrl": "http://" + imcHost + "/portal/index_default.jsp", "byodServerHttpPort": "8080"})
		a.header.Add("Set-Cookie", "i_p_pl="+settings+"; Path=/portal")
		return a
	case r.URL.Path != "/portal/pws":
		return page(http.StatusNotFound, "", "no such page")
	}
	switch command := r.URL.Query().Get("t"); {
	case command == "li" && r.Method == http.MethodPost:
		return p.login(r, now)
	case command == "hb" && r.Method == http.MethodPost:
		return p.beat(r, now)
	case command == "lo":
		p.serial = 0
		return imcReply(map[string]any{"errorNumber": "1"}, "logout").as(DecisionLoggedOff)
	}
	return imcReply(map[string]any{"errorNumber": "2"}, "no such call")
}

// login judges a user name and a password in base64. A device that has somebody logged
// in refuses whoever comes.
func (p *imc) login(r *http.Request, now status) reply {
	if now.online {
		return imcError("portServErrorCode", "1", "portServErrorCodeDesc", "设备拒绝请求", "already logged in")
	}
	password, err := base64.StdEncoding.DecodeString(r.PostForm.Get("userPwd"))
	switch {
	case r.PostForm.Get("userName") != p.user:
		const text = "E63018:用户不存在或者用户没有申请该服务。"
		return imcError("portServIncludeFailedCode", "63018", "portServIncludeFailedReason", text, "unknown user").as(DecisionDenied)
	case err != nil || string(password) != p.pin:
		const text = "E63032:密码错误，您还可以重试8次。"
		return imcError("portServIncludeFailedCode", "63032", "portServIncludeFailedReason", text, "wrong password").as(DecisionDenied)
	}
	p.serial = 1 + p.random.IntN(20000)
	return imcReply(map[string]any{
		"errorNumber": "1", "heartBeatCyc": 60000, "heartBeatTimeoutMaxTime": 5, "userDevPort": imcDevice,
		"userStatus": 99, "serialNo": p.serial, "ifNeedModifyPwd": false, "usermac": nil, "clientLanguage": "English",
	}, "login").as(DecisionGranted)
}

// beat keeps the session that the fields name.
func (p *imc) beat(r *http.Request, now status) reply {
	form := r.PostForm
	same := form.Get("serialNo") == strconv.Itoa(p.serial) && form.Get("userDevPort") == imcDevice && form.Get("userStatus") == "99"
	if !now.online || !same {
		return imcError("portServErrorCode", "2", "portServErrorCodeDesc", "用户不在线", "another's heartbeat")
	}
	return imcReply(map[string]any{"errorNumber": "1"}, "heartbeat").as(DecisionKept)
}

// imcError is an answer that says under which names its code and its text stand.
func imcError(code, number, text, words, detail string) reply {
	return imcReply(map[string]any{code: number, text: words, "e_c": code, "e_d": text, "errorNumber": "7"}, detail)
}

func imcReply(doc map[string]any, detail string) reply {
	a := page(http.StatusOK, imcPack(doc), detail)
	a.header.Set("Content-Type", "text/plain;charset=UTF-8")
	return a
}

// imcPack encodes a document as the portal does.
func imcPack(doc map[string]any) string {
	text, err := json.Marshal(doc)
	if err != nil {
		panic(err) // texts and numbers
	}
	return base64.RawStdEncoding.EncodeToString([]byte(url.PathEscape(string(text))))
}
