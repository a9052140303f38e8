package builtin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// Srun is the built-in helper for srun's portals, as many campuses have them. Their page encrypts
// the account with a cipher of its own, which no flow can. The protocol is known from login scripts.
type Srun struct{}

// SrunName is the name of the built-in helper.
const SrunName = "srun"

// The captures of a session.
const (
	srunPortal  = "portal"
	srunUser    = "user"
	srunAddress = "address"
	srunGateway = "ac_id"
)

// Name is SrunName.
func (Srun) Name() string { return SrunName }

// Inputs returns the inputs of an account.
func (Srun) Inputs() []flow.Input { return account() }

// weightSrun is the weight of one condition on pages in package claims.
const weightSrun = 16

// Claim is high for the address of srun's page, else none.
func (Srun) Claim(_ context.Context, facts *claims.Facts) claims.Claim {
	claim := claims.Claim{Helper: SrunName, Label: "srun"}
	e := facts.Portal()
	if e == nil {
		claim.Reason = claims.ReasonNoPortal
		return claim
	}
	if _, ok := srunOf(*e); !ok {
		claim.Reason = "no address of a page of srun was seen"
		return claim
	}
	claim.Confidence, claim.Specificity = claims.High, weightSrun
	claim.Rule = "the address of a page of srun (srun_portal)"
	return claim
}

// srunPage is the address of a portal: its origin, and which gateway asks (ac_id).
type srunPage struct{ origin, gateway string }

// srunField matches the gateway in the page: a hidden field, or a setting of its script.
var srunField = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:name="ac_id"[^>]{0,100}value="|acid["']?\s{0,10}:\s{0,10}["'])([0-9]{1,9})["']`)
})

// srunOf finds the portal in the answers to a probe: the page is /srun_portal_pc or the like. The
// gateway is in the address of the page, in that of an earlier one, or in the page; else it is 1.
func srunOf(e probe.Evidence) (srunPage, bool) {
	var found srunPage
	for _, hop := range e.Hops {
		u, err := url.Parse(hop.URL)
		if err != nil {
			continue
		}
		if strings.HasPrefix(u.Path, "/srun_portal") {
			found.origin = u.Scheme + "://" + u.Host
		}
		if number := u.Query().Get("ac_id"); isNumber(number) {
			found.gateway = number
		}
	}
	if found.origin == "" {
		return found, false // without reading the pages of other portals
	}
	if found.gateway == "" {
		found.gateway = srunGatewayIn(e.Hops)
	}
	return found, true
}

// srunGatewayIn returns the gateway in the first page that has one, else 1.
func srunGatewayIn(hops []probe.Hop) string {
	for _, hop := range hops {
		if m := srunField().FindStringSubmatch(hop.Body); m != nil {
			return m[1]
		}
	}
	return "1"
}

func isNumber(text string) bool {
	_, err := strconv.ParseUint(text, 10, 32)
	return err == nil
}

// url is the address of a command with parameters, as name, value, name, value.
func (p srunPage) url(command string, parameters ...string) string {
	query := url.Values{"callback": {"jsonp"}}
	for i := 0; i < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
	}
	return p.origin + "/cgi-bin/" + command + "?" + query.Encode()
}

// srunReply is the answer to a command.
type srunReply struct {
	Error     string          `json:"error"` // ok: done
	Code      json.RawMessage `json:"ecode"` // 0, or a string of E and digits
	Message   string          `json:"error_msg"`
	Challenge string          `json:"challenge"`
	Address   string          `json:"client_ip"`
	Online    string          `json:"online_ip"`
	User      string          `json:"user_name"`

	shownError, shownMessage string // Error and Message without secrets, each in one line
}

// errSrun is the error of an answer that is no srun's.
var errSrun = errors.New("read the portal's answer: not JSON with an error in a call")

// srunClient talks to one portal.
type srunClient struct {
	job     plugins.Job
	session *portal.Session
	page    srunPage
}

// ask sends one command.
func (c srunClient) ask(ctx context.Context, step, address string) (srunReply, error) {
	c.session.SetStep(step)
	progress(c.job, step)
	page, err := c.session.Open(ctx, address)
	if err != nil {
		return srunReply{}, err
	}
	reply, err := parseSrun(page.Body)
	// In this order: half a secret is not recognised.
	reply.shownError, reply.shownMessage = shorten(c.session.Redact(reply.Error)), shorten(c.session.Redact(reply.Message))
	return reply, err
}

// parseSrun reads name({…}).
func parseSrun(body string) (srunReply, error) {
	_, text, _ := strings.Cut(body, "(")
	text = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(text), ";"), ")")
	var reply srunReply
	if err := json.Unmarshal([]byte(text), &reply); err != nil || reply.Error == "" {
		return srunReply{}, errSrun
	}
	return reply, nil
}

// srunOK is the error of an answer that is none.
const srunOK = "ok"

