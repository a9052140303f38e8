package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/internal/maker"
	"hotspot-helper/secrets"
)

// promptTime bounds the wait for a person who unlocks a keyring, or tells polkit a password.
const promptTime = 2 * time.Minute

func (a *app) secretCommand() *cobra.Command {
	return group("secret", "Store what helpers ask for: PINs, passwords, card numbers",
		`secret stores what helpers ask for in the desktop's keyring (Secret Service), or, if you
choose so, in a file that only you can read. A value in the configuration takes
precedence. Values are read each time a helper logs in.`,
		a.secretSetCommand(), a.secretListCommand(), a.secretRemoveCommand())
}

func (a *app) secretSetCommand() *cobra.Command {
	var inFile bool
	cmd := &cobra.Command{
		Use:   "set HELPER FIELD",
		Short: "Store a secret for a helper",
		Long: `set reads a secret from standard input and stores it for a helper's input of that
name. HELPER is a name, or the directory of a pack such as ./NAME. At a terminal it asks
for the secret and does not show what you type; otherwise it reads all of standard input
and removes a newline at the end. A secret is never an argument, because every user of
this computer can read arguments.

The secret goes into the desktop's keyring, which may ask you to unlock it. With --file
it goes into a file that only you can read, unencrypted; after that, the file is also
used wherever there is no keyring. A running agent continues a login that waited.

Exit codes: 0 stored, 1 error, 2 wrong usage.`,
		Example: `  helper secret set telekom pass
  pass show telekom | helper secret set telekom pass --file`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.setSecret(cmd.Context(), args[0], args[1], inFile)
		},
	}
	cmd.Flags().BoolVar(&inFile, "file", false, "use a file instead of the keyring, now and whenever there is no keyring")
	return cmd
}

func (a *app) setSecret(ctx context.Context, helper, field string, inFile bool) error {
	id, err := a.checkInput(helper, field)
	if err != nil {
		return err
	}
	value, err := a.readSecret(fmt.Sprintf("%s of %s: ", field, helper))
	if err != nil {
		return err
	}
	helper = id.Helper
	promptCtx, stop := context.WithTimeout(ctx, promptTime)
	defer stop()
	store := a.daemonEnv().Secrets()
	place, err := store.Set(promptCtx, id, field, value, inFile)
	if err != nil {
		return a.stateHint(err)
	}
	fmt.Fprintf(a.stdout, "%s of %s is stored in the %s\n", field, helper, describePlace(place, store))
	return a.resume(ctx, agent.CauseInput, func(as agent.Association) bool { return as.Helper == helper })
}

// checkInput refuses an input that the helper does not have, and returns whose it is.
func (a *app) checkInput(helper, field string) (maker.ID, error) {
	found, id, err := a.identity(helper)
	if err != nil {
		return id, err
	}
	inputs := daemon.SecretInputs(found)
	if _, ok := inputs[field]; ok {
		return id, nil
	}
	err = fmt.Errorf("find input %q: %s has none of that name", field, helper)
	if len(inputs) == 0 {
		return id, hinted(err, "it asks for nothing")
	}
	return id, hinted(err, "it asks for %s", strings.Join(slices.Sorted(maps.Keys(inputs)), ", "))
}

// readSecret asks at a terminal, else reads standard input.
func (a *app) readSecret(prompt string) (string, error) {
	if a.readPassword != nil {
		fmt.Fprint(a.stderr, prompt)
		value, err := a.readPassword()
		fmt.Fprintln(a.stderr)
		if err != nil {
			return "", fmt.Errorf("read secret: %w", err)
		}
		return string(value), nil
	}
	data, err := io.ReadAll(io.LimitReader(a.stdin, secrets.MaxSize+2)) // room for a newline, and one byte too many
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), nil
}

func describePlace(place secrets.Place, store secrets.Store) string {
	if place == secrets.InFile {
		return "file " + printable(store.File)
	}
	return string(place)
}

func (a *app) secretRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove HELPER FIELD",
		Short: "Remove a stored secret",
		Long: `remove removes what 'helper secret set' stored. HELPER is a name, or the directory of
a pack such as ./NAME. The keyring may ask you to unlock it. Values in the configuration
remain.

Exit codes: 0 removed, 1 error (such as nothing to remove), 2 wrong usage.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := context.WithTimeout(cmd.Context(), promptTime)
			defer stop()
			name, err := storedName(args[0])
			if err != nil {
				return err
			}
			store := a.daemonEnv().Secrets()
			place, ok, err := store.Remove(ctx, name, args[1])
			switch {
			case err != nil:
				return a.stateHint(err)
			case !ok:
				return hinted(fmt.Errorf("remove secret: none is stored for %s of %s", args[1], name), "'helper secret list' shows all")
			}
			fmt.Fprintf(a.stdout, "%s of %s is removed from the %s\n", args[1], name, describePlace(place, store))
			return nil
		},
	}
}
