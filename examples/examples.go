// Package examples has the live helpers of this directory as files to begin with.
package examples

import "embed"

// Files are those of the helpers: a directory for each.
//
//go:embed srun cafe omada
var Files embed.FS
