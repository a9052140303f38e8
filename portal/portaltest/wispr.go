package portaltest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// KindWISPr is an access network of a roaming operator. Programs log in to it, and people
// can too. The seed draws the version of WISPr and its variations.
const KindWISPr Kind = "wispr"

// The hosts of the operator and of the gateway.
const (
	wisprOperator = "login.roaming.test"
	wisprGateway  = gatewayAddress
)

// wispr answers as the two specifications require.
type wispr struct {
	base
	operator string // origin of the operator's login
	traits   wisprTraits
	token    string // of the login in progress
	polls    int    // left to answer with "pending"
	verdict  bool   // what the poll will return
}

// wisprTraits are the variations that the seed draws.
type wisprTraits struct {
	Two      bool // offers WISPr 2.0
	Proxy    bool // sends to another address first
	Pending  bool // has no result at once
	InPage   bool // the message is in the page, not in the redirect to it
	NoAbort  bool // cannot abort a login
	Shouting bool // writes all names in capitals
}

func newWISPr(b base) site {
	p := &wispr{base: b, operator: b.origin(wisprOperator)}
	for _, trait := range []*bool{&p.traits.Two, &p.traits.Proxy, &p.traits.Pending, &p.traits.InPage, &p.traits.NoAbort, &p.traits.Shouting} {
		*trait = flip(b.random)
	}
	return site{
		portal: p,
		hosts:  []string{wisprGateway, wisprOperator},
		secure: []string{wisprOperator},
		url:    p.operator + "/start",
		login:  Login{User: "UserName", PIN: "Password", Logoff: "http://" + wisprGateway + "/logoff"},
		traits: p.traits.String(),
	}
}

// String names the traits.
func (t wisprTraits) String() string {
	version := "WISPr 1.0"
	if t.Two {
		version = "WISPr 2.0"
	}
	return describe([]string{version}, []trait{
		{t.Proxy, "proxy"},
		{t.Pending, "pending"},
		{t.InPage, "message in the page"},
		{t.NoAbort, "no abort"},
		{t.Shouting, "capitals"},
	}...)
}

func (p *wispr) forget() { p.token, p.polls = "", 0 }

// message writes a message, its names in capitals if the seed drew that.
func (p *wispr) message(kind string, messageType, code int, more ...element) string {
	if !p.traits.Shouting {
		return wisprMessage(kind, messageType, code, more...)
	}
	more = slices.Clone(more)
	for i := range more {
		more[i].name = strings.ToUpper(more[i].name)
	}
	return wisprMessage(strings.ToUpper(kind), messageType, code, more...)
}

func (p *wispr) intercept(*http.Request) reply {
	if p.traits.InPage {
		return redirect(http.StatusFound, p.operator+"/start", "to the operator")
	}
	return redirectWith(p.operator+"/start", p.first(), "to the operator")
}

// first is the first message that a client gets.
func (p *wispr) first() string {
	if p.traits.Proxy {
		return p.message("Proxy", 110, 200, element{"NextURL", "http://" + wisprGateway + "/next?a=1&b=2"}, element{"Delay", "3"})
	}
	return p.redirect()
}

// redirect is the message with the login URL.
func (p *wispr) redirect() string {
	more := []element{
		{"AccessProcedure", "1.0"},
		{"AccessLocation", "isocc=de,cc=49,ac=30,network=roaming"},
		{"LocationName", "Roaming_Hall"},
		{"LoginURL", p.operator + "/login?venue=7&amp;lang=en"},
	}
	if !p.traits.NoAbort {
		more = append(more, element{"AbortLoginURL", "http://" + wisprGateway + "/abort"})
	}
	if p.traits.Two {
		more = append(more, element{"VersionHigh", "2.0"}, element{"VersionLow", "1.0"}, element{"EAPMsg", "AQEABQE="})
	}
	return p.message("Redirect", 100, 0, more...)
}

