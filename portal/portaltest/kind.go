package portaltest

import (
	"fmt"
	"slices"
)

// Kind is the name of a kind of hotspot, a row of the table products. Each vendor has a
// file. With the empty kind, the seed chooses KindClick or KindCredentials.
type Kind string

// The kinds without a vendor, and KindAny, which lets the seed choose.
const (
	KindAny         Kind = ""
	KindClick       Kind = "click"       // a form to click through, with random names
	KindCredentials Kind = "credentials" // a form that asks for a user name and a PIN, with random names
)

// product is a kind of hotspot that can be simulated.
type product struct {
	kind  Kind
	asks  string // what a client has to give, in a few words
	build func(base) site
}

// products is the table of all kinds. A vendor is one file with a Kind, a constructor
// and a portal, and one row in one of its parts.
func products() []product {
	return slices.Concat(places(), gateways(), controllers(), operators())
}

// gateways are the kinds whose portal is in a router or a firewall.
func gateways() []product {
	return []product{
		{KindClick, "a click", newSplash},
		{KindCredentials, "user name and PIN", newSplash},
		{KindCafeLumen, "card number and PIN", newCafe},
		{KindRealm, "user name and password, by Basic authentication", newRealm},
		{KindOpenNDS, "two clicks", newOpenNDS},
		{KindOpenNDSFAS, "name and e-mail address", newOpenNDSFAS},
		{KindOpenNDSMail, "name and e-mail address", newOpenNDS},
		{KindNodogsplash, "a click", newNodogsplash},
		{KindNodogsplashAccount, "user name and password", newNodogsplash},
		{KindNodogsplashVoucher, "a voucher", newNodogsplash},
		{KindMikrotik, "user name and password, hashed with a challenge", newMikrotik},
		{KindMikrotikPAP, "user name and password", newMikrotik},
		{KindMikrotikTrial, "user name and password, or a click to try it", newMikrotik},
		{KindFortinet, "user name and password, and a keepalive", newFortinet},
		{KindFortinetDisclaimer, "a click, user name and password, and a keepalive", newFortinet},
		{KindOPNsense, "user name and password, as JSON", newOPNsense},
		{KindOPNsenseClick, "a click, as JSON", newOPNsense},
		{KindMeraki, "a click", newMeraki},
		{KindMerakiSignOn, "user name and password", newMeraki},
		{KindMerakiBuiltIn, "a click", newMeraki},
		{KindPfSense, "user name and password", newPfSense},
		{KindPfSenseVoucher, "a voucher, or user name and password", newPfSense},
		{KindPfSenseClick, "a click", newPfSense},
		{KindCiscoWLC, "user name and password", newCiscoWLC},
		{KindCiscoWLCClick, "a click", newCiscoWLC},
		{KindSophos, "user name and password, as XML, and a keepalive", newSophos},
		{KindSonicWall, "user name and password, hashed with a challenge", newSonicWall},
		{KindSonicWallPlain, "user name and password", newSonicWall},
		{KindH3CIMC, "user name and password, as JSON in base64, and a keepalive", newIMC},
		{KindFreifunk, "a click", newFreifunk},
		{KindFreifunkDresden, "a click", newFreifunkDresden},
		{KindUspot, "a click", newUspot},
		{KindUspotAccount, "user name and password", newUspot},
		{KindDrCOM, "user name and password, as JSON", newDrCOM},
		{KindDrCOMPortal, "user name and password, as JSON", newDrCOM},
		{KindDrCOMPlain, "user name and password, as JSON", newDrCOM},
		{KindDrCOMOld, "user name and password, as JSON", newDrCOM},
		{KindRuijie, "user name and password, as JSON", newRuijie},
		{KindRuijieEncrypted, "user name and password, as JSON", newRuijie},
		{KindPacketFence, "user name, password and a click", newPacketFence},
		{KindPacketFenceClick, "a click", newPacketFence},
		{KindPacketFenceTerms, "user name and password, and a click", newPacketFence},
		{KindIMasterNCE, "user name and password, as JSON", newIMasterNCE},
		{KindSrun, "user name and password, hashed with a challenge", newSrun},
	}
}

