package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/daemon"
	"hotspot-helper/internal/file"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/portal/flow"
)

// shownPack is what `helper pack show --json` prints.
type shownPack struct {
	listedHelper

	Rules  []string     `json:"rules"`  // the claims in words, in the order of the file
	Inputs []shownInput `json:"inputs"` // what the login needs from the user
	Flows  []shownFlow  `json:"flows"`
	Terms  []string     `json:"terms,omitempty"` // of a helper that is no pack: that it accepts in the user's name

	Program *shownProgram `json:"program,omitempty"` // of a live helper
}

type shownInput struct {
	Name     string `json:"name"`
	Prompt   string `json:"prompt"`
	Secret   bool   `json:"secret,omitempty"`
	Optional bool   `json:"optional,omitempty"`
	Default  string `json:"default,omitempty"`

	OnDemand bool `json:"sometimes,omitempty"` // only if the portal asks for it
}

type shownFlow struct {
	Flow   string        `json:"flow"`                   // authenticate, maintain or logoff
	Hosts  []string      `json:"hosts"`                  // it talks to these and to
	Shared []string      `json:"shared_hosts,omitempty"` // these, which many networks share
	Terms  string        `json:"terms,omitempty"`        // that it accepts in the user's name; steps may have their own
	Every  time.Duration `json:"every_ns,omitempty"`     // longest time between runs of maintain
	Steps  []flow.Step   `json:"steps"`
}