func (p *wispr) answer(r *http.Request, now status) reply {
	switch hostOf(r) + r.URL.Path {
	case wisprOperator + "/start":
		return p.show(p.first(), "start")
	case wisprOperator + "/login":
		return p.login(r, now)
	case wisprGateway + "/next":
		return p.show(p.redirect(), "after the proxy")
	case wisprGateway + "/result":
		return p.result(r)
	case wisprGateway + "/abort":
		return p.abort(now)
	case wisprGateway + "/logoff":
		return p.show(p.message("LogoffReply", 130, 150), "logoff").as(DecisionLoggedOff)
	case wisprGateway + "/status":
		return p.show(p.message("StatusReply", 160, 0, element{"Status", "0"}), "status")
	}
	return missing(notFound)
}

// show is a page for people with a message in it.
func (p *wispr) show(message, detail string) reply {
	return page(http.StatusOK, "<html><head><title>Roaming</title></head>\n"+message+"<body><p>Welcome to Roaming Hall.</p></body></html>\n", detail)
}

// login checks credentials. A client that is online already gets an error code that says so.
func (p *wispr) login(r *http.Request, now status) reply {
	switch {
	case now.online:
		return p.show(p.message("AuthenticationReply", 120, 102, element{"ReplyMessage", "Already logged on"}), "already logged on")
	case r.Method != http.MethodPost || r.Form.Get("venue") != "7" || r.Form.Get("button") != "Login" || r.Form.Get("FNAME") != "0" || r.Form.Get("OriginatingServer") == "":
		return p.show(p.message("AuthenticationReply", 120, 254), "protocol error").as(DecisionDenied)
	case (r.Form.Get("WISPrVersion") == "2.0") != p.traits.Two:
		return p.show(p.message("AuthenticationReply", 120, 254), "wrong version").as(DecisionDenied)
	}
	good := p.admits(r.Form, "UserName", "Password")
	if p.traits.Pending {
		p.token, p.polls, p.verdict = digits(p.random, 16), 2, good
		return p.show(p.message("AuthenticationReply", 120, 201, element{"LoginResultsURL", p.results()}), "pending")
	}
	return p.outcome("AuthenticationReply", 120, good)
}

func (p *wispr) results() string { return "http://" + wisprGateway + "/result?id=" + p.token + "&n=1" }

// result answers a poll.
func (p *wispr) result(r *http.Request) reply {
	if p.token == "" || r.Form.Get("id") != p.token {
		return p.show(p.message("AuthenticationPollReply", 140, 255, element{"ReplyMessage", "no such login"}), "no such login")
	}
	if p.polls > 0 {
		p.polls--
		return p.show(p.message("AuthenticationPollReply", 140, 201, element{"LoginResultsURL", p.results()}, element{"Delay", "2"}), "still pending")
	}
	p.token = ""
	return p.outcome("AuthenticationPollReply", 140, p.verdict)
}

// outcome is the message with the result of a login. A refusal has two texts.
func (p *wispr) outcome(kind string, messageType int, good bool) reply {
	if !good {
		return p.show(p.message(kind, messageType, 100, element{"ReplyMessage", "Login failed."}, element{"ReplyMessage", "Ask your operator."}), "wrong user name or password").as(DecisionDenied)
	}
	more := []element{{"LogoffURL", "http://" + wisprGateway + "/logoff"}, {"ReplyMessage", "Welcome"}}
	if p.traits.Two {
		more = append(more, element{"StatusURL", "http://" + wisprGateway + "/status"}, element{"MaxSessionTime", fmt.Sprint(int(p.Session.Seconds()))})
	}
	return p.show(p.message(kind, messageType, 50, more...), "login").as(DecisionGranted)
}

// abort ends a login in progress; a login that succeeded stays.
func (p *wispr) abort(now status) reply {
	p.token = ""
	if now.online {
		return p.show(p.message("AbortLoginReply", 150, 50, element{"LogoffURL", "http://" + wisprGateway + "/logoff"}), "nothing to abort")
	}
	return p.show(p.message("AbortLoginReply", 150, 151), "login aborted")
}
