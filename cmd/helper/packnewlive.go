package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"hotspot-helper/examples"
	"hotspot-helper/plugins/pack"
)

// liveExample is a live helper to begin with.
type liveExample struct {
	dir          string // of the examples
	name, label  string // in its files
	program      string // file of the program, or of its source
	registration string
	build        string // command that builds the program; empty: it is a script
}

// liveExamples are those of each language.
func liveExamples() map[string]liveExample {
	return map[string]liveExample{
		"python": {dir: "srun", name: "srun-python", label: "srun (Python)", program: "srun.py", registration: "srun-python.toml"},
		"sh":     {dir: "cafe", name: "cafe", label: "Cafe Lumen", program: "cafe.sh", registration: "cafe.toml"},
		"go":     {dir: "omada", name: "omada-go", label: "Omada (Go)", program: "main.go", registration: "omada-go.toml", build: "CGO_ENABLED=0 go build -o bin/$(go env GOARCH)/NAME main.go"},
	}
}

// newLive makes a directory with a live helper.
func (a *app) newLive(dir, name, language string) error {
	example, known := liveExamples()[language]
	if !known {
		return &failure{exitUsage, fmt.Errorf("choose a language: want one of %q, not %q", slices.Sorted(maps.Keys(liveExamples())), language), "see 'helper pack new --help'"}
	}
	if err := pack.CheckName(name); err != nil {
		return &failure{exitUsage, fmt.Errorf("name helper: %w", err), "such as: helper pack new --live campus"}
	}
	target := filepath.Join(dir, name)
	if err := os.Mkdir(target, 0o755); err != nil {
		return fmt.Errorf("make helper: %w", err)
	}
	err := fs.WalkDir(examples.Files, example.dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || file == example.dir {
			return err
		}
		to := filepath.Join(target, example.rename(strings.TrimPrefix(file, example.dir+"/"), name))
		if entry.IsDir() {
			return os.Mkdir(to, 0o755)
		}
		text, err := fs.ReadFile(examples.Files, file)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if strings.HasPrefix(string(text), "#!") {
			mode = 0o755
		}
		return os.WriteFile(to, []byte(example.adapt(string(text), name)), mode)
	})
	if err != nil {
		return fmt.Errorf("make helper: %w", err)
	}
	a.printNext(target, name, example)
	return nil
}

// rename returns the name of a file.
func (e liveExample) rename(file, name string) string {
	switch {
	case file == e.registration:
		return name + ".toml"
	case file == e.program && e.build == "":
		return name + path.Ext(file)
	}
	return filepath.FromSlash(file)
}

// adapt replaces the names in a text.
func (e liveExample) adapt(text, name string) string {
	quote := func(s string) string { return `"` + s + `"` }
	return strings.NewReplacer(
		quote(e.program), quote(name+path.Ext(e.program)), quote(e.name), quote(name), quote(e.label), quote(labelOf(name)),
		" "+e.name+" ", " "+name+" ", "/"+e.name+`"`, "/"+name+`"`, "/"+e.name+" ", "/"+name+" ", "# "+e.name+":", "# "+name+":",
	).Replace(text)
}

// printNext says how to go on.
func (a *app) printNext(target, name string, e liveExample) {
	fmt.Fprintf(a.stdout, "%s is made. Next:\n", printable(target))
	if e.build != "" {
		fmt.Fprintf(a.stdout, "  cd %s && %s\n", printable(target), strings.ReplaceAll(e.build, "NAME", name))
	}
	registration := printable(filepath.Join(target, name+".toml"))
	fmt.Fprintf(a.stdout, "  helper pack lint %s\n  helper pack test %[1]s\n", registration)
}
