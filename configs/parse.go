package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/strict"
)

// Load reads the configuration from a file.
func Load(path string, getenv func(string) string) (Config, error) {
	var foreign error // of another user
	data, err := file.ReadChecked(path, maxFile, func(info fs.FileInfo) error {
		foreign = file.CheckOwner(info)
		return file.CheckMode(info) // it says who gets which secret
	})
	if err != nil {
		return Config{}, fmt.Errorf("load configuration: %w", err)
	}
	config, err := Parse(path, data, getenv)
	if err == nil && len(config.OnDemand) > 0 && foreign != nil { // it says what is run
		return Config{}, fmt.Errorf("load configuration: on_demand in %s: %w", path, foreign)
	}
	if err == nil && slices.ContainsFunc(config.Browsers, filepath.IsAbs) && foreign != nil {
		return Config{}, fmt.Errorf("load configuration: browser in %s: %w", path, foreign)
	}
	return config, err
}

// maxFile is the size in bytes of the largest configuration.
const maxFile = 1 << 20

// Parse reads the configuration from the content of a file. Relative paths start from the
// file's directory. The environment provides $HOME, the default place of the memory, and
// systemd's directory of credentials. The error is [strict.Mistakes]; it contains neither a
// value of an input, nor a key below one, nor a line of the file.
func Parse(file string, data []byte, getenv func(string) string) (Config, error) {
	written := raw{Keepalive: DefaultKeepalive, Metered: meteredAsk, Notify: NotifyNeeds}
	doc, err := strict.Decode(file, data, &written)
	if doc == nil {
		return Config{}, redact(err)
	}
	p := parser{Document: doc, file: file, env: environment{getenv}}
	config := p.config(written)
	if err := doc.Err(); err != nil {
		return Config{}, explainOldKeys(err)
	}
	config.place = func(at strict.Path) strict.Mistake {
		return strict.Mistake{File: file, Line: doc.Line(at...), Where: doc.Where(at...)}
	}
	return config, nil
}

// explainOldKeys explains where to decide what old keys decided.
func explainOldKeys(err error) error {
	mistakes, ok := errors.AsType[strict.Mistakes](err)
	if !ok {
		return err
	}
	mistakes = slices.Clone(mistakes)
	for i, m := range mistakes {
		switch {
		case m.Where == "" && strings.HasPrefix(m.Text, `unknown key "click_through"`):
			mistakes[i].Text = "click_through is not decided here: consent decides it, see 'helper consent terms'"
		case strings.HasPrefix(m.Where, "network") && strings.HasPrefix(m.Text, `unknown key "cleartext"`):
			mistakes[i].Text = "cleartext is not decided here: consent decides it, see 'helper consent cleartext'"
		}
	}
	return mistakes
}

// redact keeps secrets out of the mistakes of a file that is not TOML. Any line may contain an
// input, so it removes the excerpt, and also the reason, which may quote a value, unless it is
// about a key without secrets. The name of another place may itself be a secret, written as a key.
func redact(err error) error {
	mistakes, ok := errors.AsType[strict.Mistakes](err)
	if !ok {
		return err
	}
	mistakes = slices.Clone(mistakes)
	for i, m := range mistakes {
		mistakes[i].Excerpt = ""
		if !isPublic(m.Where) {
			mistakes[i].Where = ""
			mistakes[i].Text = "not TOML; the text is not shown because it may be a secret: is the value in quotes?"
		}
	}
	return mistakes
}

// The values of metered.
const (
	meteredAsk      = "ask"
	meteredAsOthers = "as-others"
)

// isPublic reports whether the value of a key is no secret. The empty key is the file itself.
func isPublic(key string) bool {
	switch key {
	case "", "interfaces", "packs", "keepalive", "metered", "memory",
		"notify", "browser", "keep_window_open",
		"probe", "probe.endpoints", "probe.catalogue",
		"network", "network.ssid", "network.helper", "network.login":
		return true
	default:
		return false
	}
}

// parser converts the raw configuration and reports wrong values.
type parser struct {
	*strict.Document
	file string
	env  environment
}