// controllers are the kinds whose portal is in a controller of access points, and what is left.
func controllers() []product {
	return []product{
		{KindCambium, "user name and password", newCambium},
		{KindCambiumSecure, "user name and password", newCambium},
		{KindCambiumClick, "a click", newCambium},
		{KindGrandstream, "user name and password", newGrandstream},
		{KindGrandstreamClick, "a click", newGrandstream},
		{KindGrandstreamBuiltIn, "a click, as JSON", newGrandstream},
		{KindZyxelNebula, "user name and password", newZyxelNebula},
		{KindZyxelNebulaClick, "a click", newZyxelNebula},
		{KindMist, "a click", newMist},
		{KindUniFi, "a click, as JSON", newUniFi},
		{KindUniFiVoucher, "a voucher, as JSON", newUniFi},
		{KindCiscoISE, "user name, password and a click", newCiscoISE},
		{KindCiscoISETerms, "a click", newCiscoISE},
		{KindClearPass, "user name, password and a click", newClearPass},
		{KindClearPassClick, "a click", newClearPass},
		{KindPicopoint, "a click", newPicopoint},
		{Kind24Online, "user name and password", newOnline24},
		{KindCiscoWebAuth, "user name and password", newCiscoWebAuth},
		{KindCiscoWebAuthClick, "a click", newCiscoWebAuth},
		{KindCiscoWebAuthEmail, "an e-mail address", newCiscoWebAuth},
		{KindPANOS, "user name and password", newPANOS},
		{KindPANOSOld, "user name and password", newPANOS},
		{KindPronto, "user name and password", newPronto},
		{KindAruba, "user name and password", newAruba},
		{KindArubaController, "user name and password", newAruba},
		{KindArubaInstant, "user name and password", newAruba},
		{KindArubaInstantClick, "a click", newAruba},
		{KindRuckus, "user name and password", newRuckus},
		{KindRuckusClick, "a click", newRuckus},
		{KindHuawei, "user name and password", newHuawei},
		{KindAerohive, "user name and password", newAerohive},
		{KindCoovaChilli, "user name and password", newChilli},
		{KindCoovaChilliJSON, "user name and password, hashed with a challenge", newChilli},
		{KindCoovaChilliMute, "user name and password", newChilli},
		{KindCoovaChilliMini, "user name and password", newChilli},
		{KindWISPr, "user name and password, of a program", newWISPr},
		{KindOmada, "a click, encrypted", newOmada},
		{KindOmadaPassword, "a password, encrypted", newOmada},
	}
}

// find returns the row of a kind.
func (k Kind) find() (product, bool) {
	table := products()
	i := slices.IndexFunc(table, func(p product) bool { return p.kind == k })
	if i < 0 {
		return product{}, false
	}
	return table[i], true
}

// Kinds returns all kinds but KindAny, in the order of the table.
func Kinds() []Kind {
	var kinds []Kind
	for _, p := range products() {
		kinds = append(kinds, p.kind)
	}
	return kinds
}

// Asks returns what a client has to give a hotspot of the kind, in a few words for people.
// It is empty for KindAny and for unknown kinds.
func (k Kind) Asks() string {
	if k == KindOwn {
		return "what its program asks for"
	}
	p, _ := k.find()
	return p.asks
}

// Whole reports whether the pages of the kind have all that a client needs to log in. The
// pages of other kinds need scripts of the vendor, which are not here, or are for programs.
func (k Kind) Whole() bool {
	return !slices.Contains(scriptedPlaces(), k) && !slices.Contains([]Kind{
		KindSophos, KindSonicWall, KindSonicWallPlain, KindOPNsense, KindOPNsenseClick, KindH3CIMC, KindWifionice, KindWifioniceTitled,
		KindVodafone, KindVodafoneAccount, KindTelekom, KindTelekomPending, KindTelekomAccount, KindTelekomFree, KindCambium, KindCambiumSecure,
		KindCiscoISE, KindCiscoISETerms, KindClearPass, KindClearPassClick, KindPicopoint,
		Kind24Online, KindCiscoWebAuth, KindCiscoWebAuthClick, KindCiscoWebAuthEmail, KindPANOS,
		KindGrandstreamBuiltIn, KindUniFi, KindUniFiVoucher, KindCoovaChilliJSON, KindWISPr, KindOmada, KindOmadaPassword,
		KindDrCOM, KindDrCOMPortal, KindDrCOMPlain, KindDrCOMOld, KindRuijie, KindRuijieEncrypted,
		KindCDWiFi, KindMEOWiFi, KindSNCF, KindSWR, KindUnwired, KindXfinity, KindXfinityHidden,
		KindDrCOM, KindDrCOMPortal, KindDrCOMPlain, KindDrCOMOld, KindRuijie, KindRuijieEncrypted, KindSrun,
		KindIMasterNCE, KindPacketFence, KindPacketFenceClick, KindPacketFenceTerms,
	}, k)
}

// String returns the name of the kind, "any" for KindAny.
func (k Kind) String() string {
	if k == KindAny {
		return "any"
	}
	return string(k)
}

// MarshalText writes the name of the kind.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the name of a kind. It errs on an unknown name.
func (k *Kind) UnmarshalText(text []byte) error {
	kind := Kind(text)
	if kind == "any" {
		kind = KindAny
	}
	if _, found := kind.find(); !found && kind != KindAny && kind != KindOwn {
		return fmt.Errorf("parse hotspot kind %q: want any or one of %q", text, Kinds())
	}
	*k = kind
	return nil
}
