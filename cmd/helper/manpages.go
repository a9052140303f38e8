//go:build manpages

// With the tag manpages, the command writes its manual pages instead:
// go run -tags manpages ./cmd/helper DIR DATE, in the root of the sources.

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"hotspot-helper/internal/manpage"
)

func main() {
	if err := writeManPages(os.Args[1:]); err != nil { //permit:os.Args
		fmt.Fprintln(os.Stderr, "manpages:", err)
		os.Exit(1) //permit:os.Exit
	}
}

func writeManPages(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("want DIR and DATE, got %q", args)
	}
	root := newRoot(&app{env: env{stdout: io.Discard, stderr: io.Discard}})
	pages, err := manpage.Pages(root, os.DirFS("."), manpage.Release{Date: args[1], Version: version}) //permit:os.DirFS
	if err != nil {
		return err
	}
	if err := os.MkdirAll(args[0], 0o755); err != nil {
		return err
	}
	for name, page := range pages {
		if err := os.WriteFile(filepath.Join(args[0], name), page, 0o644); err != nil {
			return err
		}
	}
	return nil
}
