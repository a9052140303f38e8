package builtin

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// Omada is the built-in helper for portals of TP-Link Omada controllers that only need a click.
// Their page encrypts the click, which no flow can. The protocol is known from a third party's
// login script (openwrt/packages, travelmate), not from a controller.
type Omada struct{}

// OmadaName is the name of the built-in helper.
const OmadaName = "omada"

// omadaTerms names what is accepted, which only the page shows.
const omadaTerms = "the terms on the page of the Omada portal"

// Name is OmadaName.
func (Omada) Name() string { return OmadaName }

// Terms is what a click accepts.
func (Omada) Terms() []string { return []string{omadaTerms} }

// weightOmada is the weight of one condition on pages in package claims.
const weightOmada = 16

// Claim is medium for the address of a controller's portal, else none. Only the controller
// knows whether a click is enough.
func (Omada) Claim(_ context.Context, facts *claims.Facts) claims.Claim {
	claim := claims.Claim{Helper: OmadaName, Label: "TP-Link Omada"}
	e := facts.Portal()
	if e == nil {
		claim.Reason = claims.ReasonNoPortal
		return claim
	}
	if _, ok := omadaOf(*e); !ok {
		claim.Reason = "no address of an Omada controller's portal was seen"
		return claim
	}
	claim.Confidence, claim.Specificity = claims.Medium, weightOmada
	claim.Rule = "the address of an Omada controller's portal (cid, ap, ssid, rid)"
	return claim
}

// omadaPortal is the content of a portal's address.
type omadaPortal struct {
	base   string // of the controller's commands: scheme, host and controller
	client map[string]any
}

// omadaOf finds the portal's address in the answers to a probe.
func omadaOf(e probe.Evidence) (omadaPortal, bool) {
	for _, hop := range e.Hops {
		if found, ok := parseOmada(hop.URL); ok {
			return found, true
		}
	}
	return omadaPortal{}, false
}

// parseOmada reads http://HOST:8088/CONTROLLER/portal?cid=…&ap=…&ssid=…&rid=…&u=….
func parseOmada(address string) (omadaPortal, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return omadaPortal{}, false
	}
	controller, found := strings.CutSuffix(u.Path, "/portal")
	query := u.Query()
	for _, name := range []string{"cid", "ap", "ssid", "rid"} {
		found = found && query.Get(name) != ""
	}
	radio, err := strconv.Atoi(query.Get("rid"))
	if !found || err != nil || strings.Count(controller, "/") != 1 || controller == "/" {
		return omadaPortal{}, false
	}
	return omadaPortal{
		base: u.Scheme + "://" + u.Host + controller + "/",
		client: map[string]any{
			"clientMac": query.Get("cid"), "apMac": query.Get("ap"), "ssidName": query.Get("ssid"),
			"radioId": radio, "originUrl": query.Get("u"),
		},
	}, true
}

// omadaReply is the answer of the controller to a command.
type omadaReply struct {
	ErrorCode *int   `json:"errorCode"` // 0: done
	Message   string `json:"msg"`
	Result    struct {
		Key      string `json:"key"`      // of pubKey: PEM
		AuthType *int   `json:"authType"` // of getPortalPageSetting; 0: a click
	} `json:"result"`
}

// omadaClick is the authType of a portal without credentials.
const omadaClick = 0

// Authenticate asks the controller for its key and the kind of portal, and clicks.
func (Omada) Authenticate(ctx context.Context, job plugins.Job) (flow.Result, error) {
	if refused, ok := refuseTerms(job, omadaTerms); ok {
		return refused, nil
	}
	ctx, stop := context.WithTimeout(ctx, portal.FlowTimeout)
	defer stop()
	found, ok := omadaOf(job.Evidence)
	if !ok {
		return unsupported("key", "no address of an Omada controller's portal was seen"), nil
	}
	session, err := job.Open([]string{"@start"}, nil)
	if err != nil {
		return flow.Result{}, err
	}
	c := omadaClient{job: job, session: session, portal: found}
	key, err := c.key(ctx)
	if err != nil {
		return flow.Result{}, err
	}
	setting, err := c.ask("setting", func() (*portal.Page, error) {
		return session.Post(ctx, found.base+"getPortalPageSetting", portal.Body{JSON: found.client})
	})
	switch {
	case err != nil:
		return flow.Result{}, err
	case setting.Result.AuthType == nil:
		return unsupported("setting", "the controller does not name the kind of its portal"), nil
	case *setting.Result.AuthType != omadaClick:
		return unsupported("setting", fmt.Sprintf("the portal needs more than a click (authType %d)", *setting.Result.AuthType)), nil
	}
	return c.click(ctx, key)
}

// omadaClient talks to one controller.
type omadaClient struct {
	job     plugins.Job
	session *portal.Session
	portal  omadaPortal
}

// ask sends one request and reads the reply.
func (c omadaClient) ask(step string, request func() (*portal.Page, error)) (omadaReply, error) {
	c.session.SetStep(step)
	progress(c.job, step)
	page, err := request()
	if err != nil {
		return omadaReply{}, err
	}
	var reply omadaReply
	if err := json.Unmarshal([]byte(page.Body), &reply); err != nil || reply.ErrorCode == nil {
		return omadaReply{}, fmt.Errorf("read the controller's answer at step %s: not JSON with an errorCode", step)
	}
	return reply, nil
}

// key fetches the controller's public key.
func (c omadaClient) key(ctx context.Context) (*rsa.PublicKey, error) {
	reply, err := c.ask("key", func() (*portal.Page, error) { return c.session.Open(ctx, c.portal.base+"pubKey") })
	if err != nil {
		return nil, err
	}
	return parseOmadaKey(reply.Result.Key)
}

// maxModulus limits the key, since anyone could have sent it.
const maxModulus = 8192

func parseOmadaKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("read the controller's key: not PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the controller's key: %w", err)
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok || key.N.BitLen() > maxModulus {
		return nil, fmt.Errorf("read the controller's key: want RSA of at most %d bits", maxModulus)
	}
	return key, nil
}

// click sends the encrypted request.
func (c omadaClient) click(ctx context.Context, key *rsa.PublicKey) (flow.Result, error) {
	const step = "auth"
	request := map[string]any{"authType": omadaClick}
	for name, value := range c.portal.client {
		request[name] = value
	}
	sealed, body, err := sealOmada(key, request)
	if err != nil {
		return flow.Result{}, err
	}
	reply, err := c.ask(step, func() (*portal.Page, error) {
		return c.session.Post(ctx, c.portal.base+"auth?key="+url.QueryEscape(sealed), portal.Body{Text: body})
	})
	switch {
	case err != nil:
		return flow.Result{}, err
	case *reply.ErrorCode != 0:
		said := shorten(reply.Message)
		return flow.Result{Outcome: flow.Denied, Step: step, Reason: quoted(fmt.Sprintf("the controller refuses the click (errorCode %d)", *reply.ErrorCode), said)}, nil
	}
	return flow.Result{Outcome: flow.Submitted, Step: step, Reason: "the controller says that it worked"}, nil
}

// Maintain does nothing: no keepalive is known.
func (Omada) Maintain(_ context.Context, job plugins.Job) (flow.Result, error) { return keep(job), nil }

// Logoff is unsupported: no command for it is known.
func (Omada) Logoff(context.Context, plugins.Job) (flow.Result, error) {
	return unsupported("", "a click has no counterpart"), nil
}
