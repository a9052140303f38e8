package portaltest

import (
	"net/http"
	"testing"
	"time"
)

func TestRealm(t *testing.T) {
	for password, captive := range map[string]bool{"": true, "2817": true, "2718": false} {
		onVendor(t, Options{Kind: KindRealm}, func(b *browser, h *Hotspot) {
			if asked := b.get(h.PortalURL()); asked.status != http.StatusUnauthorized {
				b.t.Errorf("status %d without credentials", asked.status)
			}
			request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, h.PortalURL(), nil)
			if err != nil {
				b.t.Fatal(err)
			}
			if password != "" {
				request.SetBasicAuth("ada", password)
			}
			response, err := b.client.Do(request)
			if err != nil {
				b.t.Fatal(err)
			}
			_ = response.Body.Close()
			if asks := response.Header.Get("WWW-Authenticate") != ""; asks != captive {
				b.t.Errorf("password %q: status %s", password, response.Status)
			}
			b.want(h, captive, "password "+password)
		})
	}
}

// A late gate intercepts for a while after the login.
func TestGate(t *testing.T) {
	onVendor(t, Options{Kind: KindFritzBox, Gate: 5 * time.Second}, func(b *browser, h *Hotspot) {
		const online = "the Internet at check.test\n"
		b.get("http://192.0.2.1:8186/trustme.lua?accept=")
		b.want(h, false, "accepted")
		if at := b.get(far); at.body == online {
			b.t.Error("the gate is open at once")
		}
		time.Sleep(5 * time.Second)
		if at := b.get(far); at.body != online {
			b.t.Errorf("the gate is shut after its time: %s", at.body)
		}
	})
}
