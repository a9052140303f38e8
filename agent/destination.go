package agent

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"hotspot-helper/portal"
	"hotspot-helper/wifi"
)

// Destination is what a secret went to on a network, or would go to. It contains no secret.
type Destination struct {
	Scheme     string    `json:"scheme"`                // https or http
	Host       string    `json:"host"`                  // with its port, unless that is the scheme's
	Named      bool      `json:"named,omitempty"`       // the helper itself names the host, and no other network shares it
	Key        string    `json:"key,omitempty"`         // SHA-256 of the certificate's public key (SPKI), in base64; empty over http
	Issuer     string    `json:"issuer,omitempty"`      // the same of the key that signed the certificate
	Vendors    string    `json:"vendors,omitempty"`     // of the gateways: first halves of their hardware addresses; empty: not known
	Claim      string    `json:"claim,omitempty"`       // helper and rule that claimed the login page; empty: not known
	Form       string    `json:"form,omitempty"`        // names and types of the fields; empty: no form was submitted
	FormDigest string    `json:"form_digest,omitempty"` // SHA-256 of all of them, in base64
	Since      time.Time `json:"since,omitzero"`        // a secret went there first
	Accepted   time.Time `json:"accepted,omitzero"`     // the user agreed to it as a change
}

// maxClaim bounds [Destination.Claim] in bytes.
const maxClaim = 100

// newDestination completes what the session knows.
func newDestination(d portal.Destination, macs []string, claim string) Destination {
	return Destination{
		Scheme: d.Scheme, Host: d.Host, Named: d.Named, Key: d.Key, Issuer: d.Issuer, Form: d.Form, FormDigest: d.FormDigest,
		Vendors: vendors(macs), Claim: strings.ToValidUTF8(claim[:min(len(claim), maxClaim)], ""),
	}
}

// vendors returns the first halves of hardware addresses, which identify a maker of devices.
// All addresses that no maker assigned count as those of one more, "local".
func vendors(macs []string) string {
	const half = len("00:00:00")
	var found []string
	for _, mac := range macs {
		if len(mac) < half {
			continue
		}
		if vendor := mac[:half]; strings.ContainsRune("2367abef", rune(vendor[1])) {
			found = append(found, "local")
		} else {
			found = append(found, vendor)
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	return strings.Join(found[:min(len(found), 4)], " ")
}

// isSame reports whether two destinations differ in nothing but their times.
func (d Destination) isSame(other Destination) bool {
	other.Since, other.Accepted = d.Since, d.Accepted
	return d == other
}

// withNewKeys returns a known destination as it is now, if nothing but its keys changed or what
// was not known. What two lists of vendors do not share is not taken over.
func (d Destination) withNewKeys(now Destination) (Destination, bool) {
	if total, _ := score(d, now); total > 0 {
		return d, false
	}
	now.Vendors, now.Claim, now.Form = cmp.Or(d.Vendors, now.Vendors), cmp.Or(d.Claim, now.Claim), cmp.Or(d.Form, now.Form)
	now.Since, now.Accepted = d.Since, cmp.Or(now.Accepted, d.Accepted)
	same := d
	same.Key, same.Issuer, same.Vendors, same.Claim, same.Form = now.Key, now.Issuer, now.Vendors, now.Claim, now.Form
	return now, same.isSame(now)
}

// id identifies a destination on a network in a command: the user accepts what was shown.
func (d Destination) id(n wifi.Identity) string {
	d.Since, d.Accepted = time.Time{}, time.Time{}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %#v", n.String(), d))
	return hex.EncodeToString(sum[:idSize])
}

// idSize is the size of [Destination.id] in bytes; large enough that the network cannot
// produce two destinations with one ID.
const idSize = 16

// isProven reports whether the certificate proves that this is the host that the helper means.
func (d Destination) isProven() bool { return d.Scheme == "https" && d.Named }

// askScore is the score from which the user is asked.
const askScore = 3

// score compares a destination with one that a secret went to before: the sum of the signs
// that it is another party's, and their names. Signs weigh less if the certificate proves
// who it is; docs/security.md has them in a table.
func score(before, now Destination) (total int, signs []string) {
	weigh := func(holds bool, weight int, sign string) {
		if holds && weight > 0 {
			total += weight
			signs = append(signs, sign)
		}
	}
	host, circumstance := 2, 2
	if now.isProven() {
		host, circumstance = 0, 1
	}
	isSameHost := before.Host == now.Host
	weigh(before.Scheme == "https" && now.Scheme != "https", askScore, "http instead of https")
	weigh(before.isProven() && now.Scheme == "https" && !now.Named && !isSameHost, askScore, "a host that the helper does not name")
	weigh(!isSameHost, host, "another host")
	weigh(isSameHost && before.Key != "" && now.Key != "" && before.Key != now.Key && before.Issuer != now.Issuer, 2, "a certificate with another key from another authority")
	weigh(areOthers(before.Vendors, now.Vendors), circumstance, "a gateway of another vendor")
	weigh(before.FormDigest != now.FormDigest || before.Claim != "" && now.Claim != "" && before.Claim != now.Claim, circumstance, "another login page")
	return total, signs
}

// areOthers reports whether two lists are known and have nothing in common.
func areOthers(before, now string) bool {
	known := strings.Fields(before)
	return len(known) > 0 && now != "" && !slices.ContainsFunc(strings.Fields(now), func(vendor string) bool { return slices.Contains(known, vendor) })
}

// changedError says that a secret would go to another destination than before.
type changedError struct {
	old, new Destination
	id       string
	signs    []string
}

func (e *changedError) Error() string {
	return "it went to another place on this network before; new is " + strings.Join(e.signs, ", ")
}

// findChange compares a destination with those that secrets went to before, at least one. It
// returns nil if one is alike, and whether it is the same by all signs.
func findChange(known []Destination, now Destination, n wifi.Identity) (changed *changedError, isSame bool) {
	nearest := slices.MinFunc(known, func(a, b Destination) int {
		left, _ := score(a, now)
		right, _ := score(b, now)
		return cmp.Compare(left, right)
	})
	total, signs := score(nearest, now)
	if total < askScore {
		return nil, total == 0
	}
	return &changedError{nearest, now, now.id(n), signs}, false
}
