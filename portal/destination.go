package portal

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"

	"hotspot-helper/internal/redact"
	"hotspot-helper/internal/web"
)

// Destination is where a request takes a secret.
type Destination struct {
	Scheme string // http or https
	Host   string // with its port, unless that is the scheme's
	// Named says that Hosts spells the host out and that it is not Shared.
	Named bool
	// Key and Issuer are the SHA-256 of the public keys (SPKI), in base64, of the verified
	// certificate and of the one that signed it; empty over http.
	Key, Issuer string
	// Form has name and type of each field of the page's form, in their order, such as
	// "user:text password:password"; empty if the request submits no form. FormDigest is the
	// SHA-256 of the same without the bounds of Form.
	Form, FormDigest string
}

// The bounds of [Destination.Form].
const (
	maxFormText  = 160 // bytes
	maxFieldName = 32  // bytes
	maxFields    = 64
)

// setForm describes the fields of a form.
func (d *Destination) setForm(fields []string) {
	if len(fields) == 0 {
		return
	}
	d.Form = strings.Join(fields, " ")
	d.FormDigest = digest([]byte(d.Form))
	if len(d.Form) > maxFormText {
		d.Form = d.Form[:maxFormText] + "…"
	}
}

// formField is one field of a form, as its page names it.
type formField struct{ name, kind string }

// shape returns the fields of the form, at most [maxFields].
func (f *Form) shape() []formField {
	var fields []formField
	for _, c := range f.controls() {
		if c.inList {
			continue
		}
		name, _ := web.Attribute(c.node, "name")
		fields = append(fields, formField{name, controlType(c.node)})
		if len(fields) == maxFields {
			break
		}
	}
	return fields
}

// fieldName returns the name of a field as people may read it: with the bytes of common names alone,
// and none if a secret stands in these.
func (s *Session) fieldName(name string) string {
	plain := plainName(s.redactor.redact(name))
	if s.redactor.contains(plain) {
		return redact.Mask
	}
	return plain[:min(len(plain), maxFieldName)]
}

// plainName keeps the bytes of common names, because the portal chose the name.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_-.[]$", r) {
			return r
		}
		return -1
	}, name)
}

// setCertificate takes the keys of a connection whose certificate was verified.
func (d *Destination) setCertificate(conn net.Conn) error {
	secure, ok := conn.(interface{ ConnectionState() tls.ConnectionState })
	if !ok {
		return errors.New("the connection shows no certificate")
	}
	chains := secure.ConnectionState().VerifiedChains
	if len(chains) == 0 || len(chains[0]) == 0 {
		return errors.New("the certificate was not verified")
	}
	chain := chains[0]
	d.Key, d.Issuer = keyDigest(chain[0]), keyDigest(chain[min(1, len(chain)-1)])
	return nil
}

func keyDigest(certificate *x509.Certificate) string {
	return digest(certificate.RawSubjectPublicKeyInfo)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawStdEncoding.EncodeToString(sum[:])
}

// destination describes where m goes, without secrets. The certificate is not known before the connection.
func (s *Session) destination(m *message) Destination {
	d := Destination{Scheme: m.url.Scheme, Host: s.redactor.redact(m.url.Host), Named: s.hosts.distrust(hostKey(m.url.Hostname())) == ""}
	fields := make([]string, len(m.shape))
	for i, field := range m.shape {
		fields[i] = s.fieldName(field.name) + ":" + field.kind
	}
	d.setForm(fields)
	return d
}

// carriesSecret reports whether a request takes a secret along, in its URL, its body or a cookie.
func (s *Session) carriesSecret(m *message, cookies string) bool {
	if len(m.secrets) > 0 || s.hasSecretURL(m) || s.hasSecretHeader(m) {
		return true
	}
	for cookie := range strings.SplitSeq(cookies, "; ") {
		name, value, _ := strings.Cut(cookie, "=")
		if s.isTaintedCookie(name, value) {
			return true
		}
	}
	return false
}

// gate holds a request with a secret back until BeforeSecret allows the very connection
// that it will be written to.
type gate struct {
	ask   func(net.Conn) error
	asked bool
	err   error // why it may not be sent
}

var errUnknownConnection = errors.New("it is not known to which connection the secret would go")

// guard puts a gate before a request that carries a secret. It returns the error of
// BeforeSecret if that does not depend on a connection. Without BeforeSecret the gate is nil.
func (s *Session) guard(request *http.Request, m *message, cookies string) (*http.Request, *gate, error) {
	if s.beforeSecret == nil || !s.carriesSecret(m, cookies) {
		return request, nil, nil
	}
	d := s.destination(m)
	refuse := func(err error) error {
		if err == nil {
			return nil
		}
		return &SecretError{Host: m.url.Hostname(), Reason: err.Error(), Cause: err}
	}
	if d.Scheme != "https" {
		return request, nil, refuse(s.beforeSecret(d))
	}
	g := &gate{ask: func(conn net.Conn) error {
		if err := d.setCertificate(conn); err != nil {
			return refuse(err)
		}
		return refuse(s.beforeSecret(d))
	}}
	request = request.WithContext(httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{GotConn: g.gotConn}))
	if len(m.body) > 0 {
		open := func() (io.ReadCloser, error) { return &gatedBody{gate: g, data: bytes.NewReader(m.body)}, nil }
		request.Body, _ = open()
		request.GetBody = open
	}
	return request, g, nil
}

// gotConn asks before the transport writes the first byte of the request. A header may have
// a secret, too, so a connection that may not have it is closed.
func (g *gate) gotConn(info httptrace.GotConnInfo) {
	g.asked = true
	if g.err == nil {
		g.err = g.ask(info.Conn)
	}
	if g.err != nil {
		_ = info.Conn.Close()
	}
}

// refusal returns why the request was held back, nil if it was not.
func (g *gate) refusal() error {
	if g == nil {
		return nil
	}
	return g.err
}

// gatedBody is a body that cannot be read before the connection is allowed.
type gatedBody struct {
	gate *gate
	data *bytes.Reader
}

// Read returns an error unless the secret may be sent.
func (b *gatedBody) Read(p []byte) (int, error) {
	switch {
	case b.gate.err != nil:
		return 0, b.gate.err
	case !b.gate.asked:
		return 0, errUnknownConnection
	}
	return b.data.Read(p)
}

// Close does nothing.
func (b *gatedBody) Close() error { return nil }
