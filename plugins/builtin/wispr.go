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

// WISPrName is the name of the built-in helper that speaks WISPr. Helpers for further
// operators have it as a prefix: wispr-NAME.
const WISPrName = "wispr"

// IsWISPr says whether a helper of that name is one that speaks WISPr.
func IsWISPr(name string) bool {
	return name == WISPrName || strings.HasPrefix(name, WISPrName+"-")
}

// WISPr is the built-in helper that logs in by WISPr 1.0 or 2.0 with the account of one
// operator. EAP is not among what it can.
type WISPr struct {
	name  string
	hosts []string
}

// NewWISPr makes the helper for one account. The hosts are where the account's password
// may go, see [CheckAccountHosts]: what a gateway names as the login's address is the
// word of whoever runs the network. Without hosts it claims nothing.
func NewWISPr(name string, hosts []string) *WISPr {
	return &WISPr{name: name, hosts: slices.Clone(hosts)}
}

// CheckAccountHosts says what is wrong with the hosts of an account, which are patterns
// as in [portal.Config]. The error joins all mistakes.
func CheckAccountHosts(hosts []string) error {
	_, err := portal.NewHostList(portal.Config{Hosts: hosts})
	return err
}

// Name is wispr, or wispr- and the operator.
func (w *WISPr) Name() string { return w.name }

// Inputs are the account.
func (w *WISPr) Inputs() []flow.Input { return account() }

// weightAccount puts an account that the user set up for the very host of the login
// before any pack, in the measure of package claims.
const weightAccount = 128

// Claim is high where a gateway speaks WISPr and wants the login at a host of the
// account over https, medium over http, and low where only a pattern that begins with "@"
// covers it or the gateway has not named it yet.
func (w *WISPr) Claim(_ context.Context, facts *claims.Facts) claims.Claim {
	claim := claims.Claim{Helper: w.name, Label: w.label()}
	e := facts.Evidence
	if e == nil || e.Verdict != probe.VerdictPortal {
		claim.Reason = "claims by evidence only, and no portal was seen"
		return claim
	}
	message, ok := redirectOf(*e)
	switch {
	case !ok:
		claim.Reason = "the portal speaks no WISPr"
	case len(w.hosts) == 0:
		claim.Reason = fmt.Sprintf("the portal speaks WISPr, but no account is set up: name the hosts of its login in [helper.%s] hosts", w.name)
	case message.Type() == wispr.Proxy:
		claim.Confidence, claim.Rule = claims.Low, "a WISPr message that asks to look elsewhere"
	default:
		w.judge(&claim, *e, message.LoginURL())
	}
	return claim
}

// judge fills in the claim of a gateway that named the login's address.
func (w *WISPr) judge(claim *claims.Claim, e probe.Evidence, login string) {
	named, err := w.reach(e, login)
	if err != nil {
		claim.Reason = foreign(err)
		return
	}
	claim.Confidence, claim.Specificity = claims.Low, weightAccount
	claim.Rule = "a WISPr login that the network itself vouches for"
	switch {
	case named && strings.HasPrefix(strings.ToLower(login), "https:"):
		claim.Confidence, claim.Rule = claims.High, "a WISPr login over https at a host of the account"
	case named:
		claim.Confidence, claim.Rule = claims.Medium, "a WISPr login in clear at a host of the account"
	}
}

// foreign says why an account is not for a login.
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

// reach says whether the account's password may be asked for at a login's address, and
// whether the account names its host.
func (w *WISPr) reach(e probe.Evidence, login string) (named bool, err error) {
	config := plugins.SessionConfig(e)
	config.Hosts = w.hosts
	reach, err := portal.NewHostList(config)
	if err != nil {
		return false, err
	}
	return reach.Check(login)
}

// redirectOf returns the message that says where to log in, else one that asks to look elsewhere.
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
