package main

import (
	"slices"
	"strings"

	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
)

// shownProgram is what a live helper has beside what packs have.
type shownProgram struct {
	Path         string   `json:"path"`
	Maker        string   `json:"maker"` // whom secrets and consents are given to: a digest
	Hosts        []string `json:"hosts"`
	SharedHosts  []string `json:"shared_hosts,omitempty"`
	SecretFields []string `json:"secret_fields,omitempty"`
	Missing      []string `json:"missing,omitempty"` // what cannot be enforced here
}

// showLive shows a live helper.
func showLive(helper *live.Helper, entry plugins.Entry) shownPack {
	shown := showBuiltin(entry)
	hosts, shared := helper.Hosts()
	shown.Program = &shownProgram{
		Path: helper.Program(), Maker: string(helper.Maker()), Hosts: hosts, SharedHosts: shared, SecretFields: helper.SecretFields(),
	}
	for _, missing := range helper.Missing() {
		shown.Program.Missing = append(shown.Program.Missing, string(missing.Guarantee)+": "+missing.Cause.Error())
	}
	return shown
}

// printProgram prints what a live helper is.
func (a *app) printProgram(p shownPack) {
	a.line("%s %s, a live helper, registered by %s, %s", p.Name, p.Version, p.Origin, signedBy(p.Signer))
	a.line("It runs the program %s, which can compute and nothing else.", p.Program.Path)
	for _, missing := range p.Program.Missing {
		a.line("Not enforced here: %s", missing)
	}
	a.line("It talks to %s.", strings.Join(slices.Concat(p.Program.Hosts, p.Program.SharedHosts), ", "))
	if len(p.Program.SharedHosts) > 0 {
		a.line("Many networks share %s.", strings.Join(p.Program.SharedHosts, ", "))
	}
	if len(p.Program.SecretFields) > 0 {
		a.line("It computes from secrets: %s.", strings.Join(p.Program.SecretFields, ", "))
	}
	a.line("What you give to it belongs to %s", p.Program.Maker)
}
