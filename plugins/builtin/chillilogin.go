package builtin

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// sessionGateway is where a session's gateway answers, as in an address of its own.
const sessionGateway = "gateway"

// chilliState is what the JSON interface tells (CoovaChilli, json/status).
type chilliState struct {
	ClientState *int   `json:"clientState"` // 1: logged in
	Challenge   string `json:"challenge"`
	Message     string `json:"message"`
	Session     struct {
		Timeout float64 `json:"sessionTimeout"` // seconds from login to the end; 0: without end
	} `json:"session"`
	Accounting struct {
		Time float64 `json:"sessionTime"` // seconds since the login
	} `json:"accounting"`
}

// chilliOnline is the state of a client that is logged in.
const chilliOnline = 1

// errNoJSON says that a gateway was built without the interface.
var errNoJSON = errors.New("the gateway has no JSON interface; a pack may log in over its page")

// Authenticate answers the gateway's challenge. The answer is made of the password, so it
// counts as a secret, and the gateway speaks plain http: it is sent only where the user
// allowed that.
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
	state, err := askChilli(ctx, job, session, "status", lead.url("status", nil))
	switch {
	case errors.Is(err, errNoJSON):
		return unsupported("status", err.Error()), nil
	case err != nil:
		return flow.Result{}, err
	case *state.ClientState == chilliOnline:
		return state.loggedIn(job, lead, "the gateway says that the client is logged in already"), nil
	}
	inputs, missing, err := lookUpAccount(job)
	switch {
	case err != nil:
		return flow.Result{}, err
	case missing.Name != "":
		return needsInput("logon", missing), nil
	}
	response, err := chap(state.Challenge, inputs[inputPassword])
	if err != nil {
		return flow.Result{}, err
	}
	session.Declare(inputs[inputPassword], response)
	query := url.Values{"username": {inputs[inputUser].Reveal()}, "response": {response.Reveal()}}
	return c.logon(ctx, job, session, lead, query)
}

// logon sends the answer. Some gateways close the connection where they should refuse,
// so no reply is no reason to try again before the gateway was asked what came of it.
func (CoovaChilli) logon(ctx context.Context, job plugins.Job, session *portal.Session, lead lead, query url.Values) (flow.Result, error) {
	state, err := askChilli(ctx, job, session, "logon", lead.url("logon", query))
	if _, refused := errors.AsType[*portal.SecretError](err); refused || ctx.Err() != nil {
		return flow.Result{}, err
	}
	said := session.Redact(state.Message)
	if err != nil {
		said = "it closed the connection without a reply"
		if state, err = askChilli(ctx, job, session, "settle", lead.url("status", nil)); err != nil {
			return flow.Result{}, err
		}
	}
	if *state.ClientState == chilliOnline {
		return state.loggedIn(job, lead, quoted("the gateway says that the client is logged in", said)), nil
	}
	return flow.Result{Outcome: flow.Denied, Step: "logon", Reason: quoted("the gateway refuses the login", said)}, nil
}

// askChilli sends one command. The error is errNoJSON where the answer is no state.
func askChilli(ctx context.Context, job plugins.Job, session *portal.Session, step, address string) (chilliState, error) {
	session.SetStep(step)
	progress(job, step)
	page, err := session.Open(ctx, address)
	if err != nil {
		return chilliState{}, err
	}
	return parseChilli(page.Body)
}

func parseChilli(body string) (chilliState, error) {
	var state chilliState
	if err := json.Unmarshal([]byte(body), &state); err != nil || state.ClientState == nil {
		return chilliState{}, errNoJSON
	}
	state.Message = shorten(state.Message)
	return state, nil
}

// chap is the answer to a challenge: the MD5 of an identifier, 0 where the request has
// none, the password and the challenge (RFC 1994, section 4.1).
func chap(challenge string, password portal.Value) (portal.Value, error) {
	octets, err := hex.DecodeString(challenge)
	if err != nil || len(octets) == 0 {
		return portal.Value{}, fmt.Errorf("answer challenge of %d characters: not in hexadecimal digits", len(challenge))
	}
	sum := md5.Sum(append(append([]byte{0}, password.Reveal()...), octets...))
	return portal.Secret(hex.EncodeToString(sum[:])), nil
}

// loggedIn is the result of a login that the gateway says succeeded.
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

// maxSessionTime is the longest session that a gateway is believed.
const maxSessionTime = 7 * 24 * time.Hour

// Maintain sends nothing: the gateway wants no keepalive. It keeps the expiry.
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
	state, err := askChilli(ctx, job, session, "logoff", lead.url("logoff", nil))
	switch {
	case err != nil:
		return flow.Result{}, err
	case *state.ClientState == chilliOnline:
		return flow.Result{Outcome: flow.Denied, Step: "logoff", Reason: "the gateway says that the client is still logged in"}, nil
	}
	return flow.Result{Outcome: flow.Submitted, Step: "logoff", Reason: "the gateway says that the client is logged off"}, nil
}
