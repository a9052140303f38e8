package portal

import (
	"net/url"
	"time"

	"hotspot-helper/internal/web"
)

// Refresh returns where the page goes by itself, and after how long, at most
// [web.MaxRefresh]: the refresh of its header or of a meta element that is due first. A
// refresh without a target leads to the page itself. It reports false for a page without
// a refresh to an http or https URL.
func (p *Page) Refresh() (u *url.URL, after time.Duration, ok bool) {
	for _, refresh := range web.ReadRefreshes(p.URL, p.Header, p.Body) {
		target := "" // the page itself
		if refresh.URL != nil {
			target = refresh.URL.String()
		}
		if u, err := resolveURL(p.URL, target); err == nil {
			return u, refresh.After, true
		}
	}
	return nil, 0, false
}
