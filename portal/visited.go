package portal

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hotspot-helper/internal/web"
)

// maxVisited bounds [Session.Visited].
const maxVisited = 64

// keepCookies keeps the cookies of a response and those that its scripts set, for this session
// and for those that continue it. Once the context ended, it keeps no cookies of scripts.
func (s *Session) keepCookies(ctx context.Context, u *url.URL, header http.Header, body string) {
	lines := header["Set-Cookie"]
	lines = slices.Concat(lines[:min(len(lines), web.MaxCookies)], web.ScriptCookies(ctx, u, header, body))
	at := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	for _, line := range lines {
		s.jar.Keep(u, http.Header{"Set-Cookie": {line}})
		if len(line) > 2*web.MaxCookie {
			continue
		}
		visit := Visit{URL: &at, Header: http.Header{"Set-Cookie": {line}}}
		s.visited = slices.DeleteFunc(s.visited, func(v Visit) bool {
			return *v.URL == at && cookieName(v) == cookieName(visit)
		})
		s.visited = append(s.visited, visit)
	}
	s.visited = s.visited[max(0, len(s.visited)-maxVisited):]
}

func cookieName(v Visit) string {
	name, _, _ := strings.Cut(v.Header["Set-Cookie"][0], "=")
	return strings.TrimSpace(name)
}

// Visited returns the responses that set cookies, for the Visited of a session that continues
// this one; at most 64, the latest of each cookie. It leaves out cookies that contain a secret.
func (s *Session) Visited() []Visit {
	return slices.DeleteFunc(slices.Clone(s.visited), func(v Visit) bool {
		return s.redactor.contains(v.Header["Set-Cookie"][0])
	})
}
