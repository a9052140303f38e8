package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hotspot-helper/internal/link"
	"hotspot-helper/probe"
)

// prefer puts the check that was chosen for this machine in front of the others,
// and among the defaults: the catalogue's own entry where it has it, which knows
// more of it, else one that is made of it. A check that cannot be asked, such as none,
// is left out.
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

// sameAddress compares addresses but for a missing path.
func sameAddress(a, b string) bool {
	return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/")
}
