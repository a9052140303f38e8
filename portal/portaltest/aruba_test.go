package portaltest

import (
	"encoding/hex"
	"strings"
	"testing"
)

func TestArubaInstant(t *testing.T) {
	const swarm = "http://securelogin.arubanetworks.com/swarm.cgi"
	target := hex.EncodeToString([]byte(far))
	onVendor(t, Options{Kind: KindArubaInstantClick}, func(b *browser, h *Hotspot) {
		if page := b.get(far); page.url.Query().Get("orig_url") != target {
			t.Errorf("led to %v", page.url)
		}
		b.post(swarm, "opcode", "cp_ack", "orig_url", "no hex")
		b.want(h, true, "a URL that is not in hex")
		b.post(swarm, "opcode", "cp_auth", "orig_url", target, "user", "ada", "password", "2718")
		b.want(h, true, "a password where a click is wanted")
		b.get(swarm + "?opcode=cp_ack&orig_url=" + target)
		b.want(h, true, "a click by GET")
		if page := b.post(swarm, "opcode", "cp_ack", "orig_url", target); page.url.String() != far {
			t.Errorf("led on to %v", page.url)
		}
		b.want(h, false, "a click")
	})
	onVendor(t, Options{Kind: KindArubaInstant}, func(b *browser, h *Hotspot) {
		b.post(swarm, "opcode", "cp_ack", "orig_url", target)
		b.want(h, true, "a click where a password is wanted")
		b.post(swarm, "opcode", "cp_auth", "orig_url", target, "user", "ada", "password", "2718")
		b.want(h, false, "the password")
	})
}

func TestArubaLogins(t *testing.T) {
	const device = "http://securelogin.arubanetworks.com"
	right := []string{"user", "ada", "password", "2718", "url", far}
	for kind, path := range map[Kind]string{KindAruba: "/cgi-bin/login", KindArubaController: "/auth/index.html/u"} {
		onVendor(t, Options{Kind: kind}, func(b *browser, h *Hotspot) {
			page := b.post(device+path, right...)
			b.want(h, true, "without the command")
			if !strings.Contains(page.body, "Authentication failed") {
				t.Errorf("refused by\n%s", page.body)
			}
			b.post(device+path, append(right, "cmd", "authenticate")...)
			b.want(h, false, "all is right")
		})
	}
}
