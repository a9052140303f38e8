package signin_test

import (
	"crypto/md5"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
)

// venue is a portal of a few pages, by host and path. Each time that it is asked for its first page it
// makes a new token, which must be sent back.
type venue struct {
	pages  map[string]string
	login  string // host and path
	done   string // what the page after the login has; empty: nothing else
	admits func(r *http.Request, token string) bool

	mu     sync.Mutex
	open   bool
	token  string
	served []string // the bodies of pages
	others []string // hosts that no page leads to, and that were asked
	log    []string // of requests, for a test that fails
}

const venueHost = "wifi.venue.test"

// Transport takes each request to the venue.
func (v *venue) Transport() http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		v.ServeHTTP(w, r)
		return w.Result(), nil
	})
}

// Gateway is no host of the portal.
func (v *venue) Gateway() netip.Addr { return netip.MustParseAddr("192.0.2.1") }

// Captive reports whether nobody logged in.
func (v *venue) Captive() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.open
}

// forget ends the session.
func (v *venue) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.open = false
}

// ServeHTTP answers a client of a proxy.
func (v *venue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if r.URL.Host != "" {
		host = r.URL.Host
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	_ = r.ParseMultipartForm(1 << 20) // the form is empty if it errs
	v.log = append(v.log, fmt.Sprintf("%s %s%s %v, token %s", r.Method, host, r.URL.Path, r.Form, v.token))
	switch at := host + r.URL.Path; {
	case host != "check.test" && !strings.HasSuffix(host, "venue.test") && !strings.HasSuffix(host, "partner.test"):
		v.others = append(v.others, host)
		w.WriteHeader(http.StatusBadGateway)
	case at == v.login:
		v.open = v.open || v.admits(r, v.token)
		v.serve(w, "<!DOCTYPE html><p>Thank you."+v.done)
	case v.pages[at] != "":
		if at == venueHost+"/" {
			v.token = fmt.Sprintf("t%08d", rand.IntN(1e8))
		}
		page := strings.ReplaceAll(v.pages[at], "TOKEN", v.token)
		switch {
		case strings.HasPrefix(page, "<"):
			page = "<!DOCTYPE html><meta charset=utf-8>" + page
		case strings.HasSuffix(at, ".js"):
			w.Header().Set("Content-Type", "text/javascript")
			w.Header().Set("Cache-Control", "max-age=3600")
		default:
			w.Header().Set("Content-Type", "application/json")
		}
		v.serve(w, page)
	case host != "check.test":
		http.NotFound(w, r)
	case v.open:
		w.WriteHeader(http.StatusNoContent)
	default:
		http.Redirect(w, r, "http://"+venueHost+"/", http.StatusFound)
	}
}

// checkWindow fails if a page was not recorded, or if the browser asks others for something.
func (v *venue) checkWindow(t *testing.T, b *driven) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.others) > 0 {
		t.Errorf("the browser asks %q", v.others)
	}
	bodies := b.recorded()
	for _, page := range v.served {
		if !slices.Contains(bodies, page) {
			t.Errorf("not recorded: %.200s", page)
		}
	}
}

// serve sends a page.
func (v *venue) serve(w io.Writer, page string) {
	v.served = append(v.served, page)
	_, _ = io.WriteString(w, page) // errs if the browser hung up
}

// has returns a function that admits who sends the fields and the token of the venue.
func has(fields map[string]string) func(*http.Request, string) bool {
	return func(r *http.Request, token string) bool {
		for name, value := range fields {
			if r.FormValue(name) != value {
				return false
			}
		}
		return r.FormValue("token") == token
	}
}

