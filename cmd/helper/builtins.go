package main

import (
	"maps"
	"slices"

	"hotspot-helper/configs"
	"hotspot-helper/internal/strict"
	"hotspot-helper/plugins"
)

// builtins are the helpers that are not packs: WISPr once for each account of the
// configuration, and the rest.
func builtins(config configs.Config) []plugins.Helper {
	helpers := []plugins.Helper{
		plugins.ClickThrough{},
		plugins.CoovaChilli{},
		plugins.Omada{},
		plugins.NewWISPr(plugins.WISPrName, config.Helpers[plugins.WISPrName].Hosts),
	}
	for _, name := range slices.Sorted(maps.Keys(config.Helpers)) {
		if plugins.IsWISPr(name) && name != plugins.WISPrName {
			helpers = append(helpers, plugins.NewWISPr(name, config.Helpers[name].Hosts))
		}
	}
	return helpers
}

// checkHosts refuses hosts where they mean nothing, and a WISPr account of its own name without any.
func checkHosts(config configs.Config, name string) strict.Mistakes {
	hosts := config.Helpers[name].Hosts
	wrong := ""
	switch {
	case !plugins.IsWISPr(name) && len(hosts) > 0:
		wrong = "only helpers of WISPr accounts have hosts, [helper.wispr] and [helper.wispr-NAME]"
	case plugins.IsWISPr(name) && name != plugins.WISPrName && len(hosts) == 0:
		return strict.Mistakes{config.Mistake("want hosts: where the account's password may go", "helper", name)}
	case len(hosts) > 0:
		if err := plugins.CheckAccountHosts(hosts); err != nil {
			wrong = err.Error()
		}
	}
	if wrong == "" {
		return nil
	}
	return strict.Mistakes{config.Mistake(wrong, "helper", name, "hosts")}
}