func (p parser) config(w raw) Config {
	config := Config{
		Interfaces: w.Interfaces,
		Keepalive:  w.Keepalive,
		Metered:    w.Metered == meteredAsOthers,
		Memory:     p.env.memory(),
		Notify:     w.Notify,
		Probe:      Probe{Endpoints: w.Probe.Endpoints},
		Profile:    p.profile(w.Profile),
		Helpers:    p.helpers(w.Helpers),
		Networks:   p.networks(w.Networks, w.LogoffOnExit),
		OnDemand:   p.onDemand(w.OnDemand),

		LogoffOnExit: w.LogoffOnExit,
		Browsers:     p.browsers(w.Browsers),
		KeepWindow:   w.KeepWindow,
	}
	for i, glob := range w.Interfaces {
		if _, err := path.Match(glob, ""); err != nil || glob == "" {
			p.Report(strict.Path{"interfaces", i}, "want a name or a glob such as wlp*, not %q", glob)
		}
	}
	for i, directory := range w.Packs {
		config.Packs = append(config.Packs, p.path(directory, "packs", i))
	}
	if w.Keepalive < time.Second {
		p.Report(strict.Path{"keepalive"}, "want at least 1s, not %s", w.Keepalive)
	}
	if w.Metered != meteredAsk && w.Metered != meteredAsOthers {
		p.Report(strict.Path{"metered"}, "want %q or %q, not %q", meteredAsk, meteredAsOthers, w.Metered)
	}
	if w.Notify != NotifyAll && w.Notify != NotifyNeeds && w.Notify != NotifyNone {
		p.Report(strict.Path{"notify"}, "want %q, %q or %q, not %q", NotifyAll, NotifyNeeds, NotifyNone, w.Notify)
	}
	if w.Memory != "" {
		config.Memory = p.path(w.Memory, "memory")
	}
	if w.Probe.Catalogue != "" {
		config.Probe.Catalogue = p.path(w.Probe.Catalogue, "probe", "catalogue")
	}
	p.unique(w.Probe.Endpoints, func(i int) strict.Path { return strict.Path{"probe", "endpoints", i} })
	return config
}

// browsers resolves those that are paths.
func (p parser) browsers(written []string) []string {
	p.unique(written, func(i int) strict.Path { return strict.Path{"browser", i} })
	var list []string
	for i, name := range written {
		if strings.Contains(name, "/") {
			name = p.path(name, "browser", i)
		}
		list = append(list, name)
	}
	return list
}

// maxProfile is the length in bytes of the longest value of a profile.
const maxProfile = 200

// profile checks that values fit into the fields of a form. A mistake does not contain them.
func (p parser) profile(w rawProfile) Profile {
	for key, value := range map[string]string{
		"name": w.Name, "first_name": w.FirstName, "last_name": w.LastName, "email": w.Email, "phone": w.Phone,
		"company": w.Company, "room": w.Room, "city": w.City, "postcode": w.Postcode, "country": w.Country,
	} {
		if len(value) > maxProfile || strings.ContainsFunc(value, unicode.IsControl) {
			p.Report(strict.Path{"profile", key}, "want one line of at most %d bytes", maxProfile)
		}
	}
	if w.Email != "" && !strings.Contains(w.Email, "@") {
		p.Report(strict.Path{"profile", "email"}, "want an e-mail address")
	}
	return Profile(w)
}

// path resolves a path that is written in the file.
func (p parser) path(written string, at ...any) string {
	if written == "" {
		p.Report(at, "is empty: want a path")
		return ""
	}
	resolved, err := p.env.resolve(p.file, written)
	if err != nil {
		p.Report(at, "%v", err)
	}
	return resolved
}

// unique reports values that are empty or there twice.
func (p parser) unique(values []string, at func(i int) strict.Path) {
	for i, value := range values {
		if value == "" {
			p.Report(at(i), "is missing or empty")
		} else if slices.Contains(values[:i], value) {
			p.Report(at(i), "%q is here twice", value)
		}
	}
}

func (p parser) helpers(written map[string]rawHelper) map[string]Helper {
	helpers := map[string]Helper{}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		w := written[name]
		p.helperName(name, "helper", name)
		helper := Helper{Disabled: w.Enabled != nil && !*w.Enabled, Priority: w.Priority, Maker: w.Maker, Hosts: w.Hosts, Inputs: map[string]Input{}}
		p.unique(w.Hosts, func(i int) strict.Path { return strict.Path{"helper", name, "hosts", i} })
		for _, key := range slices.Sorted(maps.Keys(w.Inputs)) {
			helper.Inputs[key] = p.input(w.Inputs[key], "helper", name, "inputs", key)
		}
		helpers[name] = helper
	}
	return helpers
}

// helperName checks the form that names of helpers have.
func (p parser) helperName(name string, at ...any) {
	odd := func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }
	if name == "" || strings.ContainsFunc(name, odd) {
		p.Report(at, "names of helpers are lower-case letters, digits and dashes")
	}
}

func (p parser) networks(written []rawNetwork, logoffOnExit bool) []Network {
	var networks []Network
	keys := make([]string, len(written))
	for i, w := range written {
		if w.SSID != "" || w.Gateway != "" {
			keys[i] = strings.TrimSpace(strings.Join([]string{w.SSID, w.Security, w.Gateway}, " "))
		}
		if p.Has("network", i, "helper") {
			p.helperName(w.Helper, "network", i, "helper")
		}
		network := Network{
			SSID:     w.SSID,
			Security: w.Security,
			Gateway:  w.Gateway,
			Helper:   w.Helper,
			NoLogin:  w.Login != nil && !*w.Login,

			LogoffOnExit: logoffOnExit,
		}
		if w.LogoffOnExit != nil {
			network.LogoffOnExit = *w.LogoffOnExit
		}
		networks = append(networks, network)
	}
	p.unique(keys, func(i int) strict.Path { return strict.Path{"network", i, "ssid"} })
	return networks
}
