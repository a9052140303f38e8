package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"

	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/pack"
)

// tryable is a helper that can be tried and tested from its files: a pack or a live helper.
type tryable interface {
	plugins.Helper
	plugins.Made
	plugins.WithInputs
	plugins.WithTerms
}

// isRegistration reports whether an argument is the registration of a live helper, not the directory of a pack.
func isRegistration(path string) bool { return filepath.Ext(path) == ".toml" }

// openLive opens the live helper that a file registers.
func (a *app) openLive(ctx context.Context, registration string) (*live.Helper, error) {
	return live.LoadFile(ctx, registration, a.daemonEnv().LiveLimit)
}

// openTryable opens the live helper that a file registers, else the pack in a directory.
func (a *app) openTryable(ctx context.Context, path string) (tryable, error) {
	if isRegistration(path) {
		return a.openLive(ctx, path)
	}
	p, err := openPack(path)
	if err != nil {
		return nil, lintHint(err, path)
	}
	return p, nil
}

// lintAny checks what an argument names. The helper is nil if it has mistakes.
func (a *app) lintAny(ctx context.Context, path string) (lintResult, plugins.Helper) {
	if !isRegistration(path) {
		result, p := lintPack(path)
		if p == nil {
			return result, nil
		}
		return result, p
	}
	helper, err := a.openLive(ctx, path)
	if err != nil {
		return lintResult{Directory: path, Mistakes: flatten(err)}, nil
	}
	warnings := helper.Warnings()
	if config, err := a.daemonEnv().LoadConfig(); err == nil && a.daemonEnv().Reserved(config, helper.Name()) {
		warnings = append(warnings, "name: a helper of this name comes with the program, so this one is not used once it is registered")
	}
	return lintResult{path, helper.Name(), helper.Version(), []string{}, warnings}, helper
}

// explain returns the hint about a helper that does not do what its author expects.
func explain(helper plugins.Helper, ofPack string) string {
	if _, isLive := helper.(*live.Helper); isLive {
		return "docs/live-helpers.md says what a helper gets, what it may answer, and its limits"
	}
	return ofPack
}

// authorHandler prints what a live helper logs, for its author. It implements [slog.Handler].
type authorHandler struct{ out io.Writer }

// Enabled accepts every level.
func (authorHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle prints a line.
func (h authorHandler) Handle(_ context.Context, r slog.Record) error {
	parts := []string{r.Message}
	r.Attrs(func(attr slog.Attr) bool {
		if text := attr.Value.String(); attr.Key != "helper" && text != "" {
			parts = append(parts, text)
		}
		return true
	})
	_, err := fmt.Fprintf(h.out, "  %s\n", printable(strings.Join(parts, ": ")))
	return err
}

// WithAttrs ignores attributes: live helpers have none in common.
func (h authorHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup ignores groups, likewise.
func (h authorHandler) WithGroup(string) slog.Handler { return h }

// casesOf is the directory of the cases of a pack, or of a live helper: beside its registration.
func casesOf(path, dir string) string {
	if isRegistration(path) {
		return filepath.Join(filepath.Dir(path), dir)
	}
	return filepath.Join(path, dir)
}

// hasFlow reports whether a helper has a flow. Of a live helper that is known when it is called.
func hasFlow(helper tryable, name string) (bool, error) {
	p, isPack := helper.(*pack.Pack)
	if !isPack {
		return name == plugins.FlowAuthenticate || name == plugins.FlowMaintain || name == plugins.FlowLogoff, nil
	}
	flows, err := p.Flows()
	if err != nil {
		return false, err
	}
	has := map[string]bool{
		plugins.FlowAuthenticate: true, plugins.FlowMaintain: flows.Maintain != nil, plugins.FlowLogoff: flows.Logoff != nil,
	}
	return has[name], nil
}
