package replay

import (
	"context"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"hotspot-helper/plugins/pack"
	"hotspot-helper/portal/flow"
)

// TestTutorialCase replays the case of the manual to its pack.
func TestTutorialCase(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/pack-format.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllSubmatch(text, -1)
	page := regexp.MustCompile("(?s)```html\n(.*?)```").FindSubmatch(text)
	var found []byte
	for _, block := range blocks[2:] {
		if strings.Contains(string(block[1]), "[[hop]]") {
			found = block[1]
		}
	}
	files := fstest.MapFS{
		"cafe-lumen/pack.toml":              {Data: blocks[0][1]},
		"cafe-lumen/authenticate.toml":      {Data: blocks[1][1]},
		"cafe-lumen/tests/right.toml":       {Data: found},
		"cafe-lumen/tests/pages/login.html": {Data: page[1]},
	}
	p, err := pack.Load(files, "cafe-lumen", "docs")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := fs.Sub(files, "cafe-lumen/tests")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(dir, "right", "docs")
	if err != nil {
		t.Fatal(err)
	}
	outcome := c.Run(context.Background(), p)
	if outcome.Mismatch != nil || outcome.Outcome != flow.Submitted || strings.Contains(outcome.Trace, "never asked") {
		t.Errorf("%v\n%s", outcome.Mismatch, outcome.Trace)
	}
	for _, key := range []string{"description", "flow", "network", "link", "portal", "api", "wispr", "inputs", "session", "now", "random", "hop", "answer", "to", "form", "json", "status", "header", "body", "text", "error"} {
		if !strings.Contains(string(text), "`"+key+"`") && !strings.Contains(string(text), "`[["+key+"]]`") {
			t.Errorf("the manual does not mention %s", key)
		}
	}
}