// Authenticate asks for a challenge, and logs in.
func (Srun) Authenticate(ctx context.Context, job plugins.Job) (flow.Result, error) {
	ctx, stop := context.WithTimeout(ctx, portal.FlowTimeout)
	defer stop()
	found, ok := srunOf(job.Evidence)
	if !ok {
		return unsupported("status", "no address of a page of srun was seen"), nil
	}
	session, err := job.Open([]string{"@start"}, nil)
	if err != nil {
		return flow.Result{}, err
	}
	c, account := srunClient{job: job, session: session, page: found}, lookUpAccount(job, session)
	status, err := c.ask(ctx, "status", found.url("rad_user_info"))
	switch {
	case err != nil:
		return flow.Result{}, err
	case status.Error == srunOK:
		return c.submitted(status.User, status.Online, "already logged in"), nil
	}
	if result, isWanting, err := account.wanting("login"); isWanting {
		return result, err
	}
	return c.login(ctx, account.user.Reveal(), account.password)
}

// login asks for the challenge, which also tells the client's address, and answers it. All that is
// computed of the password is a secret, and stands in a URL. So is a stored user name, from the first request on:
// the session knows it.
func (c srunClient) login(ctx context.Context, user string, password portal.Value) (flow.Result, error) {
	given, err := c.ask(ctx, "challenge", c.page.url("get_challenge", "username", user, "ip", ""))
	switch {
	case err != nil:
		return flow.Result{}, err
	case given.Challenge == "" || given.Address == "":
		return unsupported("challenge", quoted("the portal gives no challenge", given.shownMessage)), nil
	}
	login := srunLogin{user: user, password: password.Reveal(), address: given.Address, gateway: c.page.gateway, challenge: given.Challenge}
	s, err := login.seal()
	if err != nil {
		return flow.Result{}, err
	}
	c.session.Declare(portal.Secret(s.password), portal.Secret("{MD5}"+s.password), portal.Secret(s.info), portal.Secret(s.checksum))
	reply, err := c.ask(ctx, "login", c.page.url("srun_portal", "action", "login", "username", user, "password", "{MD5}"+s.password,
		"ac_id", login.gateway, "ip", login.address, "info", s.info, "chksum", s.checksum,
		"n", srunN, "type", srunType, "os", "Linux", "name", "Linux", "double_stack", "0"))
	if err != nil {
		return flow.Result{}, err
	}
	if reply.Error == srunOK || strings.Contains(reply.Error, "already_online") {
		return c.submitted(user, login.address, "the portal says that the client is logged in"), nil
	}
	return reply.refusal(), nil
}

// submitted is the result of a login that worked, with what a logoff needs.
func (c srunClient) submitted(user, address, reason string) flow.Result {
	return flow.Result{Outcome: flow.Submitted, Step: "login", Reason: reason, Captures: map[string]string{
		srunPortal: c.page.origin, srunUser: user, srunAddress: address, srunGateway: c.page.gateway,
	}}
}

// The codes of limits that pass, and how long they take if that is known.
func srunLimits() map[string]time.Duration {
	return map[string]time.Duration{
		"E2532": 10 * time.Second, // two attempts in a row
		"E2533": 5 * time.Minute,  // too many attempts
		"E2620": 0,                // too many devices, or on another one
	}
}

// refusal is the result of a login that the portal refuses. Codes tell, in any language.
func (r srunReply) refusal() flow.Result {
	var code string
	if json.Unmarshal(r.Code, &code) != nil || code == "" {
		code, _, _ = strings.Cut(r.Message, ":")
	}
	result := flow.Result{Outcome: flow.Denied, Step: "login", Reason: quoted("the portal refuses the login ("+r.shownError+")", r.shownMessage)}
	after, limited := srunLimits()[code]
	switch {
	case limited:
		result.Outcome, result.After, result.Reason = flow.Later, after, quoted("the portal limits logins now ("+code+")", r.shownMessage)
	case r.Error == "speed_limit_error" || strings.Contains(r.Message, "respond timeout"):
		result.Outcome, result.Reason = flow.Later, quoted("the portal is busy", r.shownMessage)
	case r.Error == "sign_error" || r.Error == "auth_info_error":
		return unsupported("login", quoted("the portal wants another cipher ("+r.shownError+")", r.shownMessage))
	}
	return result
}

// Maintain does nothing: the portal needs no keepalive.
func (Srun) Maintain(_ context.Context, job plugins.Job) (flow.Result, error) { return keep(job), nil }

// Logoff asks the portal that logged in.
func (Srun) Logoff(ctx context.Context, job plugins.Job) (flow.Result, error) {
	page := srunPage{origin: job.Session[srunPortal], gateway: job.Session[srunGateway]}
	if page.origin == "" {
		return unsupported("logoff", "no login is known to log off from"), nil
	}
	session, err := job.Open([]string{"@start"}, nil)
	if err != nil {
		return flow.Result{}, err
	}
	c, account := srunClient{job: job, session: session, page: page}, lookUpAccount(job, session)
	user := cmp.Or(job.Session[srunUser], account.user.Reveal()) // a secret is not remembered over a restart
	reply, err := c.ask(ctx, "logoff", page.url("srun_portal", "action", "logout",
		"username", user, "ip", job.Session[srunAddress], "ac_id", page.gateway))
	switch {
	case err != nil:
		return flow.Result{}, err
	case reply.Error != srunOK && reply.Error != "logout_ok" && !strings.Contains(reply.Message, "not online"):
		return flow.Result{Outcome: flow.Denied, Step: "logoff", Reason: quoted("the portal does not log off ("+reply.shownError+")", reply.shownMessage)}, nil
	}
	return flow.Result{Outcome: flow.Submitted, Step: "logoff", Reason: "the portal says that the client is logged off"}, nil
}
