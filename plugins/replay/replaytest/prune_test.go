package replaytest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"hotspot-helper/plugins/replay"
)

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
	if err := Prune(dir); err != nil {
		t.Fatal(err)
	}
	pages, err := os.ReadDir(filepath.Join(dir, "pages"))
	if err != nil || len(pages) != 1 || !strings.HasPrefix(pages[0].Name(), "second") {
		t.Errorf("%v, %v", pages, err)
	}
}
