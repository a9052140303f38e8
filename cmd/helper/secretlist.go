package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/configs"
	"hotspot-helper/secrets"
)

// listedSecret is what `helper secret list --json` prints of one secret: never its value.
type listedSecret struct {
	Helper string     `json:"helper"`
	Field  string     `json:"field"`
	Place  string     `json:"place"`          // keyring, file, credential or configuration
	Path   string     `json:"path,omitempty"` // of the file, or name of the credential
	Since  *time.Time `json:"since,omitempty"`
	Hidden bool       `json:"hidden,omitempty"` // what stands in the configuration counts before it
}

func (a *app) secretListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what is kept, and where",
		Long: `list shows for which inputs of which helpers there is a value, and where it is kept:
in the keyring, in a file, as a credential of systemd, or in the configuration itself.
It never shows a value, and asks no keyring. Of two values for one input that of the
configuration counts.

Exit codes: 0 shown, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			config, err := a.daemonEnv().LoadConfig()
			if err != nil {
				return err
			}
			entries, err := a.daemonEnv().Secrets().List()
			if err != nil {
				return a.explainState(err)
			}
			return a.printSecrets(listSecrets(config, entries, a.daemonEnv().Secrets()))
		},
	}
	a.jsonFlag(cmd)
	return cmd
}

// listSecrets puts together what the configuration has and what is kept.
func listSecrets(config configs.Config, entries []secrets.Entry, store secrets.Store) []listedSecret {
	listed := []listedSecret{}
	for helper, own := range config.Helpers {
		for field, input := range own.Inputs {
			place, path := input.Origin()
			listed = append(listed, listedSecret{Helper: helper, Field: field, Place: place, Path: path})
		}
	}
	for _, e := range entries {
		kept := listedSecret{Helper: e.Helper, Field: e.Field, Place: string(e.Place), Since: &e.Time}
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

func (a *app) printSecrets(listed []listedSecret) error {
	if a.asJSON {
		return a.printJSON(listed)
	}
	if len(listed) == 0 {
		fmt.Fprintln(a.stdout, "nothing is kept")
		return nil
	}
	var rows [][]any
	for _, l := range listed {
		counts := "yes"
		if l.Hidden {
			counts = "no"
		}
		rows = append(rows, []any{l.Helper, l.Field, l.Place, counts, orDash(l.Path)})
	}
	a.printTable([]column{{title: "helper"}, {title: "field"}, {title: "kept in"}, {title: "counts"}, {title: "path"}}, rows)
	return nil
}
