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
	DecisionIntercepted Decision = "intercepted" // answered in place of a host beyond the gateway
	DecisionPage        Decision = "page"        // a page of the portal that changes nothing
	DecisionGranted     Decision = "granted"     // the session began
	DecisionDenied      Decision = "denied"      // a login was refused
	DecisionKept        Decision = "kept alive"  // a keepalive: the client is still there
	DecisionLoggedOff   Decision = "logged off"  // the session ended because the client asked for it
	DecisionInternet    Decision = "internet"    // passed on to the Internet
)

// Request is one line of the request log. It has the names of fields but not their
// values, so a log may be printed.
type Request struct {
	Time     time.Time
	Method   string
	Host     string   // with the port unless it is the default of the scheme
	Path     string   // without the query
	Fields   []string // names in query and body, sorted, each once
	Decision Decision
	Detail   string // why, in a few words
}

// logged returns the log line of r. Its fields include those of the body if it was parsed.
func logged(r *http.Request) Request {
	form := r.Form
	if form == nil {
		form = r.URL.Query()
	}
	fields := slices.Sorted(maps.Keys(form))
	return Request{Time: time.Now(), Method: r.Method, Host: hostOf(r), Path: r.URL.Path, Fields: fields}
}
