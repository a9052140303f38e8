package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"aead.dev/minisign"
	"github.com/spf13/cobra"

	"hotspot-helper/internal/daemon"
	"hotspot-helper/internal/file"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/trust"
)

func (a *app) packCommand() *cobra.Command {
	return group("pack", "Work with packs: helpers made of data",
		`pack makes, checks, signs, installs and lists packs: helpers made of data, see
docs/pack-format.md. So it does with live helpers, which are programs: docs/live-helpers.md.`,
		a.packNewCommand(), a.packLintCommand(), a.packTestCommand(), a.packRunCommand(), a.packServeCommand(), a.packShowCommand(), a.packListCommand(), a.packSchemaCommand(),
		a.packRecordCommand(), a.packBuildCommand(), a.packKeyCommand(), a.packSignCommand(), a.packVerifyCommand(), a.packInstallCommand(), a.packAcceptCommand(), a.packRemoveCommand())
}

// packDir returns the directory that contains a pack's directory, and the pack's name in it.
func packDir(dir string) (around fs.FS, name string, err error) {
	absolute, err := filepath.Abs(dir)
	return file.Dir{Path: filepath.Dir(absolute)}, filepath.Base(absolute), err
}

// openPack loads the pack in a directory.
func openPack(dir string) (*pack.Pack, error) {
	around, name, err := packDir(dir)
	if err != nil {
		return nil, err
	}
	return pack.LoadChecked(around, name, filepath.Join(dir, ".."), func(pack.Candidate) (maker.Maker, error) {
		m, err := trust.MakerOf(around, name)
		if errors.Is(err, trust.ErrChanged) {
			return "", nil // nothing that is stored is given to it
		}
		return m, err
	})
}

// lintHint adds a hint to an error of [openPack].
func lintHint(err error, dir string) error {
	return hinted(fmt.Errorf("load pack: %w", err), "'helper pack lint %s' lists every mistake", printable(dir))
}

// lintResult is what `helper pack lint --json` prints of one directory.
type lintResult struct {
	Directory string   `json:"directory"`
	Name      string   `json:"name,omitempty"`
	Version   string   `json:"version,omitempty"`
	Mistakes  []string `json:"mistakes"` // never null
	Warnings  []string `json:"warnings,omitempty"`
}

