package packs_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"

	"hotspot-helper/plugins/pack"
)

// secrets returns the values of the secret inputs of a row.
func (row standin) secrets(p *pack.Pack) []string {
	var secrets []string
	for _, input := range p.Inputs() {
		if input.Secret && row.inputs[input.Name] != "" {
			secrets = append(secrets, row.inputs[input.Name])
		}
	}
	return secrets
}

// watch is a transport that looks for secrets in requests, in every encoding of a flow. It
// cannot recognize digests; a flow that would send one must stop before.
type watch struct {
	http.RoundTripper
	secrets []string

	mu   sync.Mutex // a probe asks several things at once
	seen []string   // requests with a secret in them
}

func (w *watch) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	head, err := httputil.DumpRequestOut(r.Clone(r.Context()), false)
	if err != nil {
		return nil, err
	}
	text := string(head) + string(body)
	for _, secret := range w.secrets {
		for _, spelling := range []string{
			secret, url.QueryEscape(secret), url.PathEscape(secret),
			hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret)),
		} {
			if strings.Contains(text, spelling) {
				w.mu.Lock()
				w.seen = append(w.seen, r.Method+" "+r.URL.Path)
				w.mu.Unlock()
			}
		}
	}
	return w.RoundTripper.RoundTrip(r)
}
