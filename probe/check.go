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

// minBody is the length from which the body of a 2xx counts: transparent proxies turn a
// 204 into a 200 with an empty or almost empty body (Android's rule).
const minBody = 5

// headSuffices reports whether the result does not depend on the body.
func headSuffices(h Hop) bool { return h.Status >= 300 }

// classify returns what a response means.
//
//   - The wanted status with the wanted body and header: online.
//   - 3xx and 511 (RFC 6585, section 6), a 2xx with another body, a 204 with a body or in
//     place of a body: portal. A redirect to the same URL over https is the operator's own:
//     failed.
//   - Other 4xx and 5xx, a body cut off before it differs, one of at most 4 bytes, a missing
//     header field: failed, because proxies do that too.
//   - Over TLS, which the transport verifies, a wrong response is the operator's own: failed.
//   - At a decoy, which has no right response, 511, any other redirect, a 204 and a page: portal.
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

// classifyRedirect distinguishes a portal's redirect from one to the same URL over https.
func classifyRedirect(h Hop) (CheckResult, string) {
	location := h.Header.Get("Location")
	detail := shorten(strconv.Itoa(h.Status) + " to " + web.RedactURLText(location))
	if isHTTPSUpgrade(h.URL, location) {
		return CheckFailed, detail
	}
	return CheckPortal, detail
}

// classifyDecoy classifies a response from an address without a server. An error status
// comes from a proxy that did not reach the address.
func classifyDecoy(h Hop) (CheckResult, string) {
	body := strings.TrimSpace(h.Body)
	switch {
	case h.Status >= 300 && h.Status <= 399:
		return classifyRedirect(h)
	case h.Status == http.StatusNoContent, h.Status == http.StatusNetworkAuthenticationRequired:
		return CheckPortal, fmt.Sprintf("%d %s", h.Status, http.StatusText(h.Status))
	case h.Status >= 200 && h.Status <= 299 && len(body) >= minBody:
		return CheckPortal, fmt.Sprintf("%d with a page", h.Status)
	default:
		return CheckFailed, fmt.Sprintf("%d with %d bytes", h.Status, len(body)) + retryAfter(h.Header)
	}
}

// retryAfter returns when a server wants to be asked again (RFC 9110, section 10.2.3).
func retryAfter(header http.Header) string {
	if value := header.Get("Retry-After"); value != "" {
		return shorten(", retry after " + value)
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
		return CheckFailed, fmt.Sprintf("%d, body cut off after %d bytes", h.Status, len(body))
	case h.Status == e.Status && (e.Status == http.StatusNoContent || e.Body == ""), e.Body != "" && body == e.Body:
		return classifyHeader(e, h)
	case len(body) < minBody:
		return CheckFailed, fmt.Sprintf("%d with %d bytes", h.Status, len(body))
	default:
		return CheckPortal, fmt.Sprintf("%d with another body", h.Status)
	}
}

// classifyHeader classifies a response with the right body, or one whose right body is not known.
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

// announcesBody reports whether the header of a 204 announces a body, which RFC 9110,
// section 15.3.5 forbids; the client does not read it.
func announcesBody(header http.Header) bool {
	length := header.Get("Content-Length")
	return length != "" && length != "0" || header.Get("Transfer-Encoding") != ""
}

// isHTTPSUpgrade reports whether a redirect changes http to https and nothing else.
func isHTTPSUpgrade(from, to string) bool {
	at, err := url.Parse(from)
	if err != nil || at.Scheme != "http" {
		return false
	}
	secure, err := at.Parse(to)
	return err == nil && secure.Scheme == "https" && strings.EqualFold(secure.Hostname(), at.Hostname()) &&
		(secure.Port() == "" || secure.Port() == "443") && secure.RequestURI() == at.RequestURI()
}

// classifyError returns what a request without a response means. A foreign certificate, or
// plain HTTP in place of TLS, comes from an interceptor; an expired certificate need not,
// because the clock may be wrong.
func classifyError(err error) (CheckResult, string) {
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	if authority || host || record || errors.Is(err, http.ErrSchemeMismatch) {
		return CheckPortal, errorDetail(err)
	}
	return CheckFailed, errorDetail(err)
}

// errorDetail describes shortly why there was no response. The URL is in the check.
func errorDetail(err error) string {
	if errors.Is(err, web.ErrLocalFirewall) {
		return web.ErrLocalFirewall.Error()
	}
	if unknown, ok := errors.AsType[*net.DNSError](err); ok {
		if unknown.Server != "" {
			return shorten(unknown.Err + ", by " + unknown.Server)
		}
		return shorten(unknown.Err)
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	return shorten(web.RedactError(err))
}
