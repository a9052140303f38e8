package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/daemon"
	"hotspot-helper/secrets"
)

// promptTime is how long a person may take to unlock a keyring.
const promptTime = 2 * time.Minute

func (a *app) secretCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secret",
		Short: "Keep what helpers ask for: PINs, passwords, card numbers",
		Long: `secret keeps what helpers ask for in the desktop's keyring (Secret Service), or where
there is none in a file that you alone can read, if you want that. What stands in the
configuration counts before it. It is looked up each time a helper logs in.

Exit codes: 0 done, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: showHelp,
	}
	cmd.AddCommand(a.secretSetCommand(), a.secretListCommand(), a.secretRemoveCommand())
	return cmd
}

func (a *app) secretSetCommand() *cobra.Command {
	var inFile bool
	cmd := &cobra.Command{
		Use:   "set HELPER FIELD",
		Short: "Keep a secret for a helper",
		Long: `set reads a secret from standard input and keeps it for a helper's input of that
name. At a terminal it asks for it and does not show what you type; else it takes all
that comes, without a newline at its end. A secret is never an argument, for everybody
on this computer can read those.

It goes into the desktop's keyring, which may ask you to unlock it. With --file it goes
into a file that you alone can read, unencrypted; once you have used --file, that is
also done wherever there is no keyring. A running agent tries again where it waited.

Exit codes: 0 kept, 1 error, 2 wrong usage.`,
		Example: `  helper secret set museum-hotspot pin
  pass show museum | helper secret set museum-hotspot pin --file`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.setSecret(cmd.Context(), args[0], args[1], inFile)
		},
	}
	cmd.Flags().BoolVar(&inFile, "file", false, "keep it in a file instead of the keyring, now and wherever there is none")
	return cmd
}

func (a *app) setSecret(ctx context.Context, helper, field string, inFile bool) error {
	if err := a.checkInput(helper, field); err != nil {
		return err
	}
	value, err := a.readSecret(fmt.Sprintf("%s of %s: ", field, helper))
	if err != nil {
		return err
	}
	patience, stop := context.WithTimeout(ctx, promptTime)
	defer stop()
	store := a.daemonEnv().Secrets()
	place, err := store.Set(patience, helper, field, value, inFile)
	if err != nil {
		return hintedSecret(a.explainState(err))
	}
	fmt.Fprintf(a.stdout, "%s of %s is kept in the %s\n", field, helper, describePlace(place, store))
	return a.wake(ctx, func(w waiting) bool { return w.helper == helper })
}

// checkInput refuses what no helper would ever ask for.
func (a *app) checkInput(helper, field string) error {
	found, err := a.daemonEnv().FindHelper(helper)
	if err != nil {
		return err
	}
	inputs := daemon.SecretInputs(found)
	if _, ok := inputs[field]; ok {
		return nil
	}
	err = fmt.Errorf("find input %q: %s has none of that name", field, helper)
	if len(inputs) == 0 {
		return hinted(err, "it asks for nothing")
	}
	return hinted(err, "it asks for %s", strings.Join(slices.Sorted(maps.Keys(inputs)), ", "))
}

// readSecret asks at a terminal, else takes what comes.
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
	data, err := io.ReadAll(io.LimitReader(a.stdin, secrets.MaxSize+2)) // room for a newline, and to be too long
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

// hintedSecret says what to do about a secret that cannot be kept or removed.
func hintedSecret(err error) error {
	switch {
	case errors.Is(err, secrets.ErrNotChosen):
		return hinted(err, "--file keeps it in a file that you alone can read, unencrypted")
	case errors.Is(err, secrets.ErrLocked):
		return hinted(err, "it asks for its password on the desktop")
	}
	return err
}

func (a *app) secretRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove HELPER FIELD",
		Short: "Remove a secret that was kept for a helper",
		Long: `remove removes what 'helper secret set' kept. The keyring may ask you to unlock it.
What stands in the configuration stays.

Exit codes: 0 removed, 1 error (such as none was kept), 2 wrong usage.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := context.WithTimeout(cmd.Context(), promptTime)
			defer stop()
			store := a.daemonEnv().Secrets()
			place, ok, err := store.Remove(ctx, args[0], args[1])
			switch {
			case err != nil:
				return hintedSecret(a.explainState(err))
			case !ok:
				return hinted(fmt.Errorf("remove secret: none is kept for %s of %s", args[1], args[0]), "'helper secret list' shows all")
			}
			fmt.Fprintf(a.stdout, "%s of %s is gone from the %s\n", args[1], args[0], describePlace(place, store))
			return nil
		},
	}
}