func (a *app) packShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show NAME|DIR|NAME.toml",
		Short: "Show what a pack claims, asks for and does",
		Long: `show describes a pack, which you name or whose directory you give (such as ./NAME): its
origin, who signed it, which networks it claims, what it needs from you, which hosts it
talks to, what it accepts in your name, and each step of its flows with the fields that it
fills in. Of a helper that is part of the program it shows what it needs and accepts, of a
live helper also its program. NAME.toml is the registration of a live helper.

Exit codes: 0 shown, 1 error, 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			shown, err := a.findShown(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if a.asJSON {
				return a.printJSON(shown)
			}
			a.printShown(shown)
			return nil
		},
	}
	a.jsonFlag(cmd)
	return cmd
}

// findShown finds a loaded helper by its name, else the one that a file registers, else the pack in a directory.
func (a *app) findShown(ctx context.Context, arg string) (shownPack, error) {
	if isRegistration(arg) {
		helper, err := a.openLive(ctx, arg)
		if err != nil {
			return shownPack{}, lintHint(err, arg)
		}
		return showLive(helper, plugins.Entry{Helper: helper}), nil
	}
	entry, err := a.daemonEnv().FindHelper(arg)
	if errors.Is(err, daemon.ErrNoHelper) {
		shown, noPack := showDirectory(arg)
		if noPack != nil && errors.Is(err, daemon.ErrLeftOut) {
			return shown, err // it may be among those
		}
		return shown, noPack
	}
	if err != nil {
		return shownPack{}, err
	}
	switch helper := entry.Helper.(type) {
	case *pack.Pack:
		return showPack(helper, listHelper(entry), packFiles(helper))
	case *live.Helper:
		return showLive(helper, entry), nil
	}
	return showBuiltin(entry), nil
}

// showBuiltin shows a helper that is part of the program.
func showBuiltin(entry plugins.Entry) shownPack {
	shown := shownPack{listedHelper: listHelper(entry), Rules: []string{}, Inputs: []shownInput{}, Flows: []shownFlow{}}
	if h, ok := entry.Helper.(plugins.WithInputs); ok {
		for _, input := range h.Inputs() {
			shown.Inputs = append(shown.Inputs, shownInput(input))
		}
	}
	if h, ok := entry.Helper.(plugins.WithTerms); ok {
		shown.Terms = h.Terms()
	}
	return shown
}

// showDirectory shows a pack that need not be loaded.
func showDirectory(dir string) (shownPack, error) {
	if info, err := os.Stat(filepath.Join(dir, "pack.toml")); err != nil || info.IsDir() {
		return shownPack{}, hinted(fmt.Errorf("find pack %q: there is none of that name, and no such directory with a pack.toml", dir), "'helper pack list' shows the helpers")
	}
	p, err := openPack(dir)
	if err != nil {
		return shownPack{}, lintHint(err, dir)
	}
	around, name, err := packDir(dir)
	if err != nil {
		return shownPack{}, err
	}
	listed := listHelper(plugins.Entry{Helper: p})
	listed.Signer = signerOf(around, name) // the origin is relative, as the user wrote it
	return showPack(p, listed, around)
}

// packFiles is the directory that contains the directory of a loaded pack.
func packFiles(p *pack.Pack) fs.FS {
	if p.Origin == daemon.BuiltinOrigin {
		return packs.FS()
	}
	return file.Dir{Path: p.Origin}
}

func showPack(p *pack.Pack, listed listedHelper, dir fs.FS) (shownPack, error) {
	shown := shownPack{listedHelper: listed, Rules: []string{}, Inputs: []shownInput{}, Flows: []shownFlow{}}
	specs, err := pack.ReadClaims(dir, p.Name())
	if err != nil {
		return shownPack{}, err
	}
	for _, spec := range specs {
		shown.Rules = append(shown.Rules, spec.String())
	}
	for _, input := range p.Inputs() {
		shown.Inputs = append(shown.Inputs, shownInput(input))
	}
	flows, err := p.Flows()
	if err != nil {
		return shownPack{}, err
	}
	for _, f := range []struct {
		name string
		flow *flow.Flow
	}{{"authenticate", flows.Authenticate}, {"maintain", flows.Maintain}, {"logoff", flows.Logoff}} {
		if f.flow != nil {
			shown.Flows = append(shown.Flows, shownFlow{f.name, f.flow.Hosts(), f.flow.SharedHosts(), f.flow.Terms(), f.flow.Every(), f.flow.Steps()})
		}
	}
	return shown, nil
}

// shownOrigin is where a pack comes from; one in a directory is in that of its path.
func shownOrigin(origin string) string {
	if !strings.HasPrefix(origin, ".") {
		return origin
	}
	path, err := filepath.Abs(origin)
	if err != nil {
		return origin
	}
	return path
}

// printShown prints a pack. What its maker wrote is foreign text.
func (a *app) printShown(p shownPack) {
	switch {
	case p.Program != nil:
		a.printProgram(p)
	case len(p.Flows) == 0:
		a.line("%s, part of the program: docs/helpers.md describes it", p.Name)
	default:
		a.line("%s %s, from %s, %s", p.Name, p.Version, shownOrigin(p.Origin), signedBy(p.Signer))
	}
	if p.Description != "" {
		a.line("%s", p.Description)
	}
	if !p.Enabled {
		a.line("It is turned off in the configuration.")
	}
	for _, terms := range p.Terms {
		a.line("It accepts %q in your name, if you agree.", terms)
	}
	if len(p.Rules) > 0 {
		fmt.Fprintln(a.stdout)
		a.line("Claims, as %q:", p.Label)
	}
	for _, rule := range p.Rules {
		a.line("  %s", rule)
	}
	if len(p.Inputs) > 0 {
		fmt.Fprintln(a.stdout)
		a.line("Needs from you:")
	}
	for _, input := range p.Inputs {
		a.line("  %s: %s%s", input.Name, input.Prompt, input.traits())
	}
	for _, f := range p.Flows {
		a.printFlow(f)
	}
}

// line prints a line with foreign text.
func (a *app) line(format string, args ...any) {
	fmt.Fprintln(a.stdout, printable(fmt.Sprintf(format, args...)))
}

func (a *app) printFlow(f shownFlow) {
	fmt.Fprintln(a.stdout)
	a.line("%s.toml talks to %s%s", f.Flow, strings.Join(slices.Concat(f.Hosts, f.Shared), ", "), f.traits())
	for _, step := range f.Steps {
		a.line("  %s: %s%s", step.ID, step.Action, accepts(step.Terms))
		for _, field := range step.Fields {
			a.line("    %s", field)
		}
		for i, when := range step.Cases {
			a.line("    case %d: %s", i+1, when)
		}
		for _, closed := range step.Closed {
			a.line("    closed: %s", closed)
		}
	}
}

func signedBy(signer string) string {
	switch signer {
	case "":
		return "not signed"
	case signerChanged:
		return "changed since it was signed"
	}
	return "signed by " + signer
}

func (i shownInput) traits() string {
	var traits []string
	if i.Secret {
		traits = append(traits, "secret")
	}
	if i.Optional {
		traits = append(traits, "optional")
	}
	if i.OnDemand {
		traits = append(traits, "if the portal asks for it")
	}
	if i.Default != "" {
		traits = append(traits, fmt.Sprintf("else %q", i.Default))
	}
	if len(traits) == 0 {
		return ""
	}
	return " (" + strings.Join(traits, ", ") + ")"
}

// accepts names the terms that are accepted; empty: none.
func accepts(terms string) string {
	if terms == "" {
		return ""
	}
	return fmt.Sprintf(", and accepts %q in your name", terms)
}

func (f shownFlow) traits() string {
	text := ""
	if len(f.Shared) > 0 {
		text = fmt.Sprintf(" (many networks share %s)", strings.Join(f.Shared, ", "))
	}
	text += accepts(f.Terms)
	if f.Every > 0 {
		text += fmt.Sprintf(", every %v", f.Every)
	}
	return text
}
