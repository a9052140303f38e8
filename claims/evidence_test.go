package claims

import (
	"context"
	"testing"

	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// A claim by a name or by what every portal has is at most low, regardless of what the pack says.
func TestOnlyEvidenceClaimsMoreThanLow(t *testing.T) {
	yes, no := true, false
	for name, test := range map[string]struct {
		spec Spec
		want Confidence
	}{
		"name":                  {Spec{SSID: []string{"Cafe"}}, Low},
		"any name":              {Spec{SSID: []string{"*"}}, Low},
		"access point":          {Spec{BSSID: []string{"02:00:5e", "02"}}, Low},
		"security":              {Spec{Security: []string{"open"}}, Low},
		"any host":              {Spec{SSID: []string{"*"}, PortalHost: []string{"*"}}, Low},
		"any host, as a regex":  {Spec{PortalHost: []string{"/.*/"}}, Low},
		"a letter":              {Spec{PortalHost: []string{"*e*"}}, Low},
		"one of two":            {Spec{PortalHost: []string{"login.cafe.test", "*"}}, Low},
		"one of two in a regex": {Spec{PortalHost: []string{"/login[.]cafe|./"}}, Low},
		"any path":              {Spec{PortalPath: []string{"/*"}}, Low},
		"root":                  {Spec{PortalPath: []string{"/"}}, Low},
		"status":                {Spec{Status: []int{200, 302}}, Low},
		"any header":            {Spec{Header: map[string]string{"Content-Type": "*text/html*"}}, Low},
		"any redirect":          {Spec{Header: map[string]string{"Location": "*http*://*"}}, Low},
		"markup":                {Spec{Body: []string{"<html"}}, Low},
		"a form":                {Spec{CSS: []string{"form"}}, Low},
		"everything":            {Spec{CSS: []string{"*"}}, Low},
		"a password field":      {Spec{CSS: []string{"input[type=password]"}}, Low},
		"one of two selectors":  {Spec{CSS: []string{"form#cafe-login, form"}}, Low},
		"no WISPr":              {Spec{WISPr: &no}, Low},
		"inside has, or not":    {Spec{CSS: []string{"form:has(input[name=cafe_pin], input)", "form:not(:has(input[name=cafe_pin]))"}}, Low},
		"private gateways":      {Spec{Gateway: []string{"192.168.0.0/16", "10.99.0.0/16"}}, Low},
		"a charset":             {Spec{Body: []string{"charset"}}, Low},
		"a meta element":        {Spec{Body: []string{"<meta"}}, Low},
		"a document type":       {Spec{Body: []string{"<!DOCTYPE html>"}}, Low},
		"a word of all logins":  {Spec{Body: []string{"Login"}}, Low},
		"only such words":       {Spec{Body: []string{"guest login"}}, Low},
		"this year":             {Spec{Header: map[string]string{"Date": "* 2026 *"}}, Low},
		"no cache":              {Spec{Header: map[string]string{"cache-control": "no-store*"}}, Low},
		"a registry":            {Spec{PortalHost: []string{"*.com"}}, Low},
		"a registry of a land":  {Spec{PortalHost: []string{"*.co.uk"}}, Low},
		"hosts of anyone":       {Spec{PortalHost: []string{"*.github.io"}}, Low},
		"a registry as a regex": {Spec{PortalHost: []string{`/.*[.]info$/`}}, Low},
		"a part of an address":  {Spec{PortalHost: []string{"192.168.*"}}, Low},
		"a word of all hosts":   {Spec{PortalHost: []string{"login.*"}}, Low},
		"a part of a word":      {Spec{Body: []string{"DOCTYP"}}, Low},
		"the end of a word":     {Spec{Body: []string{"ript>"}}, Low},
		"a part of two words":   {Spec{Body: []string{"dth=devic"}}, Low},
		"a beginning in CSS":    {Spec{CSS: []string{"[type^=hidd]"}}, Low},
		"an end in CSS":         {Spec{CSS: []string{"[type$=ssword]"}}, Low},
		"a part in CSS":         {Spec{CSS: []string{"[content*='evice-widt']"}}, Low},
		"before a dash in CSS":  {Spec{CSS: []string{"[content|=device]"}}, Low},
		"two words in CSS":      {Spec{CSS: []string{"input.content.password"}}, Low},
		"a generic alternative": {Spec{CSS: []string{"#cafe-l, input.content.password"}}, Low},
		"a word of all paths":   {Spec{PortalPath: []string{"/login"}}, Low},
		"and more":              {Spec{PortalPath: []string{"/login*"}}, Low},
		"a part of it":          {Spec{PortalPath: []string{"*/logi*"}}, Low},
		"pieces of it":          {Spec{PortalPath: []string{"/lo*gin*"}}, Low},
		"a part in a regex":     {Spec{PortalPath: []string{"/^.logi.*/"}}, Low},
		"a part in a header":    {Spec{Header: map[string]string{"Location": "*tps:*"}}, Low},
		"slashes":               {Spec{PortalPath: []string{"/*/*/*/*"}}, Low},
		"what each URL has":     {Spec{Header: map[string]string{"Location": "*:*/*/*.*/*"}}, Low},
		"a part of a host":      {Spec{PortalHost: []string{"*ogin*"}}, Low},
		"its end":               {Spec{PortalHost: []string{"*ogin.com"}}, Low},
		"a common parameter":    {Spec{PortalQuery: []string{"url"}}, Low},
		"common parameters":     {Spec{PortalQuery: []string{"redirect", "continue"}}, Low},
		"halves of gateways":    {Spec{Gateway: []string{"192.168.0.0/17", "192.168.128.0/17"}}, Low},
		"gateways of homes":     {Spec{Gateway: []string{"192.168.0.0/19"}}, Low},
		"gateways in sum":       {Spec{Gateway: []string{"10.0.0.0/16", "10.1.0.0/16"}}, Low},
		"any gateway of IPv6":   {Spec{Gateway: []string{"fe80::/64"}}, Low},
		"gateway":               {Spec{Gateway: []string{"0.0.0.0/0", "10.0.0.1"}}, Low},

		"vendor":               {Spec{BSSID: []string{"02:00:5e"}}, High},
		"a name of such words": {Spec{PortalHost: []string{"wifi.free.fr"}}, High},
		"an address":           {Spec{PortalHost: []string{"192.0.2.1"}}, High},
		"below a registry":     {Spec{PortalHost: []string{"*.cafe.co.uk"}}, High},
		"a link-local gateway": {Spec{Gateway: []string{"fe80::5e:1"}}, High},
		"a gateway of a home":  {Spec{Gateway: []string{"192.168.217.0/24"}}, High},
		"a gateway":            {Spec{Gateway: []string{"10.99.0.0/16"}}, High},
		"a word, not a part":   {Spec{CSS: []string{"#logi-n", "[name=logi]", "[name~=logi]"}}, High},
		"a whole part":         {Spec{Body: []string{"<b>logi</b>"}}, High},
		"inside has":           {Spec{CSS: []string{"form:has(input[name=cafe_pin]) input[type=password]"}}, High},
		"host":                 {Spec{PortalHost: []string{"login.cafe.test", "*.cafe.test"}}, High},
		"path":                 {Spec{PortalPath: []string{"/guest/s/*"}}, High},
		"regex":                {Spec{Header: map[string]string{"Location": `/[?&]cmd=login&.*/`}}, High},
		"parameters":           {Spec{PortalQuery: []string{"ap", "id", "t"}}, High},
		"text":                 {Spec{Body: []string{"hexMD5("}}, High},
		"element":              {Spec{CSS: []string{"form#cafe-login"}}, High},
		"WISPr":                {Spec{WISPr: &yes}, High},
		"with name":            {Spec{SSID: []string{"*"}, PortalHost: []string{"login.cafe.test"}}, High},
	} {
		test.spec.Confidence = "high"
		rules, err := Compile([]Spec{test.spec}, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := None
		for _, r := range append(rules.byName, rules.byEvidence...) {
			got = r.confidence
		}
		if got != test.want || test.spec.Overclaims() != (test.want == Low) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	// The claim that agreed to pay: it beat every other.
	rules, err := Compile([]Spec{{Confidence: "high", SSID: []string{"*"}, PortalHost: []string{"*"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := &probe.Evidence{Verdict: probe.VerdictPortal, PortalURL: "http://pay.test/", Hops: []probe.Hop{{URL: "http://pay.test/", Status: 200}}}
	if claim := rules.Claim(context.Background(), NewFacts(wifi.Network{SSID: "Cafe"}, seen)); claim.Confidence != Low {
		t.Errorf("it claims %v", claim.Confidence)
	}
}
