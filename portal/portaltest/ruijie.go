package portaltest

import (
	"encoding/hex"
	"net/http"
	"net/url"
)

// The kinds of Ruijie's ePortal.
const (
	KindRuijie          Kind = "ruijie"
	KindRuijieEncrypted Kind = "ruijie-encrypted" // its page encrypts the password, and it accepts a plain one
)

// ruijieHost is the portal, a server of the campus.
const ruijieHost = "192.0.2.10"

// ruijieDevices is a user name with too many devices.
const ruijieDevices = "everywhere"

// ruijie answers as login scripts say of ePortal.
type ruijie struct {
	base
	query string // of the login page
	index string // of the session, or ""
	wrong string // what it says of a wrong password
}

func newRuijie(b base) site {
	p := &ruijie{base: b, wrong: pick(b.random, "用户不存在或者密码错误!", "The user does not exist or the password is wrong!")}
	p.query = "wlanuserip=" + digits(b.random, 32) + "&wlanacname=" + digits(b.random, 32) + "&ssid=&nasip=" + digits(b.random, 32) +
		"&snmpagentip=&mac=" + digits(b.random, 32) + "&t=wireless-v2&url=" + digits(b.random, 48) + "&apmac=&vid=" + digits(b.random, 16)
	return site{
		portal: p,
		hosts:  []string{ruijieHost},
		url:    "http://" + ruijieHost + "/eportal/index.jsp?" + p.query,
		login:  Login{User: "username", PIN: "pwd"},
		traits: "as login scripts say of ePortal",
	}
}

func (p *ruijie) forget() { p.index = "" }

func (p *ruijie) intercept(*http.Request) reply {
	lead := "http://" + ruijieHost + "/eportal/index.jsp?" + p.query
	return page(http.StatusOK, "<script>top.self.location.href='"+lead+"'</script>\r\n", "to the login page")
}

func (p *ruijie) answer(r *http.Request, now status) reply {
	switch r.URL.Path {
	case "/eportal/index.jsp":
		if now.online {
			return redirect(http.StatusFound, "http://"+ruijieHost+"/eportal/success.jsp?userIndex="+p.index, "logged in")
		}
		return show("ruijie", "login page", nil).with("Set-Cookie", "JSESSIONID="+digits(p.random, 32)+"; Path=/eportal")
	case "/eportal/success.jsp":
		return page(http.StatusOK, "<title>success</title>", "logged in")
	case "/eportal/InterFace.do":
		return p.call(r, now)
	}
	return missing(notFound)
}

// call is a call of the page's scripts.
func (p *ruijie) call(r *http.Request, now status) reply {
	switch method := r.URL.Query().Get("method"); method {
	case "pageInfo":
		encrypt := "false"
		if p.Kind == KindRuijieEncrypted {
			encrypt = "true"
		}
		return p.json(fields{
			"passwordEncrypt": encrypt, "publicKeyExponent": "10001", "publicKeyModulus": digits(p.random, 256), "validCodeUrl": "",
		}, method)
	case "getOnlineUserInfo":
		if !now.online {
			return p.json(fields{"userIndex": nil, "result": "fail", "message": "获取用户信息失败"}, method)
		}
		return p.json(fields{"userIndex": p.index, "result": "success", "message": "", "userId": p.User}, method)
	case "login":
		return p.login(r, now)
	case "logout":
		if !now.online || r.PostForm.Get("userIndex") != p.index {
			return p.json(fields{"result": "fail", "message": "用户已不在线"}, method)
		}
		p.index = ""
		return p.json(fields{"result": "success", "message": "下线成功！"}, method).as(DecisionLoggedOff)
	}
	return missing(notFound)
}

// login checks a user name and a password. All values are encoded once more.
func (p *ruijie) login(r *http.Request, now status) reply {
	sent := func(name string) string {
		text, err := url.QueryUnescape(r.PostForm.Get(name))
		if err != nil {
			return ""
		}
		return text
	}
	refuse := func(message string) reply {
		return p.json(fields{"userIndex": nil, "result": "fail", "message": message, "forwordurl": nil, "keepaliveInterval": 0, "validCodeUrl": ""}, "login").as(DecisionDenied)
	}
	switch {
	case now.online:
		return refuse("当前设备已存在在线用户!")
	case sent("queryString") != p.query:
		return refuse("设备未注册,请在ePortal上添加认证设备")
	case sent("userId") == ruijieDevices:
		return refuse("你使用的账号已达到同时在线用户数量上限!")
	case sent("userId") != p.User || sent("password") != p.PIN || sent("passwordEncrypt") != "false":
		return refuse(p.wrong)
	}
	p.index = hex.EncodeToString([]byte(digits(p.random, 32) + "_" + p.User))
	return p.json(fields{
		"userIndex": p.index, "result": "success", "message": "", "forwordurl": nil, "keepaliveInterval": 0, "validCodeUrl": "",
	}, "login").as(DecisionGranted)
}

func (p *ruijie) json(doc fields, detail string) reply {
	return page(http.StatusOK, encode(doc), detail)
}
