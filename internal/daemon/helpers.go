package daemon

import (
	"maps"
	"slices"

	"hotspot-helper/configs"
	"hotspot-helper/internal/strict"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
)

// builtins are the helpers that are not packs: WISPr, once for each further account of
// the configuration, and the rest. A pack may have a name like that of an account, so it
// is the hosts that make one.
func builtins(config configs.Config) []plugins.Helper {
	helpers := []plugins.Helper{
		builtin.ClickThrough{},
		builtin.CoovaChilli{},
		builtin.Omada{},
		builtin.NewWISPr(builtin.WISPrName, config.Helpers[builtin.WISPrName].Hosts),
	}
	for _, name := range slices.Sorted(maps.Keys(config.Helpers)) {
		if hosts := config.Helpers[name].Hosts; builtin.IsWISPr(name) && name != builtin.WISPrName && len(hosts) > 0 {
			helpers = append(helpers, builtin.NewWISPr(name, hosts))
		}
	}
	return helpers
}

// unknownHelper says what is wrong with a table for a helper that is not there.
func unknownHelper(name string) string {
	if builtin.IsWISPr(name) {
		return "want hosts: where the account's password may go"
	}
	return "there is no helper of that name"
}

// checkHosts refuses hosts where they mean nothing, and those that mean too much.
func checkHosts(config configs.Config, name string) strict.Mistakes {
	hosts := config.Helpers[name].Hosts
	wrong := ""
	switch {
	case !builtin.IsWISPr(name) && len(hosts) > 0:
		wrong = "only helpers of WISPr accounts have hosts, [helper.wispr] and [helper.wispr-NAME]"
	case len(hosts) > 0:
		if err := builtin.CheckAccountHosts(hosts); err != nil {
			wrong = err.Error()
		}
	}
	if wrong == "" {
		return nil
	}
	return strict.Mistakes{config.Mistake(wrong, "helper", name, "hosts")}
}
