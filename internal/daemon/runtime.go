package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/internal/maker"
	"hotspot-helper/internal/strict"
	"hotspot-helper/internal/systembus"
	"hotspot-helper/ondemand"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/wifi"
)

// Runtime is what the configuration and the packs result in: what an agent is made of, and
// commands without an agent use.
type Runtime struct {
	Config   configs.Config
	Settings agent.Settings
	Store    *agent.Store
	OnDemand []ondemand.Rule // about the tunnels of VPNs
	Record   func(flow string, over http.RoundTripper) agent.Recording

	packs      *pack.Library
	live       []*live.Helper
	noLive     error  // live helpers that could not be loaded
	broken     error  // packs and live helpers that could not be loaded
	busAddress string // of the system bus; empty: the usual one
	bus        *systembus.Bus
}

// Open reads the configuration, the packs and the memory.
func (e Env) Open(ctx context.Context, logger *slog.Logger) (*Runtime, error) {
	r, err := e.OpenWithoutMemory(ctx)
	if err != nil {
		return nil, err
	}
	return r, r.openStore(e, logger)
}

// openStore reads the memory, and logs which helpers are left out because of mistakes.
func (r *Runtime) openStore(e Env, logger *slog.Logger) (err error) {
	if r.broken != nil {
		logger.Error("packs left out", "error", r.broken)
	}
	r.logCopies(e, logger)
	r.logLive(logger)
	r.adopt(e, logger)
	r.Store, err = agent.OpenStore(r.Config.Memory, logger)
	return err
}

// OpenWithoutMemory reads configuration and packs.
func (e Env) OpenWithoutMemory(ctx context.Context) (*Runtime, error) {
	config, err := e.LoadConfig()
	if err != nil {
		return nil, err
	}
	return e.load(ctx, config)
}

// load reads the packs and the live helpers, and combines them with a configuration.
func (e Env) load(ctx context.Context, config configs.Config) (*Runtime, error) {
	library, broken := pack.NewLibrary(e.trustedPlaces(config))
	programs, noPrograms := e.LoadLive(ctx, config)
	r, err := e.newRuntime(ctx, config, library, programs)
	if err != nil {
		return nil, err
	}
	r.broken, r.noLive = errors.Join(broken, noPrograms, r.broken), noPrograms
	return r, nil
}

// newRuntime combines a configuration, packs and live helpers. The error is [ErrNames].
func (e Env) newRuntime(ctx context.Context, config configs.Config, library *pack.Library, programs []*live.Helper) (*Runtime, error) {
	r := &Runtime{Config: config, Record: e.Reports().record, packs: library, live: programs, busAddress: e.systemBus()}
	r.configure(e)
	r.Settings.Keepalive, r.Settings.Metered = config.Keepalive, config.Metered
	var noEndpoints, noPolicies, noRules error
	r.OnDemand, noRules = onDemandOf(config)
	r.Settings.Endpoints, noEndpoints = e.Endpoints(ctx, config)
	r.Settings.Policy, noPolicies = policyOf(config, func(name string) maker.Maker { return r.pinned(e, name) })
	r.broken = brokenOf(config, r.Settings.Registry)
	if err := errors.Join(noEndpoints, noPolicies, noRules, checkNames(config, r.Settings.Registry)); err != nil {
		return nil, &kindError{err, ErrNames}
	}
	if len(config.Interfaces) > 0 { // interfaces that are named are watched regardless of their kind
		r.Settings.Watch = func(l agent.Link) bool { return config.Watches(l.Interface) }
	}
	r.Settings.Consent = e.consentOf
	return r, nil
}

// configure fills in the settings that depend on the packs that the library holds now.
func (r *Runtime) configure(e Env) {
	r.Settings.Registry = NewRegistry(r.Config, r.packs, r.live)
	r.Settings.Inputs, r.Settings.Withheld = e.Inputs(r.Config), e.Withheld(r.Config)
}

// Overrides are decisions of a command line that take precedence over the configuration.
type Overrides struct {
	Interfaces []string  // to watch, and no others; none: those of the configuration
	Name       wifi.SSID // of networks without one, such as wired ones
}

// Apply changes the settings.
func (o Overrides) Apply(s *agent.Settings) {
	s.Name = func(string) wifi.SSID { return o.Name }
	if len(o.Interfaces) > 0 {
		s.Watch = func(l agent.Link) bool { return slices.Contains(o.Interfaces, l.Interface) }
	}
}

// checkNames reports helpers and inputs that the configuration names and that do not exist.
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
		if named := maker.Maker(config.Helpers[name].Maker); named != "" && named.Check() != nil {
			mistakes = append(mistakes, config.Mistake(named.Check().Error(), "helper", name, "maker"))
		}
	}
	for i, n := range config.Networks {
		if _, ok := known[n.Helper]; n.Helper != "" && !ok {
			mistakes = append(mistakes, config.Mistake(fmt.Sprintf("there is no helper named %q", n.Helper), "network", i, "helper"))
		}
	}
	return mistakes.Err()
}

// checkInputs reports values for inputs that the helper does not have. The inputs of a
// broken pack are not known.
func checkInputs(config configs.Config, helper plugins.Helper) strict.Mistakes {
	if p, ok := helper.(*pack.Pack); ok {
		if _, err := p.Flows(); err != nil {
			return nil
		}
	}
	secret := SecretInputs(helper)
	var mistakes strict.Mistakes
	for _, name := range slices.Sorted(maps.Keys(config.Helpers[helper.Name()].Inputs)) {
		if _, ok := secret[name]; !ok {
			mistakes = append(mistakes, config.Mistake("the helper has no such input", "helper", helper.Name(), "inputs", name))
		}
	}
	return mistakes
}

// SecretInputs maps the inputs of a helper to whether they are secret.
func SecretInputs(helper plugins.Helper) map[string]bool {
	secret := map[string]bool{}
	if asks, ok := helper.(plugins.WithInputs); ok {
		for _, input := range asks.Inputs() {
			secret[input.Name] = input.Secret
		}
	}
	return secret
}
