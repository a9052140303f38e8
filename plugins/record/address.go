package record

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"hotspot-helper/internal/strict"
)

// address returns the template of a URL. It is relative if possible, and reads random parts
// from captures.
func (d *drafter) address(s *step, a *action) string {
	u := a.first().url
	if u.String() == d.session.landing().url.String() {
		return "{{.probe.url}}"
	}
	if read := d.captured(s, "next", u.String()); read != "" {
		return read
	}
	var b strings.Builder
	bare := *u
	bare.RawQuery = ""
	if read := d.captured(s, "next", bare.String()); read != "" {
		b.WriteString(read)
		d.addQuery(&b, s, a)
		return b.String()
	}
	if last := d.seen[len(d.seen)-1].page.URL; u.Host != last.Host || u.Scheme != last.Scheme {
		if d.isStrict() && !d.wasSeen(u.Hostname()) {
			d.unexplain("a host that nothing explains")
		}
		b.WriteString(d.origin(u))
	}
	for i, segment := range strings.Split(cmp.Or(u.EscapedPath(), "/"), "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(cmp.Or(d.captured(s, "path", segment), d.typedSegment(segment), literal(segment)))
	}
	d.addQuery(&b, s, a)
	return b.String()
}

// addQuery adds the template of a query.
func (d *drafter) addQuery(b *strings.Builder, s *step, a *action) {
	query := a.first().url.RawQuery
	for i, part := range strings.Split(query, "&") {
		if query == "" {
			break
		}
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(d.parameter(s, a, part))
	}
}

// origin returns the template of scheme and host. It reads a host that differs at each site
// from the parameter of the portal's URL that names it.
func (d *drafter) origin(u *url.URL) string {
	plain := u.Scheme + "://" + u.Host
	name, value := d.parameterWith(u)
	if name == "" {
		return plain
	}
	read := "{{.capture." + d.addCapture(d.steps[0], capture{identifier(name, "host"), fmt.Sprintf("{ url = \"*\", param = %s }", strict.Quote(name))}) + "}}"
	switch value {
	case plain:
		return read
	case u.Host:
		return u.Scheme + "://" + read
	case u.Hostname():
		return strings.TrimSuffix(u.Scheme+"://"+read+":"+u.Port(), ":")
	}
	return plain
}

// parameterWith returns the parameter of the portal's URL that contains the host of u.
func (d *drafter) parameterWith(u *url.URL) (name, value string) {
	landing := d.session.landing().url
	if !d.work.Spend(costQuery * len(landing.RawQuery)) {
		return "", ""
	}
	query := landing.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		value := query.Get(name)
		if value == u.Host || value == u.Hostname() {
			return name, value
		}
		if to, err := url.Parse(value); err == nil && to.Host != "" && to.Hostname() == u.Hostname() {
			return name, strings.TrimSuffix(value, "/")
		}
	}
	return "", ""
}

// parameter returns the template of a part of a query.
func (d *drafter) parameter(s *step, a *action, part string) string {
	name, value, isNamed := strings.Cut(part, "=")
	if !isNamed {
		return cmp.Or(d.captured(s, "token", part), d.typedSegment(part), literal(part))
	}
	plain := unescape(value)
	if read := d.captured(s, name, plain); read != "" {
		return literal(name) + "=" + strings.Replace(read, "}}", " | urlencode}}", 1)
	}
	if read := d.typedInURL(a, field{unescape(name), plain}); read != "" {
		return literal(name) + "=" + read
	}
	if isToken(plain) {
		d.doubt(s, "where the value of %s in the URL comes from is not known", name)
	}
	return literal(part)
}

// captured returns the template that reads a value from an earlier response, "" if no
// response contains it or it is not a token.
func (d *drafter) captured(s *step, name, value string) string {
	if !isToken(value) {
		return ""
	}
	for _, at := range slices.Backward(d.seen) {
		if at.step == s {
			continue
		}
		if query := d.query(at, value); query != "" {
			return "{{.capture." + d.addCapture(at.step, capture{identifier(name, "token"), query}) + "}}"
		}
	}
	return ""
}

// literal returns the template of a constant.
func literal(text string) string { return strings.ReplaceAll(text, "{{", `{{"{{"}}`) }

// nameHosts lists the hosts of the flow: by name, or by an @ pattern.
func (d *drafter) nameHosts() {
	n := d.names()
	d.nameHost(n, d.session.landing().url)
	for i, a := range d.session.actions {
		for _, x := range a.exchanges {
			added := d.nameHost(n, x.url)
			if added && x != a.first() && i == len(d.session.actions)-1 {
				d.doubt(nil, "the login ends on %s: if it does not belong to the portal, remove it from hosts", x.url.Hostname())
			}
		}
	}
}

// nameHost adds the host of a URL. It returns false if the list has it.
func (d *drafter) nameHost(n names, u *url.URL) (added bool) {
	host, start := u.Hostname(), d.session.landing().url.Hostname()
	parameter, _ := d.parameterWith(u)
	switch {
	case d.isPinned:
	case host == start && !isNamed(host):
		host = "@start"
	case host != start && parameter != "":
		host = "@param:" + parameter
	case !isNamed(host) && !slices.Contains(d.hosts, host):
		d.doubt(nil, "the host %s is an address: if it is the gateway's, write @gateway", host)
	}
	if slices.Contains(d.hosts, host) {
		return false
	}
	if n.hasTyped(host) {
		d.doubt(nil, "the name of a host seems to be typed, and a flow cannot send that: it is left out")
		d.unexplain("the name of a host")
		return false
	}
	d.hosts = append(d.hosts, host)
	return true
}

// isNamed reports whether a host is a domain name, and not an address or a local name.
func isNamed(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err != nil && strings.Contains(host, ".")
}
