package main

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/internal/link"
	"hotspot-helper/internal/strict"
	"hotspot-helper/plugins"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// house is all that the configuration comes to: what an agent and the commands
// without one work with.
type house struct {
	config   configs.Config
	settings agent.Settings
	memory   *agent.Memory
	record   func(flow string, over http.RoundTripper) agent.Recording
	packs    *plugins.Library
	broken   error // packs that could not be loaded
}

// openHouse reads the configuration, the packs and the memory.
func (a *app) openHouse(logger *slog.Logger) (*house, error) {
	h, err := a.readHouse()
	if err != nil {
		return nil, err
	}
	return h, h.openMemory(logger)
}

// openMemory reads the memory. Packs that could not be loaded are left out, and said so.
func (h *house) openMemory(logger *slog.Logger) (err error) {
	if h.broken != nil {
		logger.Error("packs left out", "error", h.broken)
	}
	h.memory, err = agent.OpenMemory(h.config.Memory, logger)
	return err
}

// readHouse reads configuration and packs, without the memory.
func (a *app) readHouse() (*house, error) {
	config, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	library, broken := plugins.NewLibrary(a.trustedPlaces(config))
	h, err := a.houseOf(config, library)
	if err != nil {
		return nil, err
	}
	h.broken = errors.Join(broken, h.broken)
	return h, nil
}

// houseOf makes of a configuration and packs what an agent works with.
func (a *app) houseOf(config configs.Config, library *plugins.Library) (*house, error) {
	h := &house{config: config, record: a.reports().record, packs: library}
	a.settle(h)
	h.settings.Keepalive, h.settings.Metered = config.Keepalive, config.Metered
	var noEndpoints, noPolicies error
	h.settings.Endpoints, noEndpoints = a.loadEndpoints(config)
	h.settings.Policy, noPolicies = policyOf(config)
	h.broken = brokenOf(config, h.settings.Registry)
	if err := errors.Join(noEndpoints, noPolicies, checkNames(config, h.settings.Registry)); err != nil {
		return nil, hinted(err, "'helper pack list' shows the helpers, 'helper probe --list' the checks")
	}
	h.settings.Watch = config.Watches
	h.settings.Consent = a.consentOf
	return h, nil
}

// settle has the agent work with the packs that are in the library now.
func (a *app) settle(h *house) {
	h.settings.Registry = registryOf(h.config, h.packs)
	h.settings.Inputs = a.inputsOf(h.config, h.settings.Registry)
}

// loadConfig reads the file that the user names, else the one that is found, else the defaults.
func (a *app) loadConfig() (configs.Config, error) {
	file := a.configFile
	if file == "" {
		var ok bool
		if file, ok = configs.Find(a.getenv, nil); !ok {
			return configs.Default(a.getenv), nil
		}
	}
	config, err := configs.Load(file, a.getenv)
	if err != nil {
		return configs.Config{}, hinted(err, "nothing of the file is used until it is right")
	}
	return config, nil
}

// dataDir is where the user keeps packs; empty without a home.
func (a *app) dataDir() string { return a.userDir("XDG_DATA_HOME", ".local", "share") }

// userDir is our directory in that of a variable, or in one below the home directory;
// empty where there is neither.
func (a *app) userDir(variable string, below ...string) string {
	const own = "hotspot-helper"
	if base := a.getenv(variable); filepath.IsAbs(base) {
		return filepath.Join(base, own)
	}
	if home := a.getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(append(append([]string{home}, below...), own)...)
	}
	return ""
}

// checkNames refuses a configuration that speaks of helpers or inputs that are not there.
func checkNames(config configs.Config, registry *plugins.Registry) error {
	known := map[string]plugins.Helper{}
	for _, e := range registry.Entries() {
		known[e.Helper.Name()] = e.Helper
	}
	var mistakes strict.Mistakes
	for _, name := range slices.Sorted(maps.Keys(config.Helpers)) {
		helper, ok := known[name]
		if !ok {
			mistakes = append(mistakes, config.Mistake(unknownHelper(name), "helper", name))
			continue
		}
		mistakes = append(mistakes, checkInputs(config, helper)...)
		mistakes = append(mistakes, checkHosts(config, name)...)
	}
	for i, n := range config.Networks {
		if _, ok := known[n.Helper]; n.Helper != "" && !ok {
			mistakes = append(mistakes, config.Mistake(fmt.Sprintf("there is no helper named %q", n.Helper), "network", i, "helper"))
		}
	}
	return mistakes.Err()
}

// checkInputs refuses values for inputs that the helper does not have. What a
// broken pack has nobody knows.
func checkInputs(config configs.Config, helper plugins.Helper) strict.Mistakes {
	if pack, ok := helper.(*plugins.Pack); ok {
		if _, err := pack.Flows(); err != nil {
			return nil
		}
	}
	secret := secretInputs(helper)
	var mistakes strict.Mistakes
	for _, name := range slices.Sorted(maps.Keys(config.Helpers[helper.Name()].Inputs)) {
		if _, ok := secret[name]; !ok {
			mistakes = append(mistakes, config.Mistake("the helper has no such input", "helper", helper.Name(), "inputs", name))
		}
	}
	return mistakes
}

// secretInputs tells of each input of the helper whether it is a secret.
func secretInputs(helper plugins.Helper) map[string]bool {
	secret := map[string]bool{}
	if asks, ok := helper.(interface{ Inputs() []flow.Input }); ok {
		for _, input := range asks.Inputs() {
			secret[input.Name] = input.Secret
		}
	}
	return secret
}

// policyOf makes a look-up of what the user decided about networks. Names are
// compared as octets: a configuration may write the same one in several ways.
func policyOf(config configs.Config) (func(wifi.Network) agent.Policy, error) {
	policies := map[wifi.SSID]agent.Policy{}
	var mistakes strict.Mistakes
	for i, own := range config.Networks {
		ssid, err := wifi.ParseSSID(own.SSID)
		if _, twice := policies[ssid]; err == nil && twice {
			err = fmt.Errorf("%q stands there twice", ssid)
		}
		if err != nil {
			mistakes = append(mistakes, config.Mistake(err.Error(), "network", i, "ssid"))
			continue
		}
		policies[ssid] = agent.Policy{Helper: own.Helper, NoLogin: own.NoLogin}
	}
	return func(n wifi.Network) agent.Policy { return policies[n.SSID] }, mistakes.Err()
}

// machineCheck is the check that was chosen for this machine; zero: none. What cannot
// be read was not chosen for us: the catalogue is enough.
func (a *app) machineCheck() link.Connectivity {
	if a.configured == nil {
		return link.Connectivity{}
	}
	check, err := a.configured()
	if err != nil {
		return link.Connectivity{}
	}
	return check
}

// loadCatalogue is the catalogue with the user's own, and in front of all the check
// that was chosen for this machine.
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

// loadEndpoints is the catalogue, narrowed to what the user chose.
func (a *app) loadEndpoints(config configs.Config) ([]probe.Endpoint, error) {
	check := a.machineCheck()
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
