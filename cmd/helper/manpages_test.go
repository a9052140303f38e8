package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hotspot-helper/internal/manpage"
)

// TestManPages checks that each command has a page that shows its help and all its flags, that every page that another
// names is there, and that mandoc finds no fault.
func TestManPages(t *testing.T) {
	t.Parallel()
	root := newRoot(&app{env: env{stdout: io.Discard, stderr: io.Discard}})
	pages, err := manpage.Pages(root, os.DirFS("../.."), manpage.Release{Date: "2026-11-30", Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		page := string(pages[manpage.Name(cmd)+".1"])
		for _, section := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "SEE ALSO"} {
			if !strings.Contains(page, ".SH "+section+"\n") {
				t.Errorf("the page of %q has no %s", cmd.CommandPath(), section)
			}
		}
		check := func(flag *pflag.Flag) {
			if !flag.Hidden && !strings.Contains(page, `\fB\-\-`+strings.ReplaceAll(flag.Name, "-", `\-`)+`\fR`) {
				t.Errorf("the page of %q has no --%s", cmd.CommandPath(), flag.Name)
			}
		}
		cmd.LocalFlags().VisitAll(check)
		cmd.InheritedFlags().VisitAll(check)
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
	for name, page := range pages {
		for _, named := range regexp.MustCompile(`\\fB([a-z\\.-]+)\\fR\(([15])\)`).FindAllSubmatch(page, -1) {
			if file := strings.ReplaceAll(string(named[1]), `\`, "") + "." + string(named[2]); pages[file] == nil {
				t.Errorf("%s names %s, which is not there", name, file)
			}
		}
	}
	for name, want := range map[string][]string{
		"helper-run.1":          {"keeps the sessions alive", "0 stopped by a signal"},
		"helper.toml.5":         {"keepalive = ", "[helper.opennds.inputs]", "Longest time between two checks of a session"},
		"hotspot-helper-pack.5": {"format = 1", "What a portal wants"},
	} {
		for _, text := range want {
			if !strings.Contains(strings.ReplaceAll(string(pages[name]), `\`, ""), text) {
				t.Errorf("%s has no %q", name, text)
			}
		}
	}
	t.Run("mandoc", func(t *testing.T) { lintPages(t, pages) })
}

func lintPages(t *testing.T, pages map[string][]byte) {
	mandoc, err := exec.LookPath("mandoc")
	switch {
	case err != nil && slices.Contains(strings.Split(os.Getenv("HELPER_REQUIRE"), ","), "mandoc"):
		t.Fatalf("required by HELPER_REQUIRE: find mandoc: %v", err)
	case err != nil:
		t.Skipf("find mandoc: %v", err)
	}
	dir := t.TempDir()
	for name, page := range pages {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, page, 0o600); err != nil {
			t.Fatal(err)
		}
		output, err := exec.CommandContext(t.Context(), mandoc, "-T", "lint", "-W", "warning", file).CombinedOutput()
		if err != nil || len(bytes.TrimSpace(output)) > 0 {
			t.Errorf("%s: %v\n%s", name, err, output)
		}
	}
}
