package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"hotspot-helper/plugins/archive"
)

func (a *app) packBuildCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "build DIR",
		Short: "Make one file of a pack, to sign and to ship",
		Long: `build checks a pack and plays its cases, and makes one file of it: NAME-VERSION.hpack
in this directory. It is a tar archive without compression that has the same octets
on every machine. The cases are in it, so that who gets it can play them, too; hidden
files are left out, and files that are none of a pack's are refused.

Exit codes: 0 made, 1 error (such as a mistake in the pack), 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.buildPack(cmd.Context(), args[0], output) },
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "make this `FILE`")
	return cmd
}

func (a *app) buildPack(ctx context.Context, dir, output string) error {
	tested := testPack(ctx, dir, testOptions{})
	if err := goodToShip(tested); err != nil {
		return err
	}
	built, err := readDirectory(dir)
	if err != nil {
		return err
	}
	if !slices.Contains(built.Files(), archive.Readme) {
		return hinted(fmt.Errorf("build %s: there is no %s", built.Name, archive.Readme), "say in it what the pack logs in to, and what was verified on what")
	}
	if output == "" {
		output = built.File()
	}
	if err := writeArchive(output, built); err != nil {
		return fmt.Errorf("build %s: %w", built.Name, err)
	}
	fmt.Fprintf(a.stdout, "%s is made: %s %s, %d files, %d cases\n", printable(output), built.Name, built.Version, len(built.Files()), len(tested.Cases))
	return nil
}

// readDirectory reads a pack as an archive.
func readDirectory(dir string) (*archive.Archive, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return archive.Read(os.DirFS(filepath.Dir(absolute)), filepath.Base(absolute))
}

func writeArchive(file string, built *archive.Archive) error {
	pending, err := renameio.NewPendingFile(file, renameio.WithPermissions(0o644))
	if err != nil {
		return err
	}
	defer func() { _ = pending.Cleanup() }() // nothing is left to clean after success
	if err := built.Encode(pending); err != nil {
		return err
	}
	return pending.CloseAtomicallyReplace()
}

// goodToShip says why a pack that was checked is not to be given to others.
func goodToShip(tested testedPack) error {
	if len(tested.Mistakes) > 0 {
		var errs []error
		for _, mistake := range tested.Mistakes {
			errs = append(errs, errors.New(mistake))
		}
		return errors.Join(errs...)
	}
	var errs []error
	for _, c := range tested.Cases {
		if !c.good() {
			errs = append(errs, fmt.Errorf("play case %s: its trace is %s", c.Case, c.Result))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return hinted(errors.Join(errs...), "'helper pack test' shows what is different")
}
