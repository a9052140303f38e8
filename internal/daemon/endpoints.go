package daemon

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"hotspot-helper/configs"
	"hotspot-helper/internal/link"
	"hotspot-helper/internal/strict"
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

// machineCheck is the check that was chosen for this machine; zero: none. One that
// cannot be read counts as none: the catalogue is enough.
func (e Env) machineCheck() link.Connectivity {
	if e.Connectivity == nil {
		return link.Connectivity{}
	}
	check, err := e.Connectivity()
	if err != nil {
		return link.Connectivity{}
	}
	return check
}

// Catalogue is the catalogue with the user's own checks, after the check that was chosen
// for this machine.
func (e Env) Catalogue(config configs.Config) ([]probe.Endpoint, error) {
	return loadCatalogue(config, e.machineCheck())
}

func loadCatalogue(config configs.Config, check link.Connectivity) ([]probe.Endpoint, error) {
	endpoints, err := probe.Catalogue()
	if err != nil {
		return nil, err
	}
	endpoints = prefer(endpoints, check)
	file := config.Probe.Catalogue
	if file == "" {
		return endpoints, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read probe catalogue: %w", err)
	}
	own, err := probe.ParseCatalogue(file, data)
	return append(endpoints, own...), err
}

// Endpoints are the checks of the catalogue that the user chose, else its defaults.
// Names that the catalogue does not have are a [*NameError].
func (e Env) Endpoints(config configs.Config) ([]probe.Endpoint, error) {
	endpoints, err := e.endpoints(config)
	if err != nil {
		return nil, &NameError{err}
	}
	return endpoints, nil
}

func (e Env) endpoints(config configs.Config) ([]probe.Endpoint, error) {
	check := e.machineCheck()
	if len(config.Probe.Endpoints) == 0 && config.Probe.Catalogue == "" {
		// As on most machines. To read the whole catalogue takes as long as all else that
		// is done before the first packet.
		endpoints, err := probe.Defaults()
		if err != nil || check.URI == "" || slices.ContainsFunc(endpoints, func(e probe.Endpoint) bool { return sameAddress(e.URL, check.URI) }) {
			return prefer(endpoints, check), err
		}
	}
	endpoints, err := loadCatalogue(config, check)
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
