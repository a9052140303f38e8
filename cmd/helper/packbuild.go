package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"hotspot-helper/internal/file"
	"hotspot-helper/plugins/archive"
)

func (a *app) packBuildCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "build DIR|NAME.toml",
		Short: "Make one file of a pack, to sign and to ship",
		Long: `build checks a pack, replays its cases, and writes one file: NAME-VERSION.hpack in the
current directory. The file is a tar archive without compression and has the same bytes
on every machine. It contains the cases, so that others can replay them. Hidden files are
left out, and files that do not belong in a pack are refused.

Exit codes: 0 built, 1 error (such as a mistake in the pack), 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.buildPack(cmd.Context(), args[0], output) },
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write this `FILE`")
	return cmd
}

func (a *app) buildPack(ctx context.Context, dir, output string) error {
	tested := a.testPack(ctx, dir, testOptions{})
	if err := goodToShip(tested); err != nil {
		return err
	}
	built, err := a.readArchive(ctx, dir)
	if err != nil {
		return err
	}
	if !slices.Contains(built.Files(), archive.Readme) {
		return hinted(fmt.Errorf("build %s: there is no %s", built.Name, archive.Readme), "describe in it what the pack logs in to, and what was verified where")
	}
	if output == "" {
		output = built.File()
	}
	if err := writeArchive(output, built); err != nil {
		return fmt.Errorf("build %s: %w", built.Name, err)
	}
	fmt.Fprintf(a.stdout, "%s is built: %s %s, %d files, %d cases\n", printable(output), built.Name, built.Version, len(built.Files()), len(tested.Cases))
	if built.Program != nil {
		fmt.Fprintf(a.stdout, "it is a program for %s\n", describeArchitectures(built))
	}
	return nil
}

// readArchive reads what an argument names as an archive: the pack in a directory, or a live helper by its registration.
func (a *app) readArchive(ctx context.Context, path string) (*archive.Archive, error) {
	if !isRegistration(path) {
		return readDirectory(path)
	}
	helper, err := a.openLive(ctx, path)
	if err != nil {
		return nil, err
	}
	described, err := helper.Described()
	if err != nil {
		return nil, err
	}
	return archive.ReadProgram(file.Dir{Path: filepath.Dir(helper.Origin())}, helper.Name(), described)
}

// readDirectory reads a pack as an archive.
func readDirectory(dir string) (*archive.Archive, error) {
	around, name, err := packDir(dir)
	if err != nil {
		return nil, err
	}
	return archive.Read(around, name)
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

// goodToShip returns why a checked pack must not be given to others.
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
