package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins/trust"
)

func (a *app) packAcceptCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "accept NAME",
		Short: "Accept a pack that waits for your consent",
		Long: `accept accepts a pack that was not installed with 'helper pack install': one with the name
of a helper that comes with the program, or a new version that wants more than the one
before. 'helper pack list' shows what waits. A pack in the place of another
helper starts without the secrets and consents that you gave to that one. With --system
it counts for all users, which needs root.

Exit codes: 0 accepted, 1 error (such as no such pack), 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.acceptPack(args[0]) },
	}
}

func (a *app) acceptPack(name string) error {
	env := a.daemonEnv()
	config, err := env.LoadConfig()
	if err != nil {
		return err
	}
	dir, err := findPackDir(env.PackDirs(config), name)
	if err != nil {
		return err
	}
	given, err := a.givenTo(name)
	if err != nil {
		return a.stateHint(err)
	}
	place, err := a.packPlace()
	if err != nil {
		return err
	}
	accepted, err := place.Accept(file.Dir{Path: dir}, name, env.Reserved(config, name), time.Now())
	switch {
	case errors.Is(err, fs.ErrPermission) && a.system:
		return hinted(err, "for all users only root can accept a pack")
	case err != nil:
		return err
	}
	fmt.Fprintf(a.stdout, "accepted: %s in %s, %s\n", name, printable(dir), describeMaker(accepted.Maker))
	a.printNotGiven(given, accepted.Maker)
	now := time.Now()
	if err := os.Chtimes(filepath.Join(dir, name), now, now); err != nil { // a running agent looks at it again
		fmt.Fprintln(a.stdout, "a running agent uses it when it reads its configuration again (SIGHUP)")
	}
	return nil
}

// findPackDir returns the last of the directories with a pack of the name: the one that counts.
func findPackDir(dirs []string, name string) (string, error) {
	for i := len(dirs) - 1; i >= 0; i-- {
		if !fs.ValidPath(name) || strings.Contains(name, "/") {
			break
		}
		if _, err := os.Stat(filepath.Join(dirs[i], name, "pack.toml")); err == nil {
			return dirs[i], nil
		}
	}
	return "", hinted(fmt.Errorf("accept pack %q: there is none in %s", name, strings.Join(dirs, ", ")), "'helper pack list' shows the helpers")
}

// gift is something that the user gave to a helper.
type gift struct {
	maker maker.Maker
	text  string
}

// givenTo returns what the user gave to helpers of a name.
func (a *app) givenTo(name string) ([]gift, error) {
	var given []gift
	entries, err := a.daemonEnv().Secrets().List()
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Helper == name {
			given = append(given, gift{e.Maker, "the secret " + e.Field})
		}
	}
	records, err := a.daemonEnv().Consents().Records()
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		if r.Helper == name {
			given = append(given, gift{r.Maker, fmt.Sprintf("the consent to %s on %s", r.Kind, describeNetwork(r.Network))})
		}
	}
	return given, nil
}

// describeGifts says what a helper of a maker does not get.
func describeGifts(given []gift, to maker.Maker) string {
	var texts []string
	for _, g := range given {
		if g.maker != to {
			texts = append(texts, g.text)
		}
	}
	if len(texts) == 0 {
		return "it starts without secrets and consents"
	}
	return "what you gave to the other helper of that name stays with it: " + strings.Join(texts, ", ")
}

// printNotGiven says what a new helper does not get, if there is anything.
func (a *app) printNotGiven(given []gift, to maker.Maker) {
	for _, g := range given {
		if g.maker != to {
			fmt.Fprintln(a.stdout, printable(describeGifts(given, to)))
			return
		}
	}
}

func describeMaker(m maker.Maker) string {
	if m.IsKey() {
		return "signed by " + string(m)
	}
	return "not signed"
}

// waitsForConsent reports whether a pack is left out until the user accepts it.
func waitsForConsent(err error) bool {
	if _, reserved := errors.AsType[*trust.ReplacesError](err); reserved {
		return true
	}
	_, growth := errors.AsType[*trust.GrowthError](err)
	return growth
}
