// Package replaytest removes what tests that record cases leave behind.
package replaytest

import (
	"fmt"
	"os"
	"path/filepath"

	"hotspot-helper/plugins/replay"
)

// Prune removes the pages of a directory of cases that no case uses.
func Prune(dir string) error {
	used, err := usedPages(dir)
	if err != nil {
		return fmt.Errorf("prune pages: %w", err)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "pages", "*"))
	if err != nil {
		return fmt.Errorf("prune pages: %w", err)
	}
	for _, page := range pages {
		if used[page] {
			continue
		}
		if err := os.Remove(page); err != nil {
			return fmt.Errorf("prune pages: %w", err)
		}
	}
	return nil
}

func usedPages(dir string) (map[string]bool, error) {
	cases := os.DirFS(dir)
	names, err := replay.Names(cases)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, name := range names {
		c, err := replay.Load(cases, name, dir)
		if err != nil {
			return nil, err
		}
		for _, hop := range c.Hops {
			used[filepath.Join(dir, filepath.FromSlash(hop.Body))] = true
		}
		for _, answer := range c.Answers {
			used[filepath.Join(dir, filepath.FromSlash(answer.Body))] = true
		}
	}
	return used, nil
}
