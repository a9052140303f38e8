package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/internal/link"
	"hotspot-helper/internal/strict"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// house is all that the configuration comes to: what an agent and the commands
// without one work with.
type house struct {
	config   configs.Config
	settings agent.Settings
	memory   *agent.Memory
	broken   error // packs that could not be loaded
}

// openHouse reads the configuration, the packs and the memory. Packs that cannot
// be loaded are left out, and said so.
func (a *app) openHouse(logger *slog.Logger) (*house, error) {
	h, err := a.readHouse()
	if err != nil {
		return nil, err
	}
	if h.broken != nil {
		logger.Error("packs left out", "error", h.broken)
	}
	h.memory, err = agent.OpenMemory(h.config.Memory, logger)
	return h, err
}

// readHouse reads configuration and packs, without the memory.
func (a *app) readHouse() (*house, error) {
	config, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	h := &house{config: config}
	h.settings.Registry, h.broken = a.loadRegistry(config)
	h.settings.Keepalive, h.settings.Metered = config.Keepalive, config.Metered
	var noEndpoints, noPolicies error
	h.settings.Endpoints, noEndpoints = a.loadEndpoints(config)
	h.settings.Policy, noPolicies = policyOf(config)
	if err := errors.Join(noEndpoints, noPolicies, checkNames(config, h.settings.Registry)); err != nil {
		return nil, hinted(err, "'helper pack list' shows the helpers, 'helper probe --list' the checks")
	}
	h.settings.Watch = config.Watches
	h.settings.Inputs = inputsOf(config, h.settings.Registry)
	return h, nil
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

// packDirs are the directories of packs beside the built-in ones, last one counts.
func (a *app) packDirs(config configs.Config) []string {
	dirs := []string{"/usr/share/hotspot-helper/packs", "/usr/local/share/hotspot-helper/packs", "/etc/hotspot-helper/packs"}
	if data := a.dataDir(); data != "" {
		dirs = append(dirs, filepath.Join(data, "packs"))
	}
	dirs = slices.DeleteFunc(dirs, func(dir string) bool {
		_, err := os.Stat(dir)
		return errors.Is(err, fs.ErrNotExist)
	})
	return append(dirs, config.Packs...)
}

// dataDir is where the user keeps packs; empty without a home.
func (a *app) dataDir() string {
	if base := a.getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "hotspot-helper")
	}
	if home := a.getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "share", "hotspot-helper")
	}
	return ""
}

// loadRegistry makes the registry of all helpers. Its error lists what is wrong
// with the packs that are left out.
func (a *app) loadRegistry(config configs.Config) (*plugins.Registry, error) {
	packs, err := plugins.Load(plugins.Builtin(), "built-in")
	errs := []error{err}
	for _, dir := range a.packDirs(config) {
		more, err := plugins.Load(os.DirFS(dir), dir)
		packs, errs = append(packs, more...), append(errs, err)
	}
	entries := []plugins.Entry{}
	for _, pack := range packs {
		entries = append(entries, entryOf(pack, config, true))
	}
	entries = append(entries, entryOf(plugins.ClickThrough{}, config, config.ClickThrough))
	return plugins.NewRegistry(entries), errors.Join(errs...)
}

func entryOf(helper plugins.Helper, config configs.Config, enabled bool) plugins.Entry {
	entry := plugins.Entry{Helper: helper, Disabled: !enabled}
	if own, ok := config.Helpers[helper.Name()]; ok {
		entry.Disabled = entry.Disabled || own.Disabled
		entry.Priority = own.Priority
	}
	return entry
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
			mistakes = append(mistakes, config.Mistake("there is no helper of that name", "helper", name))
			continue
		}
		mistakes = append(mistakes, checkInputs(config, helper)...)
	}
	for i, n := range config.Networks {
		if _, ok := known[n.Helper]; n.Helper != "" && !ok {
			mistakes = append(mistakes, config.Mistake(fmt.Sprintf("there is no helper named %q", n.Helper), "network", i, "helper"))
		}
	}
	return mistakes.Err()
}

// checkInputs refuses values for inputs that the helper does not have.
func checkInputs(config configs.Config, helper plugins.Helper) strict.Mistakes {
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
	if pack, ok := helper.(*plugins.Pack); ok {
		for _, input := range pack.Inputs() {
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
		policies[ssid] = agent.Policy{Helper: own.Helper, NoLogin: own.NoLogin, Cleartext: own.Cleartext}
	}
	return func(n wifi.Network) agent.Policy { return policies[n.SSID] }, mistakes.Err()
}

// inputsOf looks values up at each use, so that a changed file counts at once
// and a secret is not held longer than needed.
func inputsOf(config configs.Config, registry *plugins.Registry) func(helper, input string) (portal.Value, bool, error) {
	secret := map[string]map[string]bool{}
	for _, e := range registry.Entries() {
		secret[e.Helper.Name()] = secretInputs(e.Helper)
	}
	return func(helper, name string) (portal.Value, bool, error) {
		input, ok := config.Helpers[helper].Inputs[name]
		if !ok {
			return portal.Value{}, false, nil
		}
		value, err := input.Read()
		switch {
		case err != nil:
			return portal.Value{}, false, fmt.Errorf("read input %s of %s: %w", name, helper, err)
		case secret[helper][name]:
			return portal.Secret(value), true, nil
		}
		return portal.Plain(value), true, nil
	}
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
