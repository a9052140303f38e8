package packs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"hotspot-helper/plugins/replay"
)

// prune removes the pages of a directory of cases that no case uses.
func prune(dir string) error {
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

// TestPrune writes a case twice, the second time with another page.
func TestPrune(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, title := range []string{"first", "second"} {
		page := fmt.Sprintf("<title>%s</title>%s", title, strings.Repeat(" ", 1000))
		c, err := replay.Load(fstest.MapFS{
			"a.toml":    {Data: []byte("flow = 'logoff'\n[[answer]]\nto = 'GET http://a.test/'\nbody = 'page.html'\n")},
			"page.html": {Data: []byte(page)},
		}, "a", "")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := prune(dir); err != nil {
		t.Fatal(err)
	}
	pages, err := os.ReadDir(filepath.Join(dir, "pages"))
	if err != nil || len(pages) != 1 || !strings.HasPrefix(pages[0].Name(), "second") {
		t.Errorf("%v, %v", pages, err)
	}
}
