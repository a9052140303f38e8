package remember

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/strict"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
)

// maxExported is how many bytes a file of a pack has at most.
const maxExported = 4 << 20

// Export writes a remembered login as an ordinary pack in a new directory, whose base name is that of
// the pack. It claims by what the portal's page has, on any network. It contains nothing that was typed.
func (s Store) Export(ctx context.Context, name, dir string) error {
	if _, err := s.Login(name); err != nil {
		return err
	}
	if err := pack.CheckName(filepath.Base(dir)); err != nil {
		return fmt.Errorf("name pack: %w", err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("make pack: %w", err)
	}
	if err := s.export(ctx, name, dir); err != nil {
		return errors.Join(fmt.Errorf("export %s: %w", name, err), os.RemoveAll(dir))
	}
	return nil
}

func (s Store) export(ctx context.Context, name, dir string) error {
	from := file.Dir{Path: filepath.Join(s.Dir, name)}
	err := fs.WalkDir(from, ".", func(path string, entry fs.DirEntry, err error) error {
		switch target := filepath.Join(dir, path); {
		case err != nil || path == "." || path == loginFile:
			return err
		case entry.IsDir():
			return os.Mkdir(target, 0o755)
		default:
			data, err := file.ReadFS(from, path, maxExported)
			if err != nil {
				return err
			}
			if path == "pack.toml" {
				data = bytes.Replace(data, []byte(strict.Quote(name)), []byte(strict.Quote(filepath.Base(dir))), 1)
			}
			return os.WriteFile(target, data, 0o644)
		}
	})
	if err != nil {
		return err
	}
	p, err := load(filepath.Dir(dir), filepath.Base(dir))
	if err != nil {
		return err
	}
	c, err := recorded(dir)
	if err != nil {
		return err
	}
	c.Trace = c.Run(ctx, p).Trace
	return c.WriteTrace(filepath.Join(dir, replay.Dir))
}
