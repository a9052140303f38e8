package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal/flow"
)

func (a *app) packSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema pack|flow|case",
		Short: "Print the JSON Schema of a pack's file, for editors",
		Long: `schema prints the JSON Schema (draft 2020-12) of one kind of file in a pack:

  pack   pack.toml
  flow   authenticate.toml, maintain.toml and logoff.toml
  case   tests/*.toml

An editor uses it to complete and explain keys. 'helper pack lint' finds more mistakes
than a schema can.

Exit codes: 0 done, 1 error, 2 wrong usage.`,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"pack", "flow", "case"},
		RunE:      func(_ *cobra.Command, args []string) error { return a.printSchema(args[0]) },
	}
}

func (a *app) printSchema(kind string) error {
	_, err := fmt.Fprint(a.stdout, schemas()[kind])
	return err
}

// schemas are the schemas by the kinds of files.
func schemas() map[string]string {
	return map[string]string{"pack": pack.Schema(), "flow": flow.Schema(), "case": replay.Schema()}
}
