// Package packs holds the packs that come with the program.
package packs

import (
	"embed"
	"io/fs"
)

// The directories below a pack, with its recorded cases, are for those who work on it.
//
//go:embed */*.toml
var files embed.FS

// FS returns the directory of the packs: one subdirectory each.
func FS() fs.FS { return files }
