package portaltest

import (
	"crypto/sha1"
	"encoding/hex"
	"net/http"
)

// KindSWR is the Wi-Fi of the trains of South Western Railway, as a login script describes it.
const KindSWR Kind = "swr"

const swrHost = "swt.passengerwifi.com"

// swr answers as the server of the operator does: with a page that is a script, and with JSON.
type swr struct{ base }

func newSWR(b base) site {
	return site{
		portal: &swr{base: b},
		hosts:  []string{swrHost},
		url:    "http://" + swrHost + "/",
		traits: "as a login script says of South Western Railway",
	}
}

func (p *swr) intercept(*http.Request) reply {
	return redirect(http.StatusFound, "http://"+swrHost+"/", "to the portal")
}

func (p *swr) answer(r *http.Request, _ status) reply {
	query := r.URL.Query()
	switch {
	case r.URL.Path == "/":
		return show("swr", "page", nil)
	case r.URL.Path != "/cws/" || query.Get("rq") != "login":
		return missing(notFound)
	}
	digest := sha1.Sum([]byte(p.PIN))
	if query.Get("username") != p.User || query.Get("password") != hex.EncodeToString(digest[:]) {
		return object(fields{"errorcode": 5}, "wrong password").as(DecisionDenied)
	}
	return object(fields{"errorcode": 0}, "login").as(DecisionGranted)
}
