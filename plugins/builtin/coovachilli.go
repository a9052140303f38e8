package builtin

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hotspot-helper/claims"
	"hotspot-helper/internal/web"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// CoovaChilli is the built-in helper for CoovaChilli gateways that share no secret with their
// portal page. It answers the challenge at the gateway's JSON interface, so that the password
// itself is never sent. If there is a shared secret, only the page can log in: see the pack
// coovachilli.
type CoovaChilli struct{}

// CoovaChilliName is the name of the built-in helper.
const CoovaChilliName = "coovachilli-json"

// Name is CoovaChilliName.
func (CoovaChilli) Name() string { return CoovaChilliName }

// Inputs returns the inputs of an account.
func (CoovaChilli) Inputs() []flow.Input { return account() }

// weightChallenge prefers the challenge to packs that send the password: the weight of four
// conditions on pages in package claims.
const weightChallenge = 64

// Claim is high for a redirect of the link's gateway without a checksum by a shared secret, else
// none.
func (CoovaChilli) Claim(_ context.Context, facts *claims.Facts) claims.Claim {
	claim := claims.Claim{Helper: CoovaChilliName, Label: "CoovaChilli"}
	e := facts.Portal()
	if e == nil {
		claim.Reason = claims.ReasonNoPortal
		return claim
	}
	lead, ok := leadOf(*e)
	switch {
	case !ok:
		claim.Reason = "no redirect of a CoovaChilli gateway was seen"
	case !slices.Contains(e.Link.Gateways, lead.gateway.Addr()):
		claim.Reason = fmt.Sprintf("the redirect names %s, which is not the link's gateway", lead.gateway.Addr())
	case lead.secret:
		claim.Reason = "the gateway shares a secret with its portal page (md), so only that page can log in"
	default:
		claim.Confidence, claim.Specificity = claims.High, weightChallenge
		claim.Rule = "a redirect of CoovaChilli's (uamip, uamport, challenge) without a secret"
	}
	return claim
}

// lead is the content of a redirect of a CoovaChilli gateway.
type lead struct {
	gateway netip.AddrPort
	secret  bool // the gateway and its portal page share a secret
}

// leadOf finds the redirect in the answers to a probe.
func leadOf(e probe.Evidence) (lead, bool) {
	for _, hop := range e.Hops {
		for _, address := range []string{hop.Header.Get("Location"), hop.URL} {
			if found, ok := parseLead(address); ok {
				return found, true
			}
		}
	}
	return lead{}, false
}

// parseLead reads the parameters that the gateway sends to its portal page, from an address or
// from its parameter loginurl, which a page before it has.
func parseLead(address string) (lead, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return lead{}, false
	}
	query := u.Query()
	if inner := query.Get("loginurl"); inner != "" && !query.Has("uamip") {
		address = inner
		if u, err = url.Parse(inner); err != nil {
			return lead{}, false
		}
		query = u.Query()
	}
	addr, err := netip.ParseAddr(query.Get("uamip"))
	if err != nil || !query.Has("challenge") {
		return lead{}, false
	}
	port, err := strconv.ParseUint(query.Get("uamport"), 10, 16)
	if err != nil || port == 0 {
		return lead{}, false
	}
	return lead{gateway: netip.AddrPortFrom(addr.Unmap(), uint16(port)), secret: isSigned(address)}, true
}

// isSigned reports whether the address ends in a checksum of the address and a secret.
func isSigned(address string) bool {
	before, sum, found := strings.Cut(address, "&md=")
	if !found {
		return false
	}
	plain := md5.Sum([]byte(before))
	return !strings.EqualFold(sum, hex.EncodeToString(plain[:]))
}

// url returns the address of a command of the gateway's JSON interface, with a query of names and
// values. Its own pages escape them by script; to the gateway a "+" is no space.
func (l lead) url(command string, query ...string) string {
	var escaped []string
	for i := 0; i+1 < len(query); i += 2 {
		escaped = append(escaped, query[i]+"="+web.EscapeComponent(query[i+1]))
	}
	u := url.URL{
		Scheme:   "http",
		Host:     net.JoinHostPort(l.gateway.Addr().String(), strconv.Itoa(int(l.gateway.Port()))),
		Path:     "/json/" + command,
		RawQuery: strings.Join(escaped, "&"),
	}
	return u.String()
}
