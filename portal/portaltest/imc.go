package portaltest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
)

// KindH3CIMC answers as the portal of H3C's iMC does, as login scripts of campuses
// describe it.
const KindH3CIMC Kind = "h3c-imc"

const (
	imcHost   = "192.0.2.9:8080" // a server next to the gateway
	imcDevice = "Campus-Core-vlan-00-0409@vlan"
)

// imc answers with JSON, percent-encoded and then in base64 without padding.
type imc struct {
	base
	serial int // of the session; 0: none
}

func newIMC(b base) site {
	return site{
		portal: &imc{base: b},
		hosts:  []string{imcHost},
		url:    "http://" + imcHost + "/portal/index_default.jsp",
		login:  Login{User: "userName", PIN: "userPwd", Logoff: "http://" + imcHost + "/portal/pws?t=lo"},
		traits: "as login scripts say of iMC",
	}
}

func (p *imc) forget() { p.serial = 0 }

func (p *imc) intercept(*http.Request) reply {
	return redirect(http.StatusFound, "http://"+imcHost+"/portal/index_default.jsp", "to the login page")
}

func (p *imc) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/portal/index_default.jsp":
		settings := imcPack(fields{"errorNumber": "1", "nextUrl": "http://" + imcHost + "/portal/index_default.jsp", "byodServerHttpPort": "8080"})
		return show("h3c-imc", "login page", nil).with("Set-Cookie", "i_p_pl="+settings+"; Path=/portal")
	case r.URL.Path != "/portal/pws":
		return missing("")
	}
	switch command := r.URL.Query().Get("t"); {
	case command == "li" && r.Method == http.MethodPost:
		return p.login(r, now)
	case command == "hb" && r.Method == http.MethodPost:
		return p.beat(r, now)
	case command == "lo":
		p.serial = 0
		return imcReply(fields{"errorNumber": "1"}, "logout").as(DecisionLoggedOff)
	}
	return imcReply(fields{"errorNumber": "2"}, "no such call")
}

// login checks a user name and a password in base64. It refuses every login
// while a client is logged in.
func (p *imc) login(r *http.Request, now status) reply {
	if now.online {
		return imcError("portServErrorCode", "1", "portServErrorCodeDesc", "设备拒绝请求", "already logged in")
	}
	password, err := base64.StdEncoding.DecodeString(r.PostForm.Get("userPwd"))
	switch {
	case r.PostForm.Get("userName") != p.User:
		const text = "E63018:用户不存在或者用户没有申请该服务。"
		return imcError("portServIncludeFailedCode", "63018", "portServIncludeFailedReason", text, "unknown user").as(DecisionDenied)
	case err != nil || string(password) != p.PIN:
		const text = "E63032:密码错误，您还可以重试8次。"
		return imcError("portServIncludeFailedCode", "63032", "portServIncludeFailedReason", text, "wrong password").as(DecisionDenied)
	}
	p.serial = 1 + p.random.IntN(20000)
	return imcReply(fields{
		"errorNumber": "1", "heartBeatCyc": 60000, "heartBeatTimeoutMaxTime": 5, "userDevPort": imcDevice,
		"userStatus": 99, "serialNo": p.serial, "ifNeedModifyPwd": false, "usermac": nil, "clientLanguage": "English",
	}, "login").as(DecisionGranted)
}

// beat is the keepalive of the session that the fields identify.
func (p *imc) beat(r *http.Request, now status) reply {
	form := r.PostForm
	same := form.Get("serialNo") == strconv.Itoa(p.serial) && form.Get("userDevPort") == imcDevice && form.Get("userStatus") == "99"
	if !now.online || !same {
		return imcError("portServErrorCode", "2", "portServErrorCodeDesc", "用户不在线", "another's heartbeat")
	}
	return imcReply(fields{"errorNumber": "1"}, "heartbeat").as(DecisionKept)
}

// imcError is a reply with a code and a text; two more fields have the names of these fields.
func imcError(code, number, text, words, detail string) reply {
	return imcReply(fields{code: number, text: words, "e_c": code, "e_d": text, "errorNumber": "7"}, detail)
}

func imcReply(doc fields, detail string) reply {
	return page(http.StatusOK, imcPack(doc), detail).with("Content-Type", "text/plain;charset=UTF-8")
}

// imcPack encodes a document as the portal does.
func imcPack(doc fields) string {
	return base64.RawStdEncoding.EncodeToString([]byte(url.PathEscape(encode(doc))))
}
