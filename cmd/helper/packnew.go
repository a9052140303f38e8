package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hotspot-helper/plugins/pack"
)

// scaffold is a complete pack to begin with. Its name is replaced.
//
//go:embed scaffold
var scaffold embed.FS

// The names in the scaffold.
const (
	scaffoldDir   = "scaffold"
	scaffoldName  = "cafe-lumen"
	scaffoldLabel = "Cafe Lumen"
)

func (a *app) packNewCommand() *cobra.Command {
	var dir, language string
	var isLive bool
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Begin a pack from working files with comments",
		Long: `new makes a directory with a working pack: 'helper pack lint' and 'helper pack test'
pass. It is an example of a portal that does not exist, of which both warn until its host
and its cases are replaced. Adapt it to the portal; the comments in its files explain how.

With --live it makes a live helper instead, a program for what no pack can do, with its
registration: one that logs in to a portal of the examples, in Python, Go or shell.

Exit codes: 0 made, 1 error, 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case isLive:
				return a.newLive(dir, args[0], language)
			case cmd.Flags().Changed("language"):
				return usage(cmd, errors.New("choose a language: only a live helper has one (--live)"))
			}
			return a.newPack(dir, args[0])
		},
	}
	cmd.Flags().BoolVar(&isLive, "live", false, "make a live helper")
	cmd.Flags().StringVar(&language, "language", "python", "`LANGUAGE` of a live helper: python, go or sh")
	cmd.Flags().StringVar(&dir, "dir", ".", "make the pack's directory in this `DIR`")
	return cmd
}

func (a *app) newPack(dir, name string) error {
	if err := pack.CheckName(name); err != nil {
		return &failure{exitUsage, fmt.Errorf("name pack: %w", err), "such as: helper pack new cafe-lumen"}
	}
	target := filepath.Join(dir, name)
	if err := os.Mkdir(target, 0o755); err != nil {
		return fmt.Errorf("make pack: %w", err)
	}
	rename := strings.NewReplacer(scaffoldName, name, scaffoldLabel, labelOf(name))
	err := fs.WalkDir(scaffold, scaffoldDir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || file == scaffoldDir {
			return err
		}
		to := filepath.Join(target, filepath.FromSlash(strings.TrimPrefix(file, scaffoldDir+"/")))
		if entry.IsDir() {
			return os.Mkdir(to, 0o755)
		}
		text, err := fs.ReadFile(scaffold, file)
		if err != nil {
			return err
		}
		return os.WriteFile(to, []byte(rename.Replace(string(text))), 0o644)
	})
	if err := errors.Join(err, writeSchemas(filepath.Join(target, ".schema"))); err != nil {
		return fmt.Errorf("make pack: %w", err)
	}
	fmt.Fprintf(a.stdout, "%s is made. Next:\n  helper pack lint %[1]s\n  helper pack test %[1]s\n", printable(target))
	return nil
}

// writeSchemas writes the schemas that editors use to check files and complete keys. The
// files of the scaffold refer to them. An archive leaves hidden directories out.
func writeSchemas(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for kind, text := range schemas() {
		if err := os.WriteFile(filepath.Join(dir, kind+".json"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// labelOf makes a label of a name, cut to the longest allowed.
func labelOf(name string) string {
	words := strings.Split(name, "-")
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	label := strings.Join(words, " ")
	return strings.TrimSpace(label[:min(len(label), pack.MaxLabel)])
}
