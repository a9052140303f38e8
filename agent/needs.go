package agent

import (
	"crypto/tls"
	"errors"
	"time"

	"hotspot-helper/consent"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/wifi"
)

// NeedKind says what a login waits for.
type NeedKind string

// What a login waits for.
const (
	NeedTerms       NeedKind = "terms"        // consent to an operator's terms
	NeedCleartext   NeedKind = "cleartext"    // consent to sending a secret unprotected
	NeedSharedHost  NeedKind = "shared-host"  // consent to sending a secret to a host that many networks share, or that only the network names
	NeedInput       NeedKind = "input"        // a value for an input of the helper
	NeedSecretStore NeedKind = "secret-store" // a value that is kept and cannot be read
	NeedChanged     NeedKind = "changed"      // agreement that a secret goes to another destination than before
	NeedPage        NeedKind = "page"         // a person who logs in on the portal's page
	NeedCode        NeedKind = "code"         // a person who enters a one-time code on the portal's page
	NeedCertificate NeedKind = "certificate"  // a person who finds out why the portal's certificate is not trusted

	// These pass: the login is tried again by itself at Until.
	NeedLimit       NeedKind = "limit"        // a limit of the portal's, such as on devices or on a day's data
	NeedUnreachable NeedKind = "unreachable"  // the service that decides on logins does not answer
	NeedBusy        NeedKind = "busy"         // the portal answered that it is busy (429, 503)
	NeedOtherDevice NeedKind = "other-device" // the session ends right after each login: another device seems to take it over
	NeedPace        NeedKind = "too-often"    // there were many logins in a short time
	NeedUnchanged   NeedKind = "unchanged"    // the login was submitted, and changed nothing
)

// Need is what a login waits for: a person who acts, or a time.
type Need struct {
	Kind        NeedKind  `json:"kind"`
	Helper      string    `json:"helper,omitempty"`   // that would log in; empty: none
	Network     wifi.SSID `json:"network"`            // empty: a network without a name
	Input       string    `json:"input,omitempty"`    // of input and secret-store: name of the helper's input
	Withheld    bool      `json:"withheld,omitempty"` // of input: another maker's helper of this name was given a value
	Locked      bool      `json:"locked,omitempty"`   // of secret-store: it has to be unlocked
	Terms       string    `json:"terms,omitempty"`    // of terms: the operator's terms
	TermsDenied bool      `json:"refused,omitempty"`  // of terms: the user said never
	URL         string    `json:"url,omitempty"`      // of the portal's page
	Text        string    `json:"text,omitempty"`     // of page and code: what the portal said to the last login
	Until       time.Time `json:"until,omitzero"`     // when it is tried again by itself; zero: only when a person has acted

	Old    *Destination `json:"old,omitempty"`    // of changed: what is known of before and is the most alike
	New    *Destination `json:"new,omitempty"`    // of changed: what a secret would go to
	Accept string       `json:"accept,omitempty"` // of changed: what [Agent.AcceptChanged] takes
}

// Why [Settings.Inputs] cannot return a value that the user gave.
var (
	ErrLocked = errors.New("the secret store is locked")
	ErrGone   = errors.New("the value is not kept any more")
)

// inputError is an input that the user gave and that cannot be read.
type inputError struct {
	input string
	err   error
}

func (e *inputError) Error() string { return e.err.Error() }

func (e *inputError) Unwrap() error { return e.err }

// complete fills in what every need has. All of it is masked already.
func (as *association) complete(n Need) *Need {
	n.Helper, n.Network = as.state.helper, as.network.SSID
	if as.findings.portal != nil {
		n.URL = as.findings.portal.Shown().PortalURL
	}
	if (n.Kind == NeedPage || n.Kind == NeedCode) && n.Helper != "" && !as.state.stuck {
		n.Text = as.login.said.portal
	}
	return &n
}

// needOfError returns what a login that ended with the error waits for, and why in
// words; nil if another try can help.
func needOfError(err error) (*Need, string) {
	if secretErr, ok := errors.AsType[*portal.SecretError](err); ok {
		if changed, ok := errors.AsType[*changedError](secretErr.Cause); ok {
			return &Need{Kind: NeedChanged, Old: &changed.old, New: &changed.new, Accept: changed.id}, secretErr.Error()
		}
		need := &Need{Kind: NeedCleartext}
		if secretErr.SharedHost {
			need.Kind = NeedSharedHost
		}
		return need, secretErr.Error()
	}
	if unread, ok := errors.AsType[*inputError](err); ok {
		if errors.Is(err, ErrGone) {
			return &Need{Kind: NeedInput, Input: unread.input}, unread.Error()
		}
		return &Need{Kind: NeedSecretStore, Input: unread.input, Locked: errors.Is(err, ErrLocked)}, unread.Error()
	}
	return nil, ""
}

// needOfResult returns what a login waits for that ended with [flow.NeedsUser].
func needOfResult(result flow.Result, terms consent.Answer) *Need {
	switch {
	case result.Missing != "":
		return &Need{Kind: NeedInput, Input: result.Missing}
	case result.Terms != "":
		return &Need{Kind: NeedTerms, Terms: result.Terms, TermsDenied: terms == consent.Never}
	case result.Cause == flow.CauseCode:
		return &Need{Kind: NeedCode}
	default:
		return &Need{Kind: NeedPage}
	}
}

// isPermanent reports whether no other try heals what a flow broke off for, and what it needs
// then: a certificate that is not trusted, a host that the flow must not talk to, or a page that
// the flow does not know.
func isPermanent(err error) (NeedKind, bool) {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return NeedCertificate, true
	}
	_, isHost := errors.AsType[*portal.HostError](err)
	_, isUnexpected := errors.AsType[*flow.UnexpectedError](err)
	return NeedPage, isHost || isUnexpected
}