func (a *app) packLintCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lint DIR|NAME.toml...",
		Short: "Check packs and list every mistake",
		Long: `lint reads the packs in the directories and lists every mistake with its file, line
and step. Some mistakes do not keep a pack from being used: a claim above low without
evidence of the portal, which counts as low; a submission that carries no input and names
no terms, which waits for consent; and a host that is a public suffix. It warns of
selectors that may be too much work on a long page, and of hosts of an example. Of a
live helper it wants the registration, NAME.toml: it starts the program and checks what
it says of itself.

Exit codes: 0 no mistakes, 1 a mistake, 2 wrong usage.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, dirs []string) error { return a.lint(cmd.Context(), dirs) },
	}
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) lint(ctx context.Context, dirs []string) error {
	results := make([]lintResult, 0, len(dirs))
	wrong := 0
	for _, dir := range dirs {
		result, _ := a.lintAny(ctx, dir)
		results = append(results, result)
		if len(result.Mistakes) > 0 {
			wrong++
		}
	}
	if err := a.printLint(results); err != nil {
		return err
	}
	if wrong > 0 {
		have := "have"
		if wrong == 1 {
			have = "has"
		}
		return fmt.Errorf("lint packs: %d of %d packs %s mistakes", wrong, len(dirs), have)
	}
	return nil
}

// lintPack loads the pack in a directory. The pack is nil if it has mistakes.
func lintPack(dir string) (lintResult, *pack.Pack) {
	p, err := openPack(dir)
	if err != nil {
		return lintResult{Directory: dir, Mistakes: flatten(err)}, nil
	}
	around, _, err := packDir(dir)
	if err == nil {
		err = p.Lint(around)
	}
	if err != nil {
		return lintResult{dir, p.Name(), p.Version, flatten(err), p.Warnings()}, nil
	}
	return lintResult{dir, p.Name(), p.Version, []string{}, p.Warnings()}, p
}

// flatten lists the mistakes of a joined error one by one.
func flatten(err error) []string {
	joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err)
	if !ok {
		return []string{err.Error()}
	}
	var texts []string
	for _, one := range joined.Unwrap() {
		texts = append(texts, flatten(one)...)
	}
	return texts
}

func (a *app) printLint(results []lintResult) error {
	if a.asJSON {
		return a.printJSON(results)
	}
	for _, r := range results {
		if len(r.Mistakes) == 0 {
			fmt.Fprintf(a.stdout, "%s: %s %s has no mistakes\n", printable(r.Directory), r.Name, r.Version)
		}
		for _, mistake := range r.Mistakes {
			fmt.Fprintln(a.stdout, printableLines(mistake))
		}
		for _, warning := range r.Warnings {
			fmt.Fprintln(a.stdout, "warning:", printableLines(warning))
		}
	}
	return nil
}

// listedHelper is what `helper pack list --json` prints of one helper.
type listedHelper struct {
	Name        string   `json:"name"`
	Version     string   `json:"version,omitempty"`
	Label       string   `json:"label,omitempty"`
	Description string   `json:"description,omitempty"`
	Origin      string   `json:"origin"`
	Signer      string   `json:"signer,omitempty"` // ID of the key that signed a pack, or "changed"
	Claims      []string `json:"claims,omitempty"` // of a pack: name, portal
	Enabled     bool     `json:"enabled"`
	Priority    int      `json:"priority"`
}

func listHelper(e plugins.Entry) listedHelper {
	l := listedHelper{Name: e.Helper.Name(), Origin: "program", Enabled: !e.Disabled, Priority: e.Priority}
	switch h := e.Helper.(type) {
	case *pack.Pack:
		l.Version, l.Label, l.Description, l.Origin = h.Version, h.Label, h.Description, h.Origin
		l.Claims, l.Signer = h.Rules().Kinds(), signerOf(packFiles(h), h.Name())
	case *live.Helper:
		l.Version, l.Label, l.Origin, l.Claims = h.Version(), h.Label(), h.Origin(), h.Sees()
		if key, err := trust.ParseKey(string(h.Maker())); err == nil {
			l.Signer = keyNumber(key)
		}
	}
	return l
}

// signerChanged replaces the signer of a pack that was changed after it was signed. The list
// of helpers shows as many digits of a key's ID.
const signerChanged = "changed"

// signerOf returns the ID of the key that signed an installed pack; empty: it is not signed.
func signerOf(dir fs.FS, name string) string {
	mark, err := trust.Signer(dir, name)
	switch {
	case err != nil:
		return signerChanged
	case mark.Key == nil:
		return ""
	}
	return keyNumber(*mark.Key)
}

// keyNumber is the number of a key, as minisign shows it.
func keyNumber(key minisign.PublicKey) string { return fmt.Sprintf("%016X", key.ID()) }

func (a *app) packListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the helpers and their origins",
		Long: `list shows every helper: the packs that come with the program, those in the pack
directories, the live helpers, and the built-in ones. It shows what each helper claims networks by,
whether it is enabled, and the first digits of the key that signed it. It reports packs
that are left out because of a mistake.

Exit codes: 0 shown, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := a.daemonEnv().LoadConfig()
			if err != nil {
				return err
			}
			library, broken := a.daemonEnv().LoadLibrary(config)
			broken = errors.Join(broken, library.Check())
			programs, noPrograms := a.daemonEnv().LoadLive(cmd.Context(), config)
			broken = errors.Join(broken, noPrograms)
			if err := a.printHelpers(daemon.NewRegistry(config, library, programs)); err != nil {
				return err
			}
			if waitsForConsent(broken) {
				return hinted(fmt.Errorf("load packs: %w", broken), "'helper pack accept NAME' accepts a pack that waits for your consent")
			}
			if broken != nil {
				return hinted(fmt.Errorf("load packs: %w", broken), "the helpers above are used; the packs with mistakes are not")
			}
			return nil
		},
	}
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) printHelpers(registry *plugins.Registry) error {
	listed := []listedHelper{}
	for _, e := range registry.Entries() {
		listed = append(listed, listHelper(e))
	}
	titles := columns("helper", "version", "label…", "by", "on", "signer", "origin")
	return printList(a, listed, "", titles, func(l listedHelper) []any {
		signer := l.Signer[:min(len(l.Signer), len(signerChanged))]
		return []any{l.Name, orDash(l.Version), orDash(l.Label), orDash(strings.Join(l.Claims, ", ")), yesNo(l.Enabled), orDash(signer), l.Origin}
	})
}
