package portaltest

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// The kinds of Dr.COM's portals, by the interface that logs in.
const (
	KindDrCOM       Kind = "drcom"        // the gateway itself
	KindDrCOMPortal Kind = "drcom-portal" // a server beside the gateway, version 4, also by https
	KindDrCOMPlain  Kind = "drcom-plain"  // the same, by http only
	KindDrCOMOld    Kind = "drcom-old"    // the same, before version 4
)

// The names of the server. Its interfaces have ports of their own.
const (
	drcomHost  = "192.0.2.11"
	drcomName  = "login.campus.test"
	drcomUser  = "192.0.2.50"
	drcomMany  = "everywhere" // a user name with too many devices
	drcomLimit = "Rad:Limit Users Err"
)

// drcom answers as login scripts say of Dr.COM, in JSONP.
type drcom struct {
	base
	origin string // of the page
	tls    bool
	wrong  string // what it says of a wrong password
}

func newDrCOM(b base) site {
	p := &drcom{base: b, origin: "http://" + drcomHost, wrong: pick(b.random, "账号或密码错误(ldap校验)", "ldap auth error")}
	hosts, path := []string{drcomHost, drcomHost + ":801"}, "/a79.htm?wlanuserip="+drcomUser
	switch {
	case b.Kind == KindDrCOM:
		path = "/"
	case b.Kind == KindDrCOMPortal && b.Authority != nil:
		p.origin, p.tls = "https://"+drcomName, true
		hosts = []string{drcomName, drcomName + ":802"}
	}
	return site{
		portal: p,
		hosts:  hosts,
		url:    p.origin + path,
		login:  Login{User: "DDDDD", PIN: "upass"},
		traits: "as login scripts say of Dr.COM",
	}
}

func (p *drcom) intercept(*http.Request) reply {
	if p.Kind == KindDrCOM {
		return redirect(http.StatusFound, p.origin+"/", "to the login page")
	}
	lead := p.origin + "/a79.htm?wlanuserip=" + drcomUser + "&wlanacip=192.0.2.1&wlanacname=BRAS-X"
	return page(http.StatusOK, `<html><head><script type="text/javascript">location.href="`+lead+`"</script></head></html>`, "to the login page")
}

func (p *drcom) answer(r *http.Request, now status) reply {
	query := r.URL.Query()
	switch _, port, _ := strings.Cut(hostOf(r), ":"); {
	case port == "":
		return p.page(r, now)
	case p.isPortal(r, "login"):
		user, _ := strings.CutPrefix(query.Get("user_account"), ",0,")
		return p.login(r, now, user, query.Get("user_password"))
	case p.isPortal(r, "logout"):
		return p.logout(r, now)
	}
	return missing(notFound)
}

// page answers at the port of the login page.
func (p *drcom) page(r *http.Request, now status) reply {
	query := r.URL.Query()
	switch call := r.URL.Path; {
	case call == "/" || call == "/a79.htm":
		return show("drcom", "login page", map[string]string{"IP": drcomUser}).with("Server", "DrcomServer1.0")
	case call == "/drcom/chkstatus":
		return p.jsonp(r, fields{"result": flagged(now.online), "v46ip": drcomUser, "ss5": drcomUser}, "status")
	case call == "/drcom/login" && p.Kind == KindDrCOM:
		return p.login(r, now, query.Get("DDDDD"), query.Get("upass"))
	case call == "/drcom/logout" && p.Kind == KindDrCOM:
		return p.logout(r, now)
	}
	return missing(notFound)
}

// isPortal reports whether a request calls the interface of this version.
func (p *drcom) isPortal(r *http.Request, call string) bool {
	if p.Kind == KindDrCOMOld {
		return r.URL.Path == "/eportal/" && r.URL.Query().Get("c") == "Portal" && r.URL.Query().Get("a") == call
	}
	return r.URL.Path == "/eportal/portal/"+call
}

func (p *drcom) login(r *http.Request, now status, user, password string) reply {
	switch {
	case now.online && p.Kind == KindDrCOM:
		return p.jsonp(r, fields{"result": 2, "msga": ""}, "already logged in")
	case now.online:
		return p.jsonp(r, fields{"result": 0, "msg": "AC999", "ret_code": 2}, "already logged in")
	case user == drcomMany:
		return p.refuse(r, drcomLimit)
	case user != p.User || password != p.PIN:
		return p.refuse(r, p.wrong)
	case p.Kind == KindDrCOMOld:
		return p.jsonp(r, fields{"result": "1", "msg": "认证成功"}, "login").as(DecisionGranted)
	}
	return p.jsonp(r, fields{"result": 1, "msg": "Portal协议认证成功！", "uid": p.User}, "login").as(DecisionGranted)
}

// refuse refuses a login. Old versions have the text in base64.
func (p *drcom) refuse(r *http.Request, text string) reply {
	doc := fields{"result": 0, "msg": text, "ret_code": 1}
	switch p.Kind {
	case KindDrCOM:
		doc = fields{"result": 0, "msg": 1, "msga": text}
	case KindDrCOMOld:
		doc = fields{"result": "0", "msg": base64.StdEncoding.EncodeToString([]byte(text)), "ret_code": 1}
	}
	return p.jsonp(r, doc, "refused").as(DecisionDenied)
}

func (p *drcom) logout(r *http.Request, now status) reply {
	if !now.online {
		return p.jsonp(r, fields{"result": 0, "msg": "Radius注销失败！"}, "logout")
	}
	return p.jsonp(r, fields{"result": 1, "msg": "Radius注销成功！"}, "logout").as(DecisionLoggedOff)
}

// jsonp is a document in a call of the function that the request names.
func (p *drcom) jsonp(r *http.Request, doc fields, detail string) reply {
	return page(http.StatusOK, r.URL.Query().Get("callback")+"("+encode(doc)+");", detail).with("Content-Type", "application/javascript;charset=utf-8")
}

// flagged is 1 if it holds, else 0.
func flagged(holds bool) int {
	if holds {
		return 1
	}
	return 0
}
