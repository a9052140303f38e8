package portaltest

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// Decision is what the gateway did with a request.
type Decision string

// The decisions.
const (
	DecisionIntercepted Decision = "intercepted" // answered in the place of a host beyond the gateway
	DecisionPage        Decision = "page"        // a page of the portal that changes nothing
	DecisionGranted     Decision = "granted"     // the session began
	DecisionDenied      Decision = "denied"      // a login was refused
	DecisionKept        Decision = "kept alive"  // the session was told that the client is still there
	DecisionLoggedOff   Decision = "logged off"  // the session ended because the client asked for it
	DecisionInternet    Decision = "internet"    // passed on to what lies behind the gateway
)

// Request is one line of the request log. It names fields but holds no value of
// one, so a log can be printed whole.
type Request struct {
	Time     time.Time
	Method   string
	Host     string   // with the port where it is not the scheme's own
	Path     string   // without the query
	Fields   []string // names in query and body, sorted, each once
	Decision Decision
	Detail   string // why, in a few words
}

// logged makes the log line of r; of a form in the body it knows what has been parsed.
func logged(r *http.Request) Request {
	form := r.Form
	if form == nil {
		form = r.URL.Query()
	}
	fields := slices.Sorted(maps.Keys(form))
	return Request{Time: time.Now(), Method: r.Method, Host: hostOf(r), Path: r.URL.Path, Fields: fields}
}
