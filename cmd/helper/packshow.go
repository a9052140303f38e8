package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/daemon"
	"hotspot-helper/plugins"
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
}

type shownInput struct {
	Name     string `json:"name"`
	Prompt   string `json:"prompt"`
	Secret   bool   `json:"secret,omitempty"`
	Optional bool   `json:"optional,omitempty"`
	Default  string `json:"default,omitempty"`

	OnDemand bool `json:"sometimes,omitempty"` // only where the portal asks for it
}

type shownFlow struct {
	Flow   string        `json:"flow"`                   // authenticate, maintain or logoff
	Hosts  []string      `json:"hosts"`                  // all that it talks to, but for
	Shared []string      `json:"shared_hosts,omitempty"` // those that many networks share
	Terms  string        `json:"terms,omitempty"`        // what it accepts in the user's name; steps may have their own
	Every  time.Duration `json:"every_ns,omitempty"`     // how often maintain is run at least
	Steps  []flow.Step   `json:"steps"`
}

func (a *app) packShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show NAME|DIR",
		Short: "Show what a pack claims, asks for and does",
		Long: `show tells of one pack, by its name or, where none is loaded under it, its directory
(such as ./NAME): where it comes from, who signed it, which networks it claims, what
it needs from you, which hosts it talks to, what it accepts in your name, and each
step of its flows.

Exit codes: 0 shown, 1 error, 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			shown, err := a.findShown(args[0])
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

// findShown finds a pack that is loaded under a name, else the one in a directory.
func (a *app) findShown(arg string) (shownPack, error) {
	config, err := a.daemonEnv().LoadConfig()
	if err != nil {
		return shownPack{}, err
	}
	library, _ := a.daemonEnv().LoadLibrary(config)
	for _, e := range daemon.NewRegistry(config, library).Entries() {
		p, ok := e.Helper.(*pack.Pack)
		switch {
		case e.Helper.Name() != arg:
		case !ok:
			return shownPack{}, hinted(fmt.Errorf("show %q: it is no pack, but part of the program", arg), "see docs/helpers.md")
		default:
			return showPack(p, listHelper(e), packFiles(p))
		}
	}
	if info, err := os.Stat(filepath.Join(arg, "pack.toml")); err != nil || info.IsDir() {
		return shownPack{}, hinted(fmt.Errorf("find pack %q: there is none of that name, and no such directory with a pack.toml", arg), "'helper pack list' shows the helpers")
	}
	return showDirectory(arg)
}

// showDirectory shows a pack that need not be loaded.
func showDirectory(dir string) (shownPack, error) {
	p, err := openPack(dir)
	if err != nil {
		return shownPack{}, hinted(fmt.Errorf("load pack: %w", err), "'helper pack lint %s' lists every mistake", printable(dir))
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return shownPack{}, err
	}
	files := os.DirFS(filepath.Dir(absolute))
	listed := listHelper(plugins.Entry{Helper: p})
	listed.Signer = signerOf(files, p.Name()) // its origin is as the user wrote it
	return showPack(p, listed, files)
}

// packFiles is the directory that a loaded pack is a subdirectory of.
func packFiles(p *pack.Pack) fs.FS {
	if p.Origin == daemon.BuiltinOrigin {
		return packs.FS()
	}
	return os.DirFS(p.Origin)
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

// printShown tells a person of a pack. What a vendor wrote is foreign text.
func (a *app) printShown(p shownPack) {
	line := func(format string, args ...any) { fmt.Fprintln(a.stdout, printable(fmt.Sprintf(format, args...))) }
	line("%s %s, from %s, %s", p.Name, p.Version, p.Origin, signedBy(p.Signer))
	if p.Description != "" {
		line("%s", p.Description)
	}
	if !p.Enabled {
		line("It is turned off in the configuration.")
	}
	fmt.Fprintln(a.stdout)
	line("Claims, as %q:", p.Label)
	for _, rule := range p.Rules {
		line("  %s", rule)
	}
	if len(p.Inputs) > 0 {
		fmt.Fprintln(a.stdout)
		line("Needs from you:")
	}
	for _, input := range p.Inputs {
		line("  %s: %s%s", input.Name, input.Prompt, input.traits())
	}
	for _, f := range p.Flows {
		fmt.Fprintln(a.stdout)
		line("%s.toml talks to %s%s", f.Flow, strings.Join(slices.Concat(f.Hosts, f.Shared), ", "), f.traits())
		for _, step := range f.Steps {
			line("  %s: %s%s", step.ID, step.Action, accepts(step.Terms))
			for i, when := range step.Cases {
				line("    case %d: %s", i+1, when)
			}
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
		traits = append(traits, "where the portal asks for it")
	}
	if i.Default != "" {
		traits = append(traits, fmt.Sprintf("else %q", i.Default))
	}
	if len(traits) == 0 {
		return ""
	}
	return " (" + strings.Join(traits, ", ") + ")"
}

// accepts says whose terms are accepted, if there are any.
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
