package probe

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"hotspot-helper/internal/web"
)

// tooShort is the length up to which a body of a 2xx tells nothing: transparent
// proxies turn a 204 into a 200 with an empty or almost empty body (Android's rule).
const tooShort = 4

// headSettles says whether the head of the answer tells enough, so that nobody
// need wait for its body.
func headSettles(h Hop) bool { return h.Status >= 300 }

// classify says what an answer means.
//
//   - The wanted status with the wanted body and header: online.
//   - 3xx and 511 (RFC 6585, section 6), a 2xx with another body, a 204 that has
//     a body or stands where a body is wanted: portal. A redirect to the very same
//     URL over https is the operator's own: failed.
//   - Other 4xx and 5xx, a body cut off before it differs, one of at most 4
//     octets, a wanted header field missing: failed, for proxies do that too.
//   - Over TLS, which the transport verifies, a wrong answer is the operator's own: failed.
//   - At a decoy, which has no right answer, 511, any other redirect, a 204 and a page: portal.
func classify(e Endpoint, h Hop) (CheckResult, string) {
	if e.Decoy {
		return classifyDecoy(h)
	}
	result, detail := classifyStatus(e, h)
	if result == CheckPortal && e.secure() {
		return CheckFailed, detail + ", over TLS"
	}
	return result, detail
}

func classifyStatus(e Endpoint, h Hop) (CheckResult, string) {
	status := strings.TrimSpace(strconv.Itoa(h.Status) + " " + http.StatusText(h.Status))
	switch {
	case h.Status == http.StatusNetworkAuthenticationRequired:
		return CheckPortal, status
	case h.Status >= 300 && h.Status <= 399:
		return classifyRedirect(h)
	case h.Status < 200 || h.Status > 299:
		return CheckFailed, status + retryAfter(h.Header)
	default:
		return classifyBody(e, h)
	}
}

// classifyRedirect tells a portal's from one that a proxy makes of any request.
func classifyRedirect(h Hop) (CheckResult, string) {
	location := h.Header.Get("Location")
	detail := brief(strconv.Itoa(h.Status) + " to " + web.RedactURLText(location))
	if upgrades(h.URL, location) {
		return CheckFailed, detail
	}
	return CheckPortal, detail
}

// classifyDecoy looks at an answer where nobody is to answer. An error is a proxy's
// that looked for the address in vain.
func classifyDecoy(h Hop) (CheckResult, string) {
	body := strings.TrimSpace(h.Body)
	switch {
	case h.Status >= 300 && h.Status <= 399:
		return classifyRedirect(h)
	case h.Status == http.StatusNoContent, h.Status == http.StatusNetworkAuthenticationRequired:
		return CheckPortal, fmt.Sprintf("%d %s", h.Status, http.StatusText(h.Status))
	case h.Status >= 200 && h.Status <= 299 && len(body) > tooShort:
		return CheckPortal, fmt.Sprintf("%d with a page", h.Status)
	default:
		return CheckFailed, fmt.Sprintf("%d with %d octets", h.Status, len(body)) + retryAfter(h.Header)
	}
}

// retryAfter tells when a server asks to be asked again (RFC 9110, section 10.2.3).
func retryAfter(header http.Header) string {
	if value := header.Get("Retry-After"); value != "" {
		return brief(", retry after " + value)
	}
	return ""
}

func classifyBody(e Endpoint, h Hop) (CheckResult, string) {
	body := strings.TrimSpace(h.Body)
	switch {
	case h.Status == http.StatusNoContent && (body != "" || announcesBody(h.Header)):
		return CheckPortal, "204 with a body"
	case h.Status == http.StatusNoContent && e.Status != h.Status:
		return CheckPortal, fmt.Sprintf("204 instead of %d", e.Status)
	case h.Truncated && strings.HasPrefix(e.Body, body):
		return CheckFailed, fmt.Sprintf("%d, body cut off after %d octets", h.Status, len(body))
	case h.Status == e.Status && (e.Status == http.StatusNoContent || e.Body == ""), e.Body != "" && body == e.Body:
		return classifyHeader(e, h)
	case len(body) <= tooShort:
		return CheckFailed, fmt.Sprintf("%d with %d octets", h.Status, len(body))
	default:
		return CheckPortal, fmt.Sprintf("%d with another body", h.Status)
	}
}

// classifyHeader looks at an answer with the right body, or one of which the body is not known.
func classifyHeader(e Endpoint, h Hop) (CheckResult, string) {
	if h.Status != e.Status {
		return CheckFailed, fmt.Sprintf("%d instead of %d", h.Status, e.Status)
	}
	for name, want := range e.Header {
		got := h.Header.Get(name)
		if got == "" || want != "" && got != want {
			return CheckFailed, fmt.Sprintf("%d without the header %s", h.Status, name)
		}
	}
	return CheckOnline, fmt.Sprintf("%d as wanted", h.Status)
}

// announcesBody says whether the header of a 204 promises a body, which RFC 9110,
// section 15.3.5 forbids; the client does not read one.
func announcesBody(header http.Header) bool {
	length := header.Get("Content-Length")
	return length != "" && length != "0" || header.Get("Transfer-Encoding") != ""
}

// upgrades says whether a redirect changes http to https and nothing else.
func upgrades(from, to string) bool {
	at, err := url.Parse(from)
	if err != nil || at.Scheme != "http" {
		return false
	}
	secure, err := at.Parse(to)
	return err == nil && secure.Scheme == "https" && strings.EqualFold(secure.Hostname(), at.Hostname()) &&
		(secure.Port() == "" || secure.Port() == "443") && secure.RequestURI() == at.RequestURI()
}

// classifyError says what a request without an answer means. Somebody else's
// certificate, or plain HTTP where TLS is spoken, is somebody else's answer; an
// expired certificate is not, for the clock may be wrong.
func classifyError(err error) (CheckResult, string) {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		record    tls.RecordHeaderError
	)
	if errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch) {
		return CheckPortal, cause(err)
	}
	return CheckFailed, cause(err)
}

// cause says in short why there was no answer: whom was asked stands elsewhere.
func cause(err error) string {
	if unknown, ok := errors.AsType[*net.DNSError](err); ok {
		if unknown.Server != "" {
			return brief(unknown.Err + ", by " + unknown.Server)
		}
		return brief(unknown.Err)
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	return brief(web.RedactError(err))
}
