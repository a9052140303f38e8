package link

import (
	"context"
	"slices"
	"strings"

	"hotspot-helper/internal/file"
)

// maxDomains bounds the search domains of a link.
const maxDomains = 32

// domains returns the search domains of a link: from its manager, else those of the machine, as with
// servers. Domains that only route queries are none.
func (r *reader) domains(ctx context.Context, call caller, nm manager, s State) []string {
	for _, ask := range []func() ([]string, error){
		func() ([]string, error) { return resolvedDomains(ctx, call, s.Index) },
		func() ([]string, error) { return r.networkdDomains(s.Index) },
		func() ([]string, error) { return nm.domains(ctx) },
		func() ([]string, error) { return fileDomains(r.path("etc/resolv.conf")) },
	} {
		if found, err := ask(); err == nil && len(found) > 0 {
			return unique(found)
		}
	}
	return nil
}

// unique keeps the first of equal domains, without a dot at the end.
func unique(domains []string) []string {
	var kept []string
	for _, domain := range domains {
		domain = strings.ToLower(strings.TrimSuffix(domain, "."))
		if domain != "" && !slices.Contains(kept, domain) && len(kept) < maxDomains {
			kept = append(kept, domain)
		}
	}
	return kept
}

func resolvedDomains(ctx context.Context, call caller, index int) ([]string, error) {
	var entries []struct {
		Domain    string
		RouteOnly bool
	}
	if err := resolvedProperty(ctx, call, index, "Domains", &entries); err != nil {
		return nil, err
	}
	var found []string
	for _, entry := range entries {
		if !entry.RouteOnly {
			found = append(found, entry.Domain)
		}
	}
	return found, nil
}

func (r *reader) networkdDomains(index int) ([]string, error) {
	value, err := r.networkd(index, "DOMAINS")
	return strings.Fields(value), err
}

// domains reads those that the network gave, and those of the user.
func (m manager) domains(ctx context.Context) ([]string, error) {
	var found []string
	var failed error
	for kind, iface := range map[string]string{"Ip4Config": "IP4Config", "Ip6Config": "IP6Config"} {
		for _, name := range []string{"Searches", "Domains"} {
			var domains []string
			if err := m.config(ctx, kind, iface, name, &domains); err != nil {
				failed = err
			}
			found = append(found, domains...)
		}
	}
	slices.Sort(found)
	return found, failed
}

// fileDomains reads the last search or domain line of a resolv.conf(5).
func fileDomains(path string) (found []string, err error) {
	text, err := file.Read(path, maxState)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && (fields[0] == "search" || fields[0] == "domain") {
			found = fields[1:]
		}
	}
	return found, nil
}
