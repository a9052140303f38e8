package portaltest

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
)

// reply is a response before it is sent.
type reply struct {
	status   int
	header   http.Header
	body     string
	empty    bool // no response: the connection is closed
	decision Decision
	detail   string
}

// page is a reply with an HTML page that changes nothing.
func page(code int, body, detail string) reply {
	header := http.Header{"Content-Type": {"text/html"}, "Cache-Control": {"no-store"}}
	return reply{status: code, header: header, body: body, decision: DecisionPage, detail: detail}
}

// show is a reply with a page of the directory pages, filled in, that changes nothing.
func show(name, detail string, facts map[string]string) reply {
	return page(http.StatusOK, render(name, facts), detail)
}

// missing is the reply for a path that the portal does not have.
func missing(body string) reply { return page(http.StatusNotFound, body, "no such page") }

// The body that many servers send with status 404.
const notFound = "<h1>404 Not Found</h1>"

// redirect is a reply that redirects and changes nothing.
func redirect(code int, location, detail string) reply {
	return reply{status: code, header: http.Header{"Location": {location}}, decision: DecisionPage, detail: detail}
}

// as returns the reply with another decision.
func (a reply) as(decision Decision) reply {
	a.decision = decision
	return a
}

// with returns the reply with a header field.
func (a reply) with(name, value string) reply {
	a.header.Set(name, value)
	return a
}

// write sends the reply.
func (a reply) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body)) // errs if the client hung up
}

// fields are a JSON object.
type fields = map[string]any

// encode writes a JSON object.
func encode(content fields) string {
	body, err := json.Marshal(content)
	if err != nil {
		panic(err) // cannot happen: objects hold strings, numbers, objects and lists
	}
	return string(body)
}

// object is a reply with a JSON object that changes nothing.
func object(content fields, detail string) reply {
	return page(http.StatusOK, encode(content), detail).with("Content-Type", "application/json")
}

// captiveJSON is the media type of RFC 8908. Gateways compare the whole Accept header with it.
const captiveJSON = "application/captive+json"

// wantsAPI reports whether a request asks for the captive portal API.
func wantsAPI(r *http.Request) bool { return r.Header.Get("Accept") == captiveJSON }

// document is a reply with a captive portal API document (RFC 8908, section 5).
func document(body string) reply {
	header := http.Header{"Content-Type": {captiveJSON}, "Cache-Control": {"private"}}
	return reply{status: http.StatusOK, header: header, body: body, decision: DecisionPage, detail: "captive portal API"}
}

// state is the document of a portal whose login page is at url.
func state(url string, now status) reply {
	doc := fields{"captive": !now.online, "user-portal-url": url}
	if now.online && now.remaining > 0 {
		doc["seconds-remaining"] = math.Floor(now.remaining.Seconds())
	}
	return document(encode(doc))
}
