package daemon

import (
	"maps"
	"slices"

	"hotspot-helper/configs"
	"hotspot-helper/internal/strict"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
)

// builtins are the helpers that are not packs. There is one more WISPr helper for each
// account that the configuration has hosts for; a pack may have a name like an account.
func builtins(config configs.Config) []plugins.Helper {
	helpers := []plugins.Helper{
		builtin.ClickThrough{Profile: builtin.Profile(config.Profile)},
		builtin.CoovaChilli{},
		builtin.Omada{},
		builtin.Srun{},
		builtin.NewWISPr(builtin.WISPrName, config.Helpers[builtin.WISPrName].Hosts),
	}
	for _, name := range slices.Sorted(maps.Keys(config.Helpers)) {
		if hosts := config.Helpers[name].Hosts; builtin.IsWISPr(name) && name != builtin.WISPrName && len(hosts) > 0 {
			helpers = append(helpers, builtin.NewWISPr(name, hosts))
		}
	}
	return helpers
}

// unknownHelper is the mistake of a table for a helper that does not exist.
func unknownHelper(name string) string {
	if builtin.IsWISPr(name) {
		return "want hosts: where the account's password may go"
	}
	return "there is no helper of that name"
}

// checkHosts reports hosts of helpers that have none, and patterns that match too much.
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
