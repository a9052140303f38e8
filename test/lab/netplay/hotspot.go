package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"

	"hotspot-helper/portal/portaltest"
)

// errCaptive is why there is no TLS before a login.
var errCaptive = errors.New("captive")

// hotspot is a simulated portal with the Internet behind it. It accepts the user "ada" with the
// PIN "2718". POST at the gateway's own address makes it forget its client.
type hotspot struct{ *portaltest.Hotspot }

func newHotspot(kind string, seed uint64) hotspot {
	return hotspot{portaltest.New(portaltest.Options{Kind: portaltest.Kind(kind), Seed: seed, Internet: internet()})}
}

// ServeHTTP answers any host.
func (h hotspot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host == portal {
		h.Deauth()
		return
	}
	h.Hotspot.ServeHTTP(w, r)
}

// writePack writes the pack of a portal without a product.
func (h hotspot) writePack(dir string) error {
	files, err := h.Pack("bench", "Bench")
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, files); err != nil {
		return fmt.Errorf("write pack: %w", err)
	}
	return nil
}

// guarded refuses TLS while the client is captive, with whatever certificate.
func (h hotspot) guarded(issue certificates) certificates {
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if h.Captive() {
			return nil, errCaptive
		}
		return issue(hello)
	}
}
