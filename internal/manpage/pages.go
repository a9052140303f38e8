package manpage

import (
	"fmt"
	"io/fs"
	"maps"

	"github.com/spf13/cobra"
)

// document is a page of section 5, and where it comes from.
type document struct {
	name, summary string
	source        string
	markdown      func(source string) string
}

func documents() []document {
	return []document{
		{"helper.toml", "configuration of the captive portal hotspot helper", "configs/helper.toml", Commented},
		{"hotspot-helper-pack", "packs of the captive portal hotspot helper", "docs/pack-format.md", func(source string) string { return source }},
	}
}

// Pages returns every page by its file: those of the commands, and those of section 5 from the project's sources.
func Pages(root *cobra.Command, sources fs.FS, r Release) (map[string][]byte, error) {
	pages := commands(root, r)
	for _, d := range documents() {
		text, err := fs.ReadFile(sources, d.source)
		if err != nil {
			return nil, fmt.Errorf("write page %s(5): %w", d.name, err)
		}
		pages[d.name+".5"] = Document(d.name, d.summary, d.markdown(string(text)), r)
	}
	return pages, nil
}

// commands returns a page for a command and for each below it: helper-pack-lint.1 is that of 'helper pack lint'.
func commands(root *cobra.Command, r Release) map[string][]byte {
	pages := map[string][]byte{Name(root) + ".1": command(root, r)}
	for _, sub := range root.Commands() {
		maps.Copy(pages, commands(sub, r))
	}
	return pages
}
