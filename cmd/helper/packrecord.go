package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/file"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/record"
)

func (a *app) packRecordCommand() *cobra.Command {
	var dir, name string
	cmd := &cobra.Command{
		Use:   "record FILE.har",
		Short: "Draft a pack from a login that a browser recorded",
		Long: `record makes a pack from what a browser recorded while you logged in by hand: the steps
that matter, what you typed as inputs, the portal's random values as captures, claims by
the portal's page, and the answers as a recorded case. The pack does not contain what you
typed. Comments in its files mark the guesses.

To make the file, open the Network panel of a browser's developer tools and keep the log;
open any http page, log in, and open that page again; then save everything as HAR with
content. The file contains your password: do not share it.

Exit codes: 0 made, 1 error, 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.recordPack(cmd.Context(), args[0], dir, name)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", "make the pack's directory in this `DIR`")
	cmd.Flags().StringVar(&name, "name", "", "`NAME` of the pack (default: that of the file)")
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) recordPack(ctx context.Context, path, dir, name string) error {
	if name == "" {
		name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	if err := pack.CheckName(name); err != nil {
		return &failure{exitUsage, fmt.Errorf("name pack: %w", err), "give it a name: --name cafe-lumen"}
	}
	opened, err := file.Open(path)
	if err != nil {
		return fmt.Errorf("read capture: %w", err)
	}
	capture, err := record.Read(opened)
	if err := errors.Join(err, opened.Close()); err != nil {
		return err
	}
	target := filepath.Join(dir, name)
	draft, err := capture.DraftPack(ctx, target)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(target, "README.md"), []byte(draftReadme(draft)), 0o644); err != nil {
		return fmt.Errorf("write README: %w", err)
	}
	if a.asJSON {
		return a.printJSON(draft)
	}
	a.printDraft(draft, target)
	return nil
}

// printDraft prints what was made, and what is left to do.
func (a *app) printDraft(draft *record.PackDraft, target string) {
	asks := "nothing"
	if len(draft.Inputs) > 0 {
		asks = strings.Join(draft.Inputs, ", ")
	}
	fmt.Fprintf(a.stdout, "%s is made.\n  steps: %s\n  asks for: %s\n", printable(target), printable(strings.Join(draft.Steps, ", ")), printable(asks))
	if !draft.Online {
		fmt.Fprintln(a.stdout, "  the recording opens no page of the Internet after the login, so it does not show whether the login worked")
	}
	if len(draft.Unsure) > 0 {
		fmt.Fprintln(a.stdout, "Look at:")
	}
	for _, text := range draft.Unsure {
		fmt.Fprintf(a.stdout, "  %s\n", printable(text))
	}
	fmt.Fprintf(a.stdout, "Next:\n  helper pack lint %[1]s\n  helper pack test %[1]s\n  helper pack run %[1]s\n", printable(target))
}
