package packaging

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// link is the target of a link in Markdown.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestInstalledPages checks that each relative link of an installed page leads to another one.
func TestInstalledPages(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	install := exec.CommandContext(t.Context(), "make", "--no-print-directory", "install-pages", "DESTDIR="+root, "PREFIX=/usr")
	install.Dir = filepath.Join("..", "..")
	if output, err := install.CombinedOutput(); err != nil {
		t.Fatalf("install the pages: %v\n%s", err, output)
	}
	top := filepath.Join(root, "usr", "share", "doc", "hotspot-helper")
	links := 0
	for _, page := range pagesBelow(t, top) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			target, err := url.Parse(found[1])
			if err != nil || target.Scheme != "" || target.Path == "" {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), target.Path)); err != nil {
				t.Errorf("%s links to %s, which is not installed", strings.TrimPrefix(page, top), found[1])
			}
		}
	}
	if links < 50 {
		t.Errorf("only %d links were found", links)
	}
}

func pagesBelow(t *testing.T, top string) (pages []string) {
	t.Helper()
	err := filepath.WalkDir(top, func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}
