package portaltest

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// imcOpen decodes a response as the portal's page does.
func imcOpen(t *testing.T, body string) map[string]any {
	t.Helper()
	if strings.HasSuffix(body, "=") {
		t.Errorf("padded: %s", body)
	}
	packed, err := base64.RawStdEncoding.DecodeString(body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := url.PathUnescape(string(packed))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return doc
}

func TestIMCSession(t *testing.T) {
	const portal = "http://192.0.2.9:8080/portal/pws?t="
	onVendor(t, Options{Kind: KindH3CIMC, Idle: 5 * time.Minute}, func(b *browser, h *Hotspot) {
		reason := func(user, password string) any {
			doc := imcOpen(t, b.post(portal+"li", "userName", user, "userPwd", password).body)
			name, _ := doc["e_c"].(string)
			return doc[name]
		}
		if code := reason("bob", "MjcxOA=="); code != "63018" {
			t.Errorf("unknown user: %v", code)
		}
		if code := reason("ada", "2718"); code != "63032" {
			t.Errorf("password as it is: %v", code)
		}
		doc := imcOpen(t, b.post(portal+"li", "userName", "ada", "userPwd", "MjcxOA==").body)
		b.want(h, false, "logged in")
		if code := reason("ada", "MjcxOA=="); code != "1" {
			t.Errorf("once more: %v", code)
		}
		serial := strconv.Itoa(int(doc["serialNo"].(float64)))
		for range 12 {
			time.Sleep(4 * time.Minute)
			b.post(portal+"hb", "userDevPort", imcDevice, "userStatus", "99", "serialNo", serial)
		}
		b.want(h, false, "kept alive for 48 minutes")
		time.Sleep(4 * time.Minute)
		b.post(portal+"hb", "userDevPort", imcDevice, "userStatus", "99", "serialNo", "0")
		time.Sleep(time.Minute)
		b.want(h, true, "another's heartbeat")
		b.post(portal+"li", "userName", "ada", "userPwd", "MjcxOA==")
		b.want(h, false, "logged in again")
		b.get(portal + "lo")
		b.want(h, true, "logged off")
	})
}
