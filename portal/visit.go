package portal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// visit sends m, follows redirects and makes the last answer the current page.
func (s *Session) visit(ctx context.Context, m message) (*Page, error) {
	s.taint(&m)
	if err := s.permit(&m); err != nil {
		return nil, s.failure(m.action(), err)
	}
	seen := map[string]bool{}
	var via []*Page
	for range MaxHops + 1 {
		cookies := s.cookieHeader(m.url)
		// The same request with the same cookies gets the same answer; with new ones
		// it is how portals test for cookies.
		key := m.method + " " + m.url.String() + " " + cookies
		if seen[key] {
			return nil, s.failure(m.action(), errors.New("redirect loop"))
		}
		seen[key] = true
		page, err := s.exchange(ctx, &m, cookies)
		if err != nil {
			return nil, s.failure(m.action(), err)
		}
		next, err := s.redirect(&m, page)
		if err != nil {
			page.Refused = s.failure("follow redirect", err)
			s.ledger.amend("redirect not followed: " + err.Error())
			s.logger.InfoContext(ctx, "redirect not followed", "reason", s.Redact(err.Error()))
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

// taint counts texts of the body that are known secrets among its secrets, so that a page
// cannot have one sent on by returning it in a hidden field. A page whose address holds
// one is told of by its origin alone, for a Referer is a header that servers log.
func (s *Session) taint(m *message) {
	if m.from != nil && s.urlHoldsSecret(m.from) {
		m.from = &url.URL{Scheme: m.from.Scheme, Host: m.from.Host, Path: "/"}
	}
	for _, text := range m.texts {
		if s.ledger.holdsSecret(text) {
			m.secrets = append(m.secrets, Secret(text))
		}
	}
}

// redirect returns the next hop, nil if the page is the last, and why if it is a redirect.
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
	if repeats(page.Status) {
		next = *m
		next.url = target
	}
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

// repeats says whether a redirect keeps method and body (RFC 9110, section 15.4). A 301 or
// 302 does not: for a POST all browsers turn it into a GET.
func repeats(status int) bool {
	return status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
}

// maskLocation returns the target of a redirect for the trace.
func maskLocation(page *Page) string {
	location := page.Header.Get("Location")
	if location == "" {
		return ""
	}
	target, err := url.Parse(tidyReference(location))
	if err != nil {
		return "…"
	}
	return MaskURL(page.URL.ResolveReference(target))
}
