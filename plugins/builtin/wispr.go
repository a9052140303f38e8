package builtin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/wispr"
	"hotspot-helper/probe"
)

// WISPrName is the name of the built-in helper for WISPr. Helpers for further operators are
// named wispr-NAME.
const WISPrName = "wispr"

// IsWISPr reports whether a name is that of a helper for WISPr.
func IsWISPr(name string) bool {
	return name == WISPrName || strings.HasPrefix(name, WISPrName+"-")
}

// WISPr is the built-in helper that logs in by WISPr 1.0 or 2.0 with the account of one
// operator. It does not support EAP.
type WISPr struct {
	name  string
	hosts []string
}

// NewWISPr makes the helper for one account. The account's password may go to the hosts only,
// see [CheckAccountHosts], since the gateway names the address of the login. Without hosts the
// helper claims nothing.
func NewWISPr(name string, hosts []string) *WISPr {
	return &WISPr{name: name, hosts: slices.Clone(hosts)}
}

// CheckAccountHosts returns what is wrong with the hosts of an account, which are patterns as in
// [portal.Config]. The error joins all mistakes.
func CheckAccountHosts(hosts []string) error {
	_, err := portal.NewHostList(portal.Config{Hosts: hosts})
	return err
}

// Name is wispr, or wispr-OPERATOR.
func (w *WISPr) Name() string { return w.name }

// Inputs returns the inputs of an account.
func (w *WISPr) Inputs() []flow.Input { return account() }

// weightAccount prefers an account that the user set up for the host of the login to any pack,
// also to one that names the host of the portal: ten times the weight of that in package claims.
const weightAccount = 100_000

// Claim is high if the gateway speaks WISPr and its login is at a host of the account over
// https, medium over http, and low if only a pattern that begins with "@" covers the host or
// the gateway has not named it yet.
func (w *WISPr) Claim(_ context.Context, facts *claims.Facts) claims.Claim {
	claim := claims.Claim{Helper: w.name, Label: w.label()}
	e := facts.Portal()
	if e == nil {
		claim.Reason = claims.ReasonNoPortal
		return claim
	}
	message, ok := redirectOf(*e)
	switch {
	case !ok:
		claim.Reason = "the portal speaks no WISPr"
	case len(w.hosts) == 0:
		claim.Reason = fmt.Sprintf("the portal speaks WISPr, but no account is set up: name the hosts of its login in [helper.%s] hosts", w.name)
	case message.Type() == wispr.Proxy:
		claim.Confidence, claim.Rule = claims.Low, "a WISPr message that refers to another address"
	default:
		w.claimLogin(&claim, *e, message.LoginURL())
	}
	return claim
}

// claimLogin completes the claim for a gateway that named the address of the login.
func (w *WISPr) claimLogin(claim *claims.Claim, e probe.Evidence, login string) {
	named, err := w.reach(e, login)
	if err != nil {
		claim.Reason = foreign(err)
		return
	}
	claim.Confidence, claim.Specificity = claims.Low, weightAccount
	claim.Rule = "a WISPr login at a host that only the network names"
	switch {
	case named && strings.HasPrefix(strings.ToLower(login), "https:"):
		claim.Confidence, claim.Rule = claims.High, "a WISPr login over https at a host of the account"
	case named:
		claim.Confidence, claim.Rule = claims.Medium, "a WISPr login in clear at a host of the account"
	}
}

// foreign returns why the account does not fit a login.
func foreign(err error) string {
	if refused, ok := errors.AsType[*portal.HostError](err); ok {
		return fmt.Sprintf("the WISPr login is at %q, which the account does not name", refused.Host)
	}
	return fmt.Sprintf("the WISPr login's address cannot be used: %v", err)
}

func (w *WISPr) label() string {
	if operator, ok := strings.CutPrefix(w.name, WISPrName+"-"); ok {
		return "WISPr " + operator
	}
	return "WISPr"
}

// reach checks that the account's password may go to the address of a login, and reports whether
// the account names its host.
func (w *WISPr) reach(e probe.Evidence, login string) (named bool, err error) {
	config := plugins.SessionConfig(e)
	config.Hosts = w.hosts
	list, err := portal.NewHostList(config)
	if err != nil {
		return false, err
	}
	return list.Check(login)
}

// redirectOf returns the message with the address of the login, else one that refers elsewhere.
func redirectOf(e probe.Evidence) (wispr.Message, bool) {
	bodies := []string{e.WISPr}
	for _, hop := range e.Hops {
		bodies = append(bodies, hop.Body)
	}
	var proxy wispr.Message
	found := false
	for _, body := range bodies {
		message, ok := wispr.Find(body)
		switch {
		case ok && message.Type() == wispr.Redirect:
			return message, true
		case ok && message.Type() == wispr.Proxy && !found:
			proxy, found = message, true
		}
	}
	return proxy, found
}
