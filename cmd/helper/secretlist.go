package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/configs"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
	"hotspot-helper/secrets"
)

// listedSecret is what `helper secret list --json` prints of one secret: never its value.
type listedSecret struct {
	Helper string     `json:"helper"`
	Field  string     `json:"field"`
	Maker  string     `json:"maker,omitempty"` // of the helper that it was given to; empty: not known, or see docs/security.md
	Place  string     `json:"place"`           // keyring, file, credential or configuration
	Path   string     `json:"path,omitempty"`  // of the file, or name of the credential
	Since  *time.Time `json:"since,omitempty"`
	Hidden bool       `json:"hidden,omitempty"` // a value in the configuration takes precedence

	Withheld bool `json:"withheld,omitempty"` // the helper of the name that is in use is another maker's
}

func (a *app) secretListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List which secrets are stored, and where",
		Long: `list shows which inputs of which helpers have a value, and where it is: in the keyring,
in a file, in a systemd credential, or in the configuration itself. It never shows a
value, and does not ask the keyring. If an input has two values, the one of the
configuration is used. One that was given to another maker's helper of the name, such as
the program that a live helper was before it changed, is not.

Exit codes: 0 shown, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := a.daemonEnv().LoadConfig()
			if err != nil {
				return err
			}
			entries, err := a.daemonEnv().Secrets().List()
			if err != nil {
				return a.stateHint(err)
			}
			listed := listSecrets(config, entries, a.daemonEnv().Secrets())
			a.markWithheld(cmd.Context(), config, listed)
			return a.printSecrets(listed)
		},
	}
	a.jsonFlag(cmd)
	return cmd
}

// listSecrets joins the values of the configuration and those of the store.
func listSecrets(config configs.Config, entries []secrets.Entry, store secrets.Store) []listedSecret {
	listed := []listedSecret{}
	for helper, own := range config.Helpers {
		for field, input := range own.Inputs {
			place, path := input.Origin()
			listed = append(listed, listedSecret{Helper: helper, Field: field, Maker: own.Maker, Place: place, Path: path})
		}
	}
	for _, e := range entries {
		kept := listedSecret{Helper: e.Helper, Field: e.Field, Maker: string(e.Maker), Place: string(e.Place), Since: &e.Time}
		if e.Place == secrets.InFile {
			kept.Path = store.File
		}
		_, kept.Hidden = config.Helpers[e.Helper].Inputs[e.Field]
		listed = append(listed, kept)
	}
	slices.SortStableFunc(listed, func(a, b listedSecret) int {
		return cmp.Or(cmp.Compare(a.Helper, b.Helper), cmp.Compare(a.Field, b.Field))
	})
	return listed
}

// markWithheld marks what the helpers in use do not get. Live helpers are started only if one was given something.
func (a *app) markWithheld(ctx context.Context, config configs.Config, listed []listedSecret) {
	library, _ := a.daemonEnv().LoadLibrary(config) // of one that is left out nothing is known
	var programs []*live.Helper
	if slices.ContainsFunc(listed, func(l listedSecret) bool { return maker.Maker(l.Maker).IsLive() }) {
		programs, _ = a.daemonEnv().LoadLive(ctx, config)
	}
	registry := daemon.NewRegistry(config, library, programs)
	for i, l := range listed {
		if helper, err := registry.Helper(l.Helper); err == nil && l.Maker != "" {
			now := plugins.Identity(helper).Maker
			listed[i].Withheld = now != "" && now != maker.Maker(l.Maker)
		}
	}
}

func (a *app) printSecrets(listed []listedSecret) error {
	titles := columns("helper", "field", "place", "used", "path")
	return printList(a, listed, "no secret is stored", titles, func(l listedSecret) []any {
		return []any{l.Helper, l.Field, l.Place, yesNo(!l.Hidden && !l.Withheld), orDash(l.Path)}
	})
}
