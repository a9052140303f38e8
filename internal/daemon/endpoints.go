package daemon

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hotspot-helper/configs"
	"hotspot-helper/internal/file"
	"hotspot-helper/internal/link"
	"hotspot-helper/internal/strict"
	"hotspot-helper/probe"
)

// prefer puts the check that was chosen for this machine before the others and makes it a
// default. If the catalogue has an entry with its URL, that entry is used, because it has
// more detail. A check without a usable URL is left out.
func prefer(endpoints []probe.Endpoint, check link.Connectivity) []probe.Endpoint {
	i := slices.IndexFunc(endpoints, func(e probe.Endpoint) bool { return sameAddress(e.URL, check.URI) })
	var first probe.Endpoint
	if i >= 0 {
		first = endpoints[i]
		endpoints = slices.Delete(slices.Clone(endpoints), i, i+1)
	} else {
		var ok bool
		if first, ok = endpointOf(check); !ok {
			return endpoints
		}
	}
	first.Default = true
	return slices.Insert(slices.Clone(endpoints), 0, first)
}

// endpointOf makes an endpoint of a check that the catalogue does not know.
func endpointOf(check link.Connectivity) (probe.Endpoint, bool) {
	u, err := url.Parse(check.URI)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return probe.Endpoint{}, false
	}
	e := probe.Endpoint{
		Name:     "networkmanager",
		Operator: u.Hostname(),
		URL:      check.URI,
		Status:   http.StatusOK,
		Body:     strings.TrimSpace(check.Response),
		Note:     fmt.Sprintf("NetworkManager of this machine is configured with it; the body it wants begins with %q", check.Response),
	}
	if e.Body == "" {
		e.Status = http.StatusNoContent
	}
	return e, true
}

// sameAddress compares URLs, but ignores a slash at the end.
func sameAddress(a, b string) bool {
	return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/")
}

// machineCheck is the check that was chosen for this machine; zero: none. If it cannot be
// read, the catalogue is enough.
func (e Env) machineCheck(ctx context.Context) link.Connectivity {
	if e.Connectivity == nil {
		return link.Connectivity{}
	}
	check, err := e.Connectivity(ctx)
	if err != nil {
		return link.Connectivity{}
	}
	return check
}

// maxCatalogue is the size in bytes of the largest catalogue.
const maxCatalogue = 1 << 20

// Catalogue is the catalogue of checks: first the one that was chosen for this machine, then
// the built-in ones and the user's own.
func (e Env) Catalogue(ctx context.Context, config configs.Config) ([]probe.Endpoint, error) {
	endpoints, err := probe.Catalogue()
	if err != nil {
		return nil, err
	}
	endpoints = prefer(endpoints, e.machineCheck(ctx))
	own := config.Probe.Catalogue
	if own == "" {
		return endpoints, nil
	}
	data, err := file.Read(own, maxCatalogue)
	if err != nil {
		return nil, fmt.Errorf("read probe catalogue: %w", err)
	}
	added, err := probe.ParseCatalogue(own, data)
	return append(endpoints, added...), err
}

// Endpoints are the checks of the catalogue that the user chose, else its defaults.
func (e Env) Endpoints(ctx context.Context, config configs.Config) ([]probe.Endpoint, error) {
	if len(config.Probe.Endpoints) == 0 && config.Probe.Catalogue == "" {
		// The usual case: reading the whole catalogue would take as long as everything else
		// before the first packet.
		check := e.machineCheck(ctx)
		endpoints, err := probe.Defaults()
		if err != nil || check.URI == "" || slices.ContainsFunc(endpoints, func(e probe.Endpoint) bool { return sameAddress(e.URL, check.URI) }) {
			return prefer(endpoints, check), err
		}
	}
	endpoints, err := e.Catalogue(ctx, config)
	if err != nil {
		return nil, err
	}
	if len(config.Probe.Endpoints) == 0 {
		return slices.DeleteFunc(endpoints, func(e probe.Endpoint) bool { return !e.Default }), nil
	}
	var chosen []probe.Endpoint
	var mistakes strict.Mistakes
	for i, name := range config.Probe.Endpoints {
		found := slices.IndexFunc(endpoints, func(e probe.Endpoint) bool { return e.Name == name })
		if found < 0 {
			mistakes = append(mistakes, config.Mistake(fmt.Sprintf("the catalogue has no %q", name), "probe", "endpoints", i))
			continue
		}
		chosen = append(chosen, endpoints[found])
	}
	return chosen, mistakes.Err()
}
