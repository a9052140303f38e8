package web

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Obstacle is what keeps a page from being read, or every check from being answered, other than
// a dead network.
type Obstacle string

// The obstacles.
const (
	CertificateExpired     Obstacle = "certificate-expired"
	CertificateNotYetValid Obstacle = "certificate-not-yet-valid"
	CertificateWrongHost   Obstacle = "certificate-wrong-host"
	CertificateIncomplete  Obstacle = "certificate-incomplete" // an intermediate certificate is missing
	CertificateUnknown     Obstacle = "certificate-unknown"    // of an unknown authority, or of none
	OldTLS                 Obstacle = "old-tls"
	NoTLS                  Obstacle = "no-tls"
	HandshakeFailed        Obstacle = "handshake-failed"
	BrokenHeader           Obstacle = "broken-header"
	UndecodableBody        Obstacle = "undecodable-body"
	OwnAddress             Obstacle = "own-address"
	PageTooComplex         Obstacle = "page-too-complex"

	LocalFirewall     Obstacle = "local-firewall"      // of this computer, such as the kill switch of a VPN
	ReversePathFilter Obstacle = "reverse-path-filter" // the kernel of this computer drops the answers
)

// IsCertificate reports whether the obstacle is a certificate that is not trusted.
func (o Obstacle) IsCertificate() bool {
	switch o {
	case CertificateExpired, CertificateNotYetValid, CertificateWrongHost, CertificateIncomplete, CertificateUnknown:
		return true
	default:
		return false
	}
}

// ErrOwnAddress is wrapped by the error of a dialer that refuses an address of this computer.
var ErrOwnAddress = errors.New("address of this computer")

// ErrLocalFirewall is wrapped by the error of a dialer whose packets the kernel of this computer
// refuses to send.
var ErrLocalFirewall = errors.New("this computer's firewall lets nothing out (kill switch of a VPN?)")

// Unreadable is the error of a page that cannot be read.
type Unreadable struct {
	Obstacle Obstacle
	Text     string // for people, as the end of a sentence
	Err      error
}

func (e *Unreadable) Error() string { return e.Text }

// Unwrap returns the error that Text explains.
func (e *Unreadable) Unwrap() error { return e.Err }

// Explain returns an error of a request as an [*Unreadable] if it has an obstacle, and as it is otherwise.
func Explain(err error) error {
	if err == nil {
		return nil
	}
	if _, done := errors.AsType[*Unreadable](err); done {
		return err
	}
	for _, explain := range []func(error) (Obstacle, string){explainCertificate, explainHandshake, explainResponse} {
		if obstacle, text := explain(err); obstacle != "" {
			return &Unreadable{obstacle, text, err}
		}
	}
	return err
}

// ObstacleOf returns the obstacle of an error, "" for none.
func ObstacleOf(err error) Obstacle {
	if unreadable, ok := errors.AsType[*Unreadable](Explain(err)); ok {
		return unreadable.Obstacle
	}
	return ""
}

func explainCertificate(err error) (Obstacle, string) {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		const day, clock = "2 January 2006", "; is this computer's clock right?"
		if time.Now().Before(invalid.Cert.NotBefore) {
			return CertificateNotYetValid, "its certificate is valid only from " + invalid.Cert.NotBefore.Format(day) + clock
		}
		return CertificateExpired, "its certificate expired on " + invalid.Cert.NotAfter.Format(day) + clock
	}
	if other, ok := errors.AsType[x509.HostnameError](err); ok {
		return CertificateWrongHost, "its certificate is not for " + oneLine(other.Host)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		if lacksIntermediate(err) {
			return CertificateIncomplete, "it does not send the intermediate certificate that its own needs"
		}
		return CertificateUnknown, "its certificate is of an authority that this computer does not trust"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return CertificateUnknown, "its certificate is not valid"
	}
	return "", ""
}

// lacksIntermediate reports whether the last certificate that a server sent says where to get
// its issuer's, as those of public authorities do.
func lacksIntermediate(err error) bool {
	failed, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok || len(failed.UnverifiedCertificates) == 0 {
		return false
	}
	last := failed.UnverifiedCertificates[len(failed.UnverifiedCertificates)-1]
	return len(last.IssuingCertificateURL) > 0 && string(last.RawIssuer) != string(last.RawSubject)
}

// explainHandshake reads the texts of crypto/tls, which has no types for them.
func explainHandshake(err error) (Obstacle, string) {
	text := err.Error()
	_, record := errors.AsType[tls.RecordHeaderError](err)
	remote, ok := errors.AsType[*net.OpError](err)
	alert := ok && remote.Op == "remote error"
	_, version, selected := strings.Cut(text, "tls: server selected unsupported protocol version ")
	switch {
	case selected:
		return OldTLS, "it offers only " + versionName(version) + ", which is not safe"
	case strings.Contains(text, "tls: protocol version not supported"):
		return OldTLS, "it offers neither TLS 1.2 nor TLS 1.3"
	case record || errors.Is(err, http.ErrSchemeMismatch):
		return NoTLS, "it does not answer with TLS at its https address"
	case strings.Contains(text, "tls: handshake failure"):
		return HandshakeFailed, "it and this computer have no way of encryption in common (TLS handshake failure)"
	case alert || strings.Contains(text, "tls: "):
		_, detail, _ := strings.Cut(text, "tls: ")
		return HandshakeFailed, "the TLS handshake failed: " + oneLine(detail)
	default:
		return "", ""
	}
}

// versionName names a version of TLS as crypto/tls prints it in errors.
func versionName(hex string) string {
	for number, name := range map[string]string{"300": "SSL 3.0", "301": "TLS 1.0", "302": "TLS 1.1"} {
		if strings.HasPrefix(hex, number) {
			return name
		}
	}
	return "a version of TLS that is not known"
}

func explainResponse(err error) (Obstacle, string) {
	text := err.Error()
	switch {
	case errors.Is(err, ErrOwnAddress):
		return OwnAddress, "its name leads to an address of this computer"
	case errors.Is(err, ErrLocalFirewall):
		return LocalFirewall, ErrLocalFirewall.Error()
	case errors.Is(err, ErrTooComplex):
		return PageTooComplex, "it is too complex to be read"
	case errors.Is(err, ErrUndecodable), isCorrupt(err): // http.Transport decodes the gzip that it asked for
		return UndecodableBody, "its body is not encoded as its header says"
	}
	for _, broken := range []string{"malformed HTTP", "malformed MIME", "response headers exceeded", "transfer encoding", "Content-Length"} {
		if strings.Contains(text, broken) && strings.Contains(text, "http: ") {
			return BrokenHeader, fmt.Sprintf("the header of its response is broken or has more than %d bytes", MaxHead)
		}
	}
	return "", ""
}

// oneLine returns a foreign text as one short line.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	return TruncateUTF8(strings.ToValidUTF8(text, "\ufffd"), 100)
}