// What portals are made of besides a form on one page: pop-ups, frames, several pages, choices, scripts.
func TestShapes(t *testing.T) {
	require(t)
	account := map[string]string{"user": who.User, "pin": who.Password}
	const fields = `<input type=hidden name=token value=TOKEN><label>User <input name=user></label><label>PIN <input name=pin type=password></label>`
	digest := func(token string) string { return fmt.Sprintf("%x", md5.Sum([]byte(token+who.Password))) }
	for name, test := range map[string]struct {
		*venue
		inputs []string
	}{
		"a frame of another host": {&venue{login: "frame.venue.test/go", admits: has(account), pages: map[string]string{
			venueHost + "/":       `<iframe src="http://frame.venue.test/in?token=TOKEN" width=600 height=400></iframe>`,
			"frame.venue.test/in": `<form method=post action=/go>` + fields + `<button>Log in</button></form>`,
		}}, []string{"user", "pin"}},
		"a frame of another site": {&venue{login: "partner.test/go", admits: has(account), pages: map[string]string{
			venueHost + "/":   `<iframe src="http://partner.test/in?token=TOKEN" width=600 height=400></iframe>`,
			"partner.test/in": `<form method=post action=/go>` + fields + `<button>Log in</button></form>`,
		}}, []string{"user", "pin"}},
		"a frame that is removed": {&venue{login: "partner.test/go", done: `<script>parent.postMessage("done", "*")</script>`, admits: has(account), pages: map[string]string{
			venueHost + "/":   `<iframe src="http://partner.test/in?token=TOKEN" width=600 height=400></iframe><script>onmessage = () => document.querySelector("iframe").remove()</script>`,
			"partner.test/in": `<form method=post action=/go>` + fields + `<button>Log in</button></form>`,
		}}, []string{"user", "pin"}},
		"a pop-up that closes": {&venue{login: venueHost + "/go", done: `<script>close()</script>`, admits: has(account), pages: map[string]string{
			venueHost + "/":   `<button onclick="open('/in', 'in', 'width=600')">Log in</button>`,
			venueHost + "/in": `<form method=post action=/go>` + fields + `<button>Connect</button></form>`,
		}}, []string{"user", "pin"}},
		"a pop-up of another site": {&venue{login: "partner.test/go", admits: has(account), pages: map[string]string{
			venueHost + "/":   `<a href="http://partner.test/in?token=TOKEN" target=_blank>Log in</a>`,
			"partner.test/in": `<form method=post action=/go>` + fields + `<button>Connect</button></form>`,
		}}, []string{"user", "pin"}},
		"pages that lead on at once": {&venue{login: "partner.test/go", admits: has(account), pages: map[string]string{
			venueHost + "/":               `<script>location.replace("http://two.partner.test/?token=TOKEN")</script>`,
			"two.partner.test/":           `<meta http-equiv=refresh content="0; url=http://three.third.partner.test/in?token=TOKEN">`,
			"three.third.partner.test/in": `<body onload="document.forms[0].submit()"><form method=post action="http://partner.test/in"><input type=hidden name=token value=TOKEN></form>`,
			"partner.test/in":             `<form method=post action=/go>` + fields + `<button>Connect</button></form>`,
		}}, []string{"user", "pin"}},
		"a call before the page is left": {&venue{login: "partner.test/go", admits: has(account), pages: map[string]string{
			venueHost + "/": `<form method=post action="http://partner.test/go"><input type=hidden name=token id=t><label>User <input name=user></label><label>PIN <input name=pin type=password></label><button type=button onclick="go(this.form)">Log in</button></form>
				<script>async function go(form) { t.value = (await (await fetch("/ticket", {method: "POST"})).json()).ticket; form.submit() }</script>`,
			venueHost + "/ticket": `{"ticket": "TOKEN"}`,
		}}, []string{"user", "pin"}},
		"a pop-up": {&venue{login: venueHost + "/go", admits: has(account), pages: map[string]string{
			venueHost + "/":   `<button onclick="open('/in', 'in', 'width=600')">Log in</button>`,
			venueHost + "/in": `<form method=post action=/go>` + fields + `<button>Connect</button></form>`,
		}}, []string{"user", "pin"}},
		"several pages": {&venue{login: venueHost + "/go", admits: has(account), pages: map[string]string{
			venueHost + "/":    `<a href=/one>Connect</a>`,
			venueHost + "/one": `<form action=/two><input type=hidden name=token value=TOKEN><label>User <input name=user></label><button>Next</button></form>`,
			venueHost + "/two": `<script>const q = new URLSearchParams(location.search)</script><form method=post action=/go><label>PIN <input name=pin type=password></label><input type=hidden name=user id=u><input type=hidden name=token id=t><button>Log in</button></form><script>u.value = q.get("user"); t.value = q.get("token")</script>`,
		}}, []string{"user", "pin"}},
		"choices": {&venue{login: venueHost + "/go", admits: has(map[string]string{"user": who.User, "plan": "free", "stay": "2", "agree": "yes"}), pages: map[string]string{
			venueHost + "/": `<form method=post action=/go><input type=hidden name=token value=TOKEN><label>User <input name=user></label>
				<label><input type=radio name=plan value=free> Free</label><label><input type=radio name=plan value=fast> Fast</label>
				<select name=stay><option value=1>1 day<option value=2 selected>2 days</select>
				<label><input type=checkbox name=agree value=yes> I agree to the terms</label><button>Log in</button></form>`,
		}}, []string{"user"}},
		"a script that posts": {&venue{login: venueHost + "/api", admits: has(account), pages: map[string]string{
			venueHost + "/": `<input type=hidden id=t value=TOKEN><label>User <input id=a></label><label>PIN <input id=b type=password></label>
				<button onclick="go()">Log in</button><script>function go() { fetch("/api", {method: "POST", body: new URLSearchParams({token: t.value, user: a.value, pin: b.value})}) }</script>`,
		}}, []string{"user", "pin"}},
		"a form with files": {&venue{login: venueHost + "/go", admits: has(account), pages: map[string]string{
			venueHost + "/": `<form method=post enctype=multipart/form-data action=/go>` + fields + `<button>Log in</button></form>`,
		}}, []string{"user", "pin"}},
		"a shadow tree": {&venue{login: venueHost + "/go", admits: has(account), pages: map[string]string{
			venueHost + "/": `<div id=host></div><script>var token = "TOKEN"; const root = host.attachShadow({mode: "open"});
				root.innerHTML = '<label>User <input id=a></label><label>PIN <input id=b type=password></label><button>Log in</button>';
				root.querySelector("button").onclick = () => { const s = (n) => root.getElementById(n).value; fetch("/go", {method: "POST", body: new URLSearchParams({token: token, user: s("a"), pin: s("b")})}) }</script>`,
		}}, []string{"user", "pin"}},
		"a digest, by a file that is cached": {&venue{login: venueHost + "/go", admits: func(r *http.Request, token string) bool {
			return r.FormValue("user") == who.User && r.FormValue("h") == digest(token)
		}, pages: map[string]string{
			venueHost + "/": `<script src=/digest.js></script><a href=/in?token=TOKEN>Connect</a>`,
			venueHost + "/in": `<script src=/digest.js></script><label>User <input id=a></label><label>PIN <input id=b type=password></label><button onclick="go()">Log in</button>
				<script>var token = "TOKEN"; function go() { fetch("/go", {method: "POST", body: new URLSearchParams({user: a.value, h: hexMD5(token + b.value)})}) }</script>`,
			venueHost + "/digest.js": md5Script,
		}}, []string{"user", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := test.venue
			server := httptest.NewServer(proxied(v))
			defer server.Close()
			b := startWindow(t, server.Listener.Addr().String())
			c, did, err := b.signIn(t, v, who)
			if err != nil {
				t.Fatalf("%v\n%s\n%s", err, strings.Join(did, "\n"), strings.Join(v.log, "\n"))
			}
			v.checkWindow(t, b)
			r, err := remember(t, c)
			if err != nil {
				t.Fatal(err, did)
			}
			var inputs []string
			for input := range r.inputs {
				inputs = append(inputs, input)
			}
			slices.Sort(inputs)
			slices.Sort(test.inputs)
			v.forget()
			if err := r.logIn(t, v, &sentTo{}); err != nil || !slices.Equal(inputs, test.inputs) {
				t.Errorf("%v; inputs %q; unsure: %q\n%s", err, inputs, r.unsure, r.text)
			}
		})
	}
}
