package record

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// address makes a template of a URL: relative where it is on the current host, with what
// the portal has drawn captured.
func (d *drafter) address(s *step, u *url.URL) string {
	if u.String() == d.story.hops[len(d.story.hops)-1].url.String() {
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
		d.addQuery(&b, s, u)
		return b.String()
	}
	if last := d.seen[len(d.seen)-1].page.URL; u.Host != last.Host || u.Scheme != last.Scheme {
		b.WriteString(d.origin(u))
	}
	for i, segment := range strings.Split(cmp.Or(u.EscapedPath(), "/"), "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(cmp.Or(d.captured(s, "path", segment), literal(segment)))
	}
	d.addQuery(&b, s, u)
	return b.String()
}

// addQuery adds the query of a URL.
func (d *drafter) addQuery(b *strings.Builder, s *step, u *url.URL) {
	for i, part := range strings.Split(u.RawQuery, "&") {
		if u.RawQuery == "" {
			break
		}
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(d.parameter(s, part))
	}
}

// origin makes a template of the beginning of a URL: of a parameter of the portal's URL,
// where that names the host, since it is another one at each site.
func (d *drafter) origin(u *url.URL) string {
	plain := u.Scheme + "://" + u.Host
	name, value := d.parameterWith(u)
	if name == "" {
		return plain
	}
	read := "{{.capture." + d.addCapture(d.steps[0], capture{identifier(name, "host"), fmt.Sprintf("{ url = \"*\", param = %s }", quote(name))}) + "}}"
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

// parameterWith finds the parameter of the portal's URL that names the host of another.
func (d *drafter) parameterWith(u *url.URL) (name, value string) {
	query := d.story.hops[len(d.story.hops)-1].url.Query()
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

// parameter makes a template of a part of a query.
func (d *drafter) parameter(s *step, part string) string {
	name, value, isNamed := strings.Cut(part, "=")
	if !isNamed {
		return cmp.Or(d.captured(s, "token", part), literal(part))
	}
	plain := unescape(value)
	if read := d.captured(s, name, plain); read != "" {
		return literal(name) + "=" + strings.Replace(read, "}}", " | urlencode}}", 1)
	}
	for _, in := range d.inputs {
		if in.value == plain && plain != "" && !in.secret {
			return literal(name) + "={{.input." + in.name + " | urlencode}}"
		}
	}
	if isToken(plain) {
		d.doubt(s, "where the value of %s in the URL comes from is not known", name)
	}
	return literal(part)
}

// captured returns the template that reads a value which an earlier step was answered;
// empty where there is none, or the value is the same for everybody.
func (d *drafter) captured(s *step, name, value string) string {
	if !isToken(value) {
		return ""
	}
	for _, at := range slices.Backward(d.seen) {
		if at.step == s {
			continue
		}
		if query, found := seek(at.page, value); found {
			return "{{.capture." + d.addCapture(at.step, capture{identifier(name, "token"), query}) + "}}"
		}
	}
	return ""
}

// literal writes a text as a template that stands for it.
func literal(text string) string { return strings.ReplaceAll(text, "{{", `{{"{{"}}`) }

// nameHosts lists the hosts of the flow: by name where they have one, else by what they
// are to the link.
func (d *drafter) nameHosts() {
	d.nameHost(d.story.hops[len(d.story.hops)-1].url)
	for i, a := range d.story.acts {
		for _, x := range a.answers {
			fresh := d.nameHost(x.url)
			if fresh && x != a.sent && i == len(d.story.acts)-1 {
				d.doubt(nil, "the login ends on %s: if that is not the portal's, take it out of hosts", x.url.Hostname())
			}
		}
	}
}

// nameHost adds a host, unless it is there.
func (d *drafter) nameHost(u *url.URL) (fresh bool) {
	host, start := u.Hostname(), d.story.hops[len(d.story.hops)-1].url.Hostname()
	parameter, _ := d.parameterWith(u)
	switch {
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
	d.hosts = append(d.hosts, host)
	return true
}

// isNamed says whether a host has a name that is the same everywhere.
func isNamed(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err != nil && strings.Contains(host, ".")
}
