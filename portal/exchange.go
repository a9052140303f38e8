package portal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"hotspot-helper/internal/web"
)

// exchange sends one request, reads the response and adds both to the trace.
func (s *Session) exchange(ctx context.Context, m *message, cookies string) (*Page, error) {
	if s.sent >= MaxRequests {
		return nil, fmt.Errorf("more than %d requests in one session", MaxRequests)
	}
	if err := s.SecretsErr(); err != nil {
		return nil, err
	}
	s.sent++
	s.origins[m.url.Host] = true
	line := Exchange{
		Step:   s.trace.currentStep(),
		Method: m.method,
		URL:    web.RedactURL(m.url),
		Fields: m.names[:min(len(m.names), MaxTraceFields)],
	}
	begin := time.Now()
	page, size, err := s.roundTrip(ctx, m, cookies)
	if _, held := errors.AsType[*SecretError](err); held {
		return nil, err // nothing was sent
	}
	line.Elapsed = time.Since(begin)
	if s.submits(m) {
		s.submitted = s.submitted || page != nil || hadConnection(err)
	}
	line.Bytes = int64(size)
	if page != nil {
		line.Status = page.Status
		line.Location = redactLocation(page)
	}
	if err != nil {
		line.Error = err.Error()
	}
	s.trace.append(line)
	if s.logger.Enabled(ctx, slog.LevelDebug) {
		s.logger.LogAttrs(ctx, slog.LevelDebug, "portal exchange", slog.Any("exchange", line.redact(s.Redact)))
	}
	if page != nil {
		return page, nil
	}
	return nil, err
}

// submits reports whether a request may log in: it is more than a visit to a page.
func (s *Session) submits(m *message) bool {
	return m.method != http.MethodGet || len(m.names) > 0 || m.answers || s.hasSecretURL(m) || s.hasSecretHeader(m)
}

// hadConnection reports whether a request that failed may have reached the server.
func hadConnection(err error) bool {
	if failed, ok := errors.AsType[*net.OpError](err); ok && failed.Op == "dial" {
		return false
	}
	_, unresolved := errors.AsType[*net.DNSError](err)
	return !unresolved && !errors.Is(err, errUnknownConnection)
}

// roundTrip returns the page and the size of its body. An error beside a page says why the
// body is incomplete.
func (s *Session) roundTrip(ctx context.Context, m *message, cookies string) (*Page, int, error) {
	stepCtx, cancel := context.WithTimeout(web.ToPortal(ctx), StepTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(stepCtx, m.method, m.url.String(), bytes.NewReader(m.body))
	if err != nil {
		return nil, 0, fmt.Errorf("make request: %w", err)
	}
	request.URL.RawPath = m.url.RawPath // a stray percent sign, which the text of a URL has not
	request.Header = m.header(cookies)
	request, gate, err := s.guard(request, m, cookies)
	if err != nil {
		return nil, 0, err
	}
	if s.submits(m) {
		(&http.Client{Transport: s.transport}).CloseIdleConnections()
		var end func()
		request, end = sendOnce(request)
		defer end()
	}
	response, err := s.transport.RoundTrip(request)
	if refused := gate.refusal(); refused != nil {
		return nil, 0, refused
	}
	if err != nil {
		return nil, 0, nameTimeout(ctx, stepCtx, web.Explain(err))
	}
	defer response.Body.Close()
	if err := checkHead(response); err != nil {
		return nil, 0, err
	}
	body, cut := ReadBody(response.Header, response.Body)
	if cut != nil && ctx.Err() != nil {
		return nil, body.Size, ctx.Err()
	}
	s.keepCookies(ctx, m.url, response.Header, body.Text)
	page := &Page{
		URL:       m.url,
		Status:    response.StatusCode,
		Header:    response.Header,
		Body:      body.Text,
		Truncated: cut != nil,
		charset:   body.Charset,
	}
	return page, body.Size, nameTimeout(ctx, stepCtx, web.Explain(cut))
}

// nameTimeout replaces err if the deadline of the step, not of ctx, has passed.
func nameTimeout(ctx, stepCtx context.Context, err error) error {
	if err != nil && stepCtx.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("no complete answer within %v: %w", StepTimeout, context.DeadlineExceeded)
	}
	return err
}

// checkHead refuses informational responses and oversized headers.
func checkHead(response *http.Response) error {
	if response.StatusCode < http.StatusOK {
		// 101 hands over a connection whose end no context enforces.
		return fmt.Errorf("read response: status %d ends no request", response.StatusCode)
	}
	size := 0
	for name, values := range response.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	if size > MaxHeader {
		return fmt.Errorf("read response: header of %d bytes, at most %d", size, MaxHeader)
	}
	return nil
}

// cookieHeader returns the Cookie header for u. It omits a cookie that contains a secret if
// the secret may not be sent there. The host of a check gets none: no flow names it, and any
// network can answer for it.
func (s *Session) cookieHeader(u *url.URL, isCheck bool) string {
	return s.jar.Header(u, func(cookie *http.Cookie) bool {
		return !s.isTaintedCookie(cookie.Name, cookie.Value) || !isCheck && s.permitSecret(u, false) == nil
	})
}
