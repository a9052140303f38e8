package pack

import (
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/internal/maker"
)

// A place can reject a pack without mistakes.
func TestPlaceCheck(t *testing.T) {
	t.Parallel()
	builtin, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{"a", "b"} {
		putPack(t, dir, name, "2.0.0", rightFlow)
	}
	putPack(t, builtin, "a", "1.0.0", rightFlow)
	unfit := map[string]error{"a": errors.New("a is edited"), "b": errors.New("b is edited")}
	l, err := NewLibrary([]Place{
		{Origin: builtin, FS: os.DirFS(builtin)},
		{Origin: dir, FS: os.DirFS(dir), Check: func(c Candidate) (maker.Maker, error) { return maker.User, unfit[c.Name] }},
	})
	if err == nil || err.Error() != "a is edited" {
		t.Errorf("error is %v, want that of a, which replaces another pack; b is checked at first use", err)
	}
	b := l.Packs()[1]
	if _, err := b.Flows(); err == nil || err.Error() != "b is edited" {
		t.Errorf("flows of b: %v", err)
	}
	if diff := cmp.Diff([]string{"refused b 2.0.0: b is edited"}, described(l.Reread(dir))); diff != "" {
		t.Error(diff)
	}
	// The edit is undone and a is signed again: the files are the same as before.
	clear(unfit)
	if diff := cmp.Diff([]string{"added a 2.0.0", "changed b 2.0.0"}, described(l.Reread(dir))); diff != "" {
		t.Error(diff)
	}
	if _, err := l.Packs()[2].Flows(); err != nil {
		t.Errorf("flows of b: %v", err)
	}
	// The accepted version stays in use.
	unfit["a"] = errors.New("a is edited")
	putPack(t, dir, "a", "2.0.1", rightFlow)
	if diff := cmp.Diff([]string{"refused a 2.0.0: a is edited"}, described(l.Reread(dir, "a"))); diff != "" {
		t.Error(diff)
	}
}
