package portaltest

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"strings"
)

// KindSrun answers as login scripts say of srun.
const KindSrun Kind = "srun"

// The portal, the number of the gateway that asks it, and a user name with too many devices.
const (
	srunHost    = "192.0.2.12"
	srunAC      = "7"
	srunDevices = "everywhere"
	srunClient  = "192.0.2.50"
)

// srun answers in JSONP. A challenge is valid once.
type srun struct {
	base
	challenge string
	wrong     string // what it says of a wrong password
}

func newSrun(b base) site {
	return site{
		portal: &srun{base: b, wrong: pick(b.random, "E2553: Password is error.", "E2553: 密码错误")},
		hosts:  []string{srunHost},
		url:    "http://" + srunHost + "/srun_portal_pc?ac_id=" + srunAC + "&theme=basic",
		login:  Login{User: "username", PIN: "password"},
		traits: "as login scripts say of srun",
	}
}

func (p *srun) forget() { p.challenge = digits(p.random, 64) }

func (p *srun) intercept(*http.Request) reply {
	return redirect(http.StatusFound, "http://"+srunHost+"/srun_portal_pc?ac_id="+srunAC+"&theme=basic", "to the login page")
}

func (p *srun) answer(r *http.Request, now status) reply {
	query := r.URL.Query()
	switch r.URL.Path {
	case "/srun_portal_pc":
		return show("srun", "login page", map[string]string{"AC": srunAC, "IP": srunClient})
	case "/cgi-bin/rad_user_info":
		if !now.online {
			return p.jsonp(r, fields{"error": "not_online_error", "client_ip": srunClient, "res": "not_online_error"}, "status")
		}
		return p.jsonp(r, fields{"error": "ok", "client_ip": srunClient, "online_ip": srunClient, "user_name": p.User}, "status")
	case "/cgi-bin/get_challenge":
		p.challenge = digits(p.random, 64)
		return p.jsonp(r, fields{"challenge": p.challenge, "client_ip": srunClient, "ecode": 0, "error": "ok", "expire": "60", "res": "ok"}, "challenge")
	case "/cgi-bin/srun_portal":
		if query.Get("action") == "logout" {
			return p.logout(r, now)
		}
		return p.login(r, now)
	}
	return missing(notFound)
}

// login checks the password, the checksum and the encrypted account.
func (p *srun) login(r *http.Request, now status) reply {
	query, challenge := r.URL.Query(), p.challenge
	p.challenge = digits(p.random, 64)
	mac := hmac.New(md5.New, []byte(challenge))
	mac.Write([]byte(p.PIN))
	password := hex.EncodeToString(mac.Sum(nil))
	sent := strings.TrimPrefix(query.Get("password"), "{MD5}")
	var b strings.Builder
	for _, field := range []string{query.Get("username"), sent, srunAC, srunClient, "200", "1", query.Get("info")} {
		b.WriteString(challenge + field)
	}
	sum := sha1.Sum([]byte(b.String()))
	account, broken := readSrunAccount(query.Get("info"), challenge)
	refuse := func(kind, code, message string) reply {
		return p.jsonp(r, fields{"error": kind, "ecode": code, "error_msg": message, "res": kind}, message).as(DecisionDenied)
	}
	switch {
	case now.online:
		return p.jsonp(r, fields{"error": "ok", "suc_msg": "ip_already_online_error"}, "already logged in")
	case query.Get("chksum") != hex.EncodeToString(sum[:]):
		return refuse("sign_error", "", "")
	case broken != nil || !strings.HasPrefix(query.Get("info"), "{SRBX1}"):
		return refuse("auth_info_error", "", "")
	case query.Get("username") == srunDevices:
		return refuse("login_error", "E2620", "E2620: You are already online.")
	case query.Get("username") != p.User:
		return refuse("login_error", "E2531", "E2531: User not found.")
	case sent != password:
		return refuse("login_error", "E2553", p.wrong)
	case account != srunAccount{p.User, p.PIN, srunClient, srunAC, "srun_bx1"}:
		return refuse("auth_info_error", "", "")
	}
	return p.jsonp(r, fields{"error": "ok", "ecode": 0, "suc_msg": "login_ok", "client_ip": srunClient, "res": "ok"}, "login").as(DecisionGranted)
}

func (p *srun) logout(r *http.Request, now status) reply {
	query := r.URL.Query()
	if !now.online || query.Get("username") != p.User || query.Get("ip") != srunClient || query.Get("ac_id") != srunAC {
		return p.jsonp(r, fields{"error": "login_error", "error_msg": "You are not online."}, "logout")
	}
	return p.jsonp(r, fields{"error": "ok", "res": "ok"}, "logout").as(DecisionLoggedOff)
}

// jsonp is a document in a call of the function that the request names.
func (p *srun) jsonp(r *http.Request, doc fields, detail string) reply {
	return page(http.StatusOK, r.URL.Query().Get("callback")+"("+encode(doc)+")", detail).with("Content-Type", "text/javascript")
}
