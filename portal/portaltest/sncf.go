package portaltest

import (
	"encoding/json"
	"net/http"
)

// KindSNCF is the Wi-Fi of the trains of SNCF, as scripts that log in to it describe it.
const KindSNCF Kind = "sncf"

const sncfHost = "wifi.sncf"

// sncf answers as the server on a train does: with a page that is a script, and with JSON.
type sncf struct{ base }

func newSNCF(b base) site {
	p := &sncf{base: b}
	return site{
		portal: p,
		hosts:  []string{sncfHost},
		url:    p.page(),
		traits: "as login scripts say of trains of SNCF",
	}
}

func (p *sncf) page() string { return p.origin(sncfHost) + "/en/internet/bot" }

func (p *sncf) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.page(), "to the portal")
}

func (p *sncf) answer(r *http.Request, now status) reply {
	switch r.URL.Path {
	case "/en/internet/bot":
		return show("sncf", "page", nil)
	case "/router/api/connection/status":
		if !now.online {
			a := object(fields{"status_code": 404, "message": "aucune session"}, "no session")
			a.status = http.StatusNotFound
			return a
		}
		return object(p.grant(), "online")
	case "/router/api/connection/activate/auto":
		return p.activate(r)
	}
	return missing(notFound)
}

// grant describes a session.
func (p *sncf) grant() fields {
	return fields{
		"active": true, "status_description": "identifier has existing grant", "granted_bandwidth": 100000,
		"remaining_data": 1024000, "consumed_data": 0, "next_reset": 1798761600000,
	}
}

// activate opens the Internet for a request with JSON.
func (p *sncf) activate(r *http.Request) reply {
	var sent fields
	if err := json.NewDecoder(r.Body).Decode(&sent); r.Method != http.MethodPost || err != nil {
		return page(http.StatusBadRequest, "", "no such call").as(DecisionDenied)
	}
	return object(fields{"travel": fields{"status": p.grant()}}, "activate").as(DecisionGranted)
}
