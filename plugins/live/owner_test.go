package live_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
)

// TestReplaceable refuses programs that another user could replace: by a directory or a link on the way to them.
func TestReplaceable(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a directory to another user")
	}
	const mallory = 54321
	for name, test := range map[string]struct {
		layout func(t *testing.T, dir, theirs string) (exec string)
		want   string
	}{
		"directory of another":        {func(_ *testing.T, _, theirs string) string { return filepath.Join(theirs, "odd.py") }, "another user could replace it"},
		"sticky directory of another": {func(t *testing.T, _, theirs string) string { sticky(t, theirs); return filepath.Join(theirs, "odd.py") }, "another user could replace it"},
		"link to a file of another":   {func(t *testing.T, dir, theirs string) string { return link(t, filepath.Join(theirs, "odd.py"), dir) }, "another user could replace it"},
		"link to a directory below one of another": {func(t *testing.T, dir, theirs string) string {
			below := filepath.Join(theirs, "below")
			must(t, os.Mkdir(below, 0o755))
			must(t, os.Rename(filepath.Join(theirs, "odd.py"), filepath.Join(below, "odd.py")))
			return filepath.Join(link(t, below, dir), "odd.py")
		}, "another user could replace it"},
		"link of another": {func(t *testing.T, dir, theirs string) string {
			must(t, os.Rename(filepath.Join(theirs, "odd.py"), filepath.Join(dir, "odd.py")))
			open := filepath.Join(dir, "open")
			must(t, os.Mkdir(open, 0o755))
			must(t, os.Chmod(open, 0o777|os.ModeSticky))
			exec := link(t, filepath.Join(dir, "odd.py"), open)
			must(t, os.Lchown(exec, mallory, mallory))
			return exec
		}, "another user could replace it"},
		"links without end": {func(t *testing.T, dir, _ string) string { return link(t, filepath.Join(dir, "link"), dir) }, "links"},
		"own link in a sticky directory": {func(t *testing.T, dir, theirs string) string {
			must(t, os.Rename(filepath.Join(theirs, "odd.py"), filepath.Join(dir, "odd.py")))
			open := filepath.Join(dir, "open")
			must(t, os.Mkdir(open, 0o755))
			must(t, os.Chmod(open, 0o777|os.ModeSticky))
			return link(t, "../odd.py", open)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			filetest.NeedsPrograms(t, "/usr/bin/python3")
			dir, err := os.MkdirTemp("/tmp", "owners")
			must(t, err)
			defer os.RemoveAll(dir)
			places, theirs := filepath.Join(dir, "helpers.d"), filepath.Join(dir, "theirs")
			must(t, os.Mkdir(places, 0o755))
			must(t, os.Mkdir(theirs, 0o755))
			write(t, theirs, "odd", "", anywhere)
			exec := test.layout(t, dir, theirs)
			must(t, os.Chown(theirs, mallory, mallory))
			must(t, os.WriteFile(filepath.Join(places, "odd.toml"), []byte("api = 1\nexec = \""+exec+"\"\n"+anywhere), 0o600))
			helpers, err := loadAll(t, places)
			if test.want == "" && err == nil && len(helpers) == 1 {
				return
			}
			if err == nil || test.want == "" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("loads %d helpers: %v; want %q", len(helpers), err, test.want)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sticky(t *testing.T, dir string) {
	t.Helper()
	must(t, os.Chmod(dir, 0o755|os.ModeSticky))
}

// link makes a link of the name "link" in a directory.
func link(t *testing.T, to, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "link")
	must(t, os.Symlink(to, path))
	return path
}

// TestExchangedProgram replaces a program after it was checked, and before it is executed.
func TestExchangedProgram(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	dir := t.TempDir()
	write(t, dir, "odd", "", anywhere)
	helper := load(t, dir)
	c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
	c.run(t, helper.Authenticate, flow.Submitted)
	helper.BeforeStart(func() {
		write(t, dir, "odd", "def authenticate(p): return result('denied', reason='another program')", anywhere)
	})
	if result, err := helper.Authenticate(t.Context(), c.job()); err == nil || !strings.Contains(err.Error(), "another file") {
		t.Errorf("runs as %+v, %v", result, err)
	}
}
