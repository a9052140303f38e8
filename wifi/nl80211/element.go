package nl80211

import (
	"bytes"
	"encoding/binary"
	"iter"

	"hotspot-helper/wifi"
)

// Element identifiers (IEEE 802.11-2020, table 9-92).
const (
	elementSSID   = 0
	elementRSN    = 48
	elementVendor = 221
)

// privacy is the bit of the capability information field that is set if frames are
// encrypted, by any cipher (IEEE 802.11-2020, 9.4.1.4).
const privacy = 1 << 4

// vendorWPA is the OUI and type of the vendor element that announces WPA, the
// predecessor of IEEE 802.11i.
const vendorWPA = "\x00\x50\xf2\x01"

// readElements reads the SSID and the security from the elements of a beacon.
func readElements(data []byte, capability uint16) (wifi.SSID, wifi.Security) {
	var ssid wifi.SSID
	var rsn, wpa []byte
	for id, body := range elements(data) {
		switch {
		case id == elementSSID && ssid == "":
			ssid = name(body)
		case id == elementRSN && rsn == nil:
			rsn = body
		case id == elementVendor && wpa == nil && len(body) >= len(vendorWPA) && string(body[:len(vendorWPA)]) == vendorWPA:
			wpa = body[len(vendorWPA):]
		}
	}
	switch {
	case rsn != nil:
		return ssid, security(rsn)
	case wpa != nil:
		return ssid, security(wpa)
	case capability&privacy != 0:
		return ssid, wifi.SecurityWEP
	}
	return ssid, wifi.SecurityOpen
}

// elements iterates over identifier, length and body, and stops at the first element
// that is incomplete: beacons may be truncated or forged.
func elements(data []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		for len(data) >= 2 && len(data)-2 >= int(data[1]) {
			end := 2 + int(data[1])
			if !yield(data[0], data[2:end:end]) {
				return
			}
			data = data[end:]
		}
	}
}

// name returns the SSID in the body of an element. A hidden network sends an empty body
// or zeros in place of the bytes. A body that is too long for an SSID is ignored.
func name(body []byte) wifi.SSID {
	if len(body) > wifi.MaxSSID || len(bytes.Trim(body, "\x00")) == 0 {
		return ""
	}
	return wifi.SSID(body)
}

// security reads the key management suites of an RSN element (IEEE 802.11-2020,
// 9.4.2.24) or of the WPA element, which has the same layout. A network that also accepts
// a passphrase is personal, because a guest joins it with one.
func security(body []byte) wifi.Security {
	suites, ok := keyManagement(body)
	if !ok {
		return wifi.SecurityUnknown
	}
	found := wifi.SecurityUnknown
	for _, suite := range suites {
		switch kind := suiteSecurity(suite); kind {
		case wifi.SecurityPersonal:
			return kind
		case wifi.SecurityEnterprise:
			found = kind
		case wifi.SecurityOWE:
			if found == wifi.SecurityUnknown {
				found = kind
			}
		}
	}
	return found
}

const (
	suiteRSN    = 0x000fac00 // OUI of IEEE 802.11
	suiteWPA    = 0x0050f200 // OUI of the WPA element
	suite8021X  = suiteRSN | 1
	suiteLength = 4
)

// keyManagement lists the key management suites. The element may end before any of its
// fields; the default of this one is 802.1X. The result is false if the list is truncated.
func keyManagement(body []byte) ([]uint32, bool) {
	const version, group = 2, suiteLength
	if len(body) < version {
		return nil, false
	}
	if len(body) < version+group {
		return []uint32{suite8021X}, true
	}
	_, rest, ok := suiteList(body[version+group:])
	if !ok {
		return nil, false
	}
	suites, _, ok := suiteList(rest)
	if ok && len(suites) == 0 {
		return []uint32{suite8021X}, true
	}
	return suites, ok
}

// suiteList reads a counted list of suites and returns the rest of the element.
func suiteList(data []byte) (suites []uint32, rest []byte, ok bool) {
	if len(data) < 2 {
		return nil, nil, true
	}
	end := 2 + suiteLength*int(binary.LittleEndian.Uint16(data))
	if len(data) < end {
		return nil, nil, false
	}
	for i := 2; i < end; i += suiteLength {
		suites = append(suites, binary.BigEndian.Uint32(data[i:]))
	}
	return suites, data[end:], true
}

// suiteSecurity classifies a key management suite (IEEE 802.11-2020, table 9-151,
// and its amendments).
func suiteSecurity(suite uint32) wifi.Security {
	switch suite {
	case suiteWPA | 1:
		return wifi.SecurityEnterprise
	case suiteWPA | 2:
		return wifi.SecurityPersonal
	case suiteRSN | 18:
		return wifi.SecurityOWE
	}
	if suite&^0xff != suiteRSN {
		return wifi.SecurityUnknown
	}
	switch suite & 0xff {
	case 2, 4, 6, 8, 9, 19, 20, 24, 25: // PSK and SAE
		return wifi.SecurityPersonal
	case 1, 3, 5, 11, 12, 13, 14, 15, 16, 17, 22, 23: // 802.1X and FILS
		return wifi.SecurityEnterprise
	}
	return wifi.SecurityUnknown
}
