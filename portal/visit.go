package portal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"hotspot-helper/internal/web"
)

// visit sends m, follows redirects and makes the last response the current page.
func (s *Session) visit(ctx context.Context, m message) (*Page, error) {
	s.findSecrets(&m)
	err := s.permit(&m)
	if err == nil {
		err = s.askBeforeUse(ctx, &m)
	}
	if err != nil {
		return nil, s.failure(m.action(), err)
	}
	seen := map[string]bool{}
	var via []*Page
	for range MaxHops + 1 {
		cookies := s.cookieHeader(m.url, m.extra.Check)
		// A request that is repeated with the same cookies is a loop. With new cookies it
		// is how portals test whether the client keeps them.
		key := m.method + " " + m.url.String() + " " + cookies
		if seen[key] {
			return nil, s.failure(m.action(), errors.New("redirect loop"))
		}
		seen[key] = true
		page, err := s.exchange(ctx, &m, cookies)
		if err != nil {
			return nil, s.failure(m.action(), err)
		}
		next, err := s.answer(&m, page)
		if next != nil {
			clear(seen) // with credentials it is another request
		} else if err == nil {
			next, err = s.follow(ctx, &m, page)
		}
		if err != nil {
			return nil, s.failure(m.action(), err)
		}
		if next == nil {
			page.Via = via
			s.page = page
			return page, nil
		}
		via = append(via, page)
		m = *next
	}
	return nil, s.failure(m.action(), fmt.Errorf("more than %d redirects", MaxHops))
}

// follow returns the request that a redirect leads to, nil if the page is the last. The error is a [*UseError].
func (s *Session) follow(ctx context.Context, m *message, page *Page) (*message, error) {
	if m.extra.Stop {
		return nil, nil
	}
	next, err := s.redirect(m, page)
	if err == nil && next != nil && keepsMethod(page.Status) {
		if err := s.askBeforeUse(ctx, next); err != nil {
			return nil, err
		}
	}
	if err != nil {
		page.Refused = s.failure("follow redirect", err)
		s.trace.addError("redirect not followed: " + err.Error())
		s.logger.InfoContext(ctx, "redirect not followed", "reason", s.Redact(err.Error()))
	}
	return next, nil
}

// findSecrets adds texts of the body that contain known secrets to the secrets of m, so
// that a page cannot leak a secret by returning it in a hidden field. If the page's URL
// contains one, the Referer is shortened to the origin, because servers log it.
func (s *Session) findSecrets(m *message) {
	if m.from != nil && s.hasTaintedURL(m.from) {
		m.from = &url.URL{Scheme: m.from.Scheme, Host: m.from.Host, Path: "/"}
	}
	for _, text := range m.texts {
		if s.redactor.isTainted(text) {
			m.secrets = append(m.secrets, Secret(text))
		}
	}
}

// redirect returns the next request, or nil if the page is the last. The error says why a
// redirect is not followed.
func (s *Session) redirect(m *message, page *Page) (*message, error) {
	location := page.Header.Get("Location")
	if !isRedirect(page.Status) || location == "" {
		return nil, nil
	}
	target, err := resolveURL(page.URL, location)
	if err != nil {
		return nil, err
	}
	if target.Fragment == "" {
		target.Fragment, target.RawFragment = m.url.Fragment, m.url.RawFragment
	}
	next := message{method: http.MethodGet, url: target, from: m.from}
	if keepsMethod(page.Status) {
		next = *m
		next.url = target
	}
	next.extra = m.afterRedirect(&next)
	if err := s.permit(&next); err != nil {
		return nil, err
	}
	return &next, nil
}

func isRedirect(status int) bool {
	return slices.Contains([]int{
		http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
	}, status)
}

// keepsMethod reports whether a redirect keeps method and body (RFC 9110, section 15.4). A
// 301 or 302 does not: all browsers turn a POST into a GET.
func keepsMethod(status int) bool {
	return status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
}

// redactLocation returns the target of a redirect for the trace.
func redactLocation(page *Page) string {
	location := page.Header.Get("Location")
	if location == "" {
		return ""
	}
	target, err := web.ResolveReference(page.URL, location)
	if err != nil {
		return "…"
	}
	return web.RedactURL(target)
}
