package daemon

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/renameio/v2"

	"hotspot-helper/agent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal/flow"
)

const (
	// maxReports is how many reports are kept: the newest.
	maxReports = 10
	// maxReported is how many bytes of headers and bodies a report has at most: each is
	// searched several times for what to mask.
	maxReported = 512 << 10

	reportSuffix = ".zip"
)

// Reports is the directory of reports of failed logins.
type Reports struct {
	dir     string // empty: none are kept
	version string // of the program
}

// Reports is where the agent keeps reports.
func (e Env) Reports() Reports { return Reports{e.statePath("reports"), e.Version} }

// record records logins for the agent.
func (r Reports) record(flow string, over http.RoundTripper) agent.Recording {
	if flow != plugins.FlowAuthenticate || r.dir == "" {
		return nil
	}
	return &recordedLogin{Recorder: replay.Recorder{Transport: over, Limit: maxReported}, reports: r}
}

// recordedLogin is a login that becomes a report if it fails.
type recordedLogin struct {
	replay.Recorder

	reports Reports
}

// Failed makes a report of the login, and returns its path.
func (l *recordedLogin) Failed(ctx context.Context, login agent.FailedLogin) (path string, err error) {
	about := replay.Metadata{
		Program: l.reports.version, Helper: login.Helper.Name(), Time: time.Now().UTC(),
		Outcome: login.Result.Outcome.String(), Cause: login.Cause, Step: login.Result.Step,
	}
	if login.Result.Outcome == flow.OutcomeUnknown {
		about.Outcome = replay.BrokenOff
	}
	if p, ok := login.Helper.(*pack.Pack); ok {
		about.Version, about.Origin = p.Version, BuiltinOrigin
		if p.Origin != BuiltinOrigin {
			about.Origin = "installed" // the directory may contain the name of the user
		}
	}
	l.Known = login.Mask
	data, err := l.Report(ctx, login.Helper, &about)
	if err != nil {
		return "", err
	}
	return l.reports.save(about, data)
}

// save writes a report and returns its path, replaces an older one of the same failure, and removes the oldest
// of too many.
func (r Reports) save(about replay.Metadata, data []byte) (path string, err error) {
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return "", fmt.Errorf("save report: %w", err)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{string(about.Network), about.Outcome, about.Step}, "\x00")))
	name := about.Helper + "-" + hex.EncodeToString(sum[:3]) + reportSuffix
	path = filepath.Join(r.dir, name)
	if err := renameio.WriteFile(path, data, 0o600, renameio.WithStaticPermissions(0o600)); err != nil {
		return "", fmt.Errorf("save report: %w", err)
	}
	kept, err := r.List()
	if err != nil {
		return path, err
	}
	for _, old := range kept[min(len(kept), maxReports):] {
		if err := os.Remove(old.Path); err != nil && !errors.Is(err, fs.ErrNotExist) { // another login may have removed it
			return path, fmt.Errorf("remove report: %w", err)
		}
	}
	return path, nil
}

// Report is one stored report. The JSON is part of what 'helper report list --json' prints.
type Report struct {
	Name    string    `json:"name"`
	Path    string    `json:"path"`
	Written time.Time `json:"written"`
}

// List returns the reports, the newest first.
func (r Reports) List() ([]Report, error) {
	listed := []Report{}
	entries, err := os.ReadDir(r.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list reports: %w", err)
	}
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), reportSuffix)
		info, err := entry.Info()
		if !ok || err != nil || !info.Mode().IsRegular() {
			continue
		}
		listed = append(listed, Report{name, filepath.Join(r.dir, entry.Name()), info.ModTime().UTC()})
	}
	slices.SortFunc(listed, func(a, b Report) int {
		return cmp.Or(b.Written.Compare(a.Written), strings.Compare(a.Name, b.Name))
	})
	return listed, nil
}

// ErrNoReport says that there is no report of the name.
var ErrNoReport = errors.New("there is none of that name")

// Find returns the report of a name, or the newest if the name is empty.
func (r Reports) Find(name string) (Report, error) {
	listed, err := r.List()
	if err != nil {
		return Report{}, err
	}
	for _, l := range listed {
		if name == "" || l.Name == name {
			return l, nil
		}
	}
	if name == "" {
		return Report{}, errors.New("find report: no login has failed")
	}
	return Report{}, fmt.Errorf("find report %q: %w", name, ErrNoReport)
}
