package builtin

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// sessionGateway is the name of the capture with the gateway's address and port.
const sessionGateway = "gateway"

// chilliState is an answer of the JSON interface (CoovaChilli, json/status).
type chilliState struct {
	ClientState *int   `json:"clientState"` // 1: logged in
	Challenge   string `json:"challenge"`
	Message     string `json:"message"`
	Session     struct {
		Timeout float64 `json:"sessionTimeout"` // seconds from login to the end; 0: no end
	} `json:"session"`
	Accounting struct {
		Time float64 `json:"sessionTime"` // seconds since the login
	} `json:"accounting"`
}

// chilliOnline is the clientState of a client that is logged in.
const chilliOnline = 1

// errNoJSON is the error of a gateway without the interface.
var errNoJSON = errors.New("the gateway has no JSON interface; a pack may log in over its page")

// Authenticate answers the gateway's challenge. The response is derived from the password, so
// it is a secret, and the gateway speaks plain http: it is sent only if the user allowed that.
func (c CoovaChilli) Authenticate(ctx context.Context, job plugins.Job) (flow.Result, error) {
	ctx, stop := context.WithTimeout(ctx, portal.FlowTimeout)
	defer stop()
	lead, ok := leadOf(job.Evidence)
	if !ok || lead.secret {
		return unsupported("status", "only the portal page can log in to this gateway"), nil
	}
	session, err := job.Open([]string{"@gateway"}, nil)
	if err != nil {
		return flow.Result{}, err
	}
	account := lookUpAccount(job, session)
	state, err := askChilli(ctx, job, session, "status", lead.url("status"))
	switch {
	case errors.Is(err, errNoJSON):
		return unsupported("status", err.Error()), nil
	case err != nil:
		return flow.Result{}, err
	case *state.ClientState == chilliOnline:
		return state.loggedIn(job, lead, "the gateway says that the client is logged in already"), nil
	}
	if result, isWanting, err := account.wanting("logon"); isWanting {
		return result, err
	}
	response, err := chap(state.Challenge, account.password)
	if err != nil {
		return flow.Result{}, err
	}
	session.Declare(response)
	address := lead.url("logon", "username", account.user.Reveal(), "response", response.Reveal())
	return c.logon(ctx, job, session, lead, address)
}

// serverWait is the shortest time after which a gateway that tells nothing is taken to have waited
// in vain for its authentication server. That takes 50 s by default; a refusal, with the delay
// of FreeRADIUS, a second or two.
const serverWait = 10 * time.Second

// logon sends the response. Some gateways close the connection instead of refusing, so without
// a reply it asks for the state and does not try again.
func (CoovaChilli) logon(ctx context.Context, job plugins.Job, session *portal.Session, lead lead, address string) (flow.Result, error) {
	began := now(job)
	state, err := askChilli(ctx, job, session, "logon", address)
	waited := now(job).Sub(began)
	if _, refused := errors.AsType[*portal.SecretError](err); refused || ctx.Err() != nil {
		return flow.Result{}, err
	}
	said := state.Message
	isDown := said == "" && waited >= serverWait
	if err != nil {
		said = "it closed the connection without a reply"
		if state, err = askChilli(ctx, job, session, "settle", lead.url("status")); err != nil {
			return flow.Result{}, err
		}
	}
	if *state.ClientState == chilliOnline {
		return state.loggedIn(job, lead, quoted("the gateway says that the client is logged in", said)), nil
	}
	if isDown {
		return flow.Result{Outcome: flow.Later, Cause: flow.CauseUnreachable, Step: "logon", Reason: quoted("the gateway's authentication server does not answer", said)}, nil
	}
	return flow.Result{Outcome: flow.Denied, Step: "logon", Reason: quoted("the gateway refuses the login", said)}, nil
}

// askChilli sends one command. The error is [errNoJSON] if the answer is not a state.
func askChilli(ctx context.Context, job plugins.Job, session *portal.Session, step, address string) (chilliState, error) {
	session.SetStep(step)
	progress(job, step)
	page, err := session.Open(ctx, address)
	if err != nil {
		return chilliState{}, err
	}
	state, err := parseChilli(page.Body)
	state.Message = shorten(session.Redact(state.Message)) // in this order: half a secret is not recognised
	return state, err
}

func parseChilli(body string) (chilliState, error) {
	var state chilliState
	if err := json.Unmarshal([]byte(body), &state); err != nil || state.ClientState == nil {
		return chilliState{}, errNoJSON
	}
	return state, nil
}

// chap returns the response to a challenge: the MD5 of an identifier, here 0, the password and
// the challenge (RFC 1994, section 4.1).
func chap(challenge string, password portal.Value) (portal.Value, error) {
	raw, err := hex.DecodeString(challenge)
	if err != nil || len(raw) == 0 {
		return portal.Value{}, fmt.Errorf("answer challenge of %d characters: not hexadecimal", len(challenge))
	}
	sum := md5.Sum(append(append([]byte{0}, password.Reveal()...), raw...))
	return portal.Secret(hex.EncodeToString(sum[:])), nil
}

// loggedIn is the result of a login that succeeded according to the gateway.
func (s chilliState) loggedIn(job plugins.Job, lead lead, reason string) flow.Result {
	result := flow.Result{
		Outcome: flow.Submitted, Step: "logon", Reason: reason,
		Captures: map[string]string{sessionGateway: lead.gateway.String()},
	}
	if left := s.Session.Timeout - s.Accounting.Time; s.Session.Timeout > 0 && left > 0 {
		result.Expires = time.Duration(min(left, maxSessionTime.Seconds()) * float64(time.Second))
		result.Captures[sessionEnds] = now(job).Add(result.Expires).UTC().Format(time.RFC3339)
	}
	return result
}

// maxSessionTime limits the session time that a gateway can announce.
const maxSessionTime = 7 * 24 * time.Hour

// Maintain sends nothing, since the gateway needs no keepalive, and keeps the expiry.
func (CoovaChilli) Maintain(_ context.Context, job plugins.Job) (flow.Result, error) {
	return keep(job), nil
}

// Logoff asks the gateway that logged in.
func (CoovaChilli) Logoff(ctx context.Context, job plugins.Job) (flow.Result, error) {
	gateway, err := netip.ParseAddrPort(job.Session[sessionGateway])
	if err != nil {
		return unsupported("logoff", "no login is known to log off from"), nil
	}
	lead := lead{gateway: gateway}
	session, err := job.Open([]string{"@gateway"}, nil)
	if err != nil {
		return flow.Result{}, err
	}
	state, err := askChilli(ctx, job, session, "logoff", lead.url("logoff"))
	switch {
	case err != nil:
		return flow.Result{}, err
	case *state.ClientState == chilliOnline:
		return flow.Result{Outcome: flow.Denied, Step: "logoff", Reason: "the gateway says that the client is still logged in"}, nil
	}
	return flow.Result{Outcome: flow.Submitted, Step: "logoff", Reason: "the gateway says that the client is logged off"}, nil
}
