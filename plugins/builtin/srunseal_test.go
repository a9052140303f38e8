package builtin

import (
	"strings"
	"testing"
)

// The vectors were published with a login script, whose author compared them with the portal's own
// JavaScript.
func TestSrunVectors(t *testing.T) {
	const info = `{"username": "test", "password": "123456", "ip": "10.10.17.47", "acid": "6", "enc_ver": "srun_bx1"}`
	for key, want := range map[string]string{
		"abc":                 "v866JZYz1ie07ise+z1hPkG2KmfbCQyeCQkahnd39gdxkHrPCbUPdsPS+8VGCus7kqHBKqI141cfehLV1ZwTZeng978KbXoFz1VEnvPC/d3k3FFuFWh946gFqxmvhXpa7/k2y8UeeJP=",
		"challenge1234567890": "9o+5XfoSbJk0bP2kFF8MaxTSP8xffLDUMB8tfdVDuo/NMOhPfcJRZFj+cwFP+70kwrdQJGzWhsyKYvMvduixkkuPhu6UXPsv39PW+sKLbCwDGFOueL8HXaqyjzRssKIjs0JNIKeHkp4=",
	} {
		if got := srunBase64(srunEncode(info, key)); got != want {
			t.Errorf("with %q: %s", key, got)
		}
	}
	if got := srunHMAC("k", "p"); got != "8251ba1ec2cd47f553ffa23e1b161572" {
		t.Errorf("HMAC %s", got)
	}
	login := srunLogin{user: "user", address: "1.2.3.4", gateway: "6", challenge: "tok"}
	if got := login.sum(sealed{password: "deadbeef", info: "INFO"}); got != "78facec354867478e18c57ae10189eae20e99896" {
		t.Errorf("checksum %s", got)
	}
}

// The account is compact JSON, as the page's JSON.stringify writes it.
func TestSrunSeal(t *testing.T) {
	login := srunLogin{user: "ada", password: `a"<&é`, address: "192.0.2.50", gateway: "1", challenge: strings.Repeat("0f", 32)}
	got, err := login.seal()
	if err != nil {
		t.Fatal(err)
	}
	want := srunPrefix + srunBase64(srunEncode(`{"username":"ada","password":"a\"<&é","ip":"192.0.2.50","acid":"1","enc_ver":"srun_bx1"}`, login.challenge))
	if got.info != want {
		t.Errorf("the account is not what JSON.stringify writes")
	}
}
