package portaltest

import (
	"net/http"
)

// KindRealm is a portal that asks for user name and password by Basic authentication
// (RFC 7617), in the browser's own window. It is no product's.
const KindRealm Kind = "realm"

const realmHost = "login.realm.test"

type realm struct{ base }

func newRealm(b base) site {
	return site{
		portal:  &realm{base: b},
		gateway: localhost(),
		hosts:   []string{realmHost},
		url:     b.origin(realmHost) + "/guests/",
		traits:  "asks for Basic authentication",
	}
}

func (p *realm) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(realmHost)+"/guests/", "to the realm")
}

func (p *realm) answer(r *http.Request, now status) reply {
	user, password, given := r.BasicAuth()
	allowed := user == p.User && password == p.PIN
	switch {
	case r.URL.Path == "/guests/bye" && allowed:
		return page(http.StatusOK, "<p>Good bye.\n", "logoff").as(DecisionLoggedOff)
	case r.URL.Path != "/guests/":
		return missing(notFound)
	case !given:
		return p.ask("no credentials")
	case !allowed:
		return p.ask("wrong credentials").as(DecisionDenied)
	case now.online:
		return page(http.StatusOK, "<p>You are online.\n", "already logged in")
	}
	return page(http.StatusOK, "<p>You are online.\n", "credentials").as(DecisionGranted)
}

// ask asks for credentials.
func (p *realm) ask(detail string) reply {
	a := page(http.StatusUnauthorized, "<h1>401 Unauthorized</h1>\n", detail)
	a.header.Set("WWW-Authenticate", `Basic realm="Guests", charset="UTF-8"`)
	return a
}
