package main

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
	"hotspot-helper/configs"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal/flow"
)

const (
	// maxReports is how many reports are kept: the newest.
	maxReports = 10
	// maxReported is how many octets of bodies a report has.
	maxReported = 4 << 20

	reportSuffix = ".zip"
)

// reportShelf is the directory of reports of failed logins.
type reportShelf struct{ dir string } // empty: none are kept

func (a *app) reports() reportShelf {
	if state := configs.State(a.getenv, a.system); state != "" {
		return reportShelf{filepath.Join(state, "reports")}
	}
	return reportShelf{}
}

// record takes logins down, for the agent.
func (r reportShelf) record(flow string, over http.RoundTripper) agent.Recording {
	if flow != plugins.FlowAuthenticate || r.dir == "" {
		return nil
	}
	return &recordedLogin{Recorder: replay.Recorder{Transport: over, Limit: maxReported}, shelf: r}
}

// recordedLogin is a login that becomes a report if it fails.
type recordedLogin struct {
	replay.Recorder

	shelf reportShelf
}

// Failed makes a report of the login.
func (l *recordedLogin) Failed(ctx context.Context, login agent.FailedLogin) error {
	about := replay.Metadata{
		Program: version, Helper: login.Helper.Name(), Time: time.Now().UTC(),
		Outcome: login.Result.Outcome.String(), Cause: login.Cause, Step: login.Result.Step,
	}
	if login.Result.Outcome == flow.OutcomeUnknown {
		about.Outcome = replay.BrokenOff
	}
	if pack, ok := login.Helper.(*plugins.Pack); ok {
		about.Version, about.Origin = pack.Version, builtinOrigin
		if pack.Origin != builtinOrigin {
			about.Origin = "installed" // where, tells the user's name
		}
	}
	data, err := l.Report(ctx, login.Helper, &about)
	if err != nil {
		return err
	}
	return l.shelf.save(about, data)
}

// save puts a report on the shelf, in the place of an older one of the same failure, and
// takes the oldest off.
func (r reportShelf) save(about replay.Metadata, data []byte) error {
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return fmt.Errorf("save report: %w", err)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{string(about.Network), about.Outcome, about.Step}, "\x00")))
	name := about.Helper + "-" + hex.EncodeToString(sum[:3]) + reportSuffix
	if err := renameio.WriteFile(filepath.Join(r.dir, name), data, 0o600, renameio.WithStaticPermissions(0o600)); err != nil {
		return fmt.Errorf("save report: %w", err)
	}
	kept, err := r.list()
	if err != nil {
		return err
	}
	for _, old := range kept[min(len(kept), maxReports):] {
		if err := os.Remove(old.Path); err != nil && !errors.Is(err, fs.ErrNotExist) { // another login may have failed meanwhile
			return fmt.Errorf("remove report: %w", err)
		}
	}
	return nil
}

// listedReport is what `helper report list --json` prints of one report.
type listedReport struct {
	Name    string    `json:"name"`
	Path    string    `json:"path"`
	Written time.Time `json:"written"`
}

// list returns the reports, the newest first.
func (r reportShelf) list() ([]listedReport, error) {
	listed := []listedReport{}
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
		listed = append(listed, listedReport{name, filepath.Join(r.dir, entry.Name()), info.ModTime().UTC()})
	}
	slices.SortFunc(listed, func(a, b listedReport) int {
		return cmp.Or(b.Written.Compare(a.Written), strings.Compare(a.Name, b.Name))
	})
	return listed, nil
}

// find returns the report of a name, or the newest where none is given.
func (r reportShelf) find(name string) (listedReport, error) {
	listed, err := r.list()
	if err != nil {
		return listedReport{}, err
	}
	for _, l := range listed {
		if name == "" || l.Name == name {
			return l, nil
		}
	}
	if name == "" {
		return listedReport{}, errors.New("find report: no login has failed")
	}
	return listedReport{}, hinted(fmt.Errorf("find report %q: there is none of that name", name), "'helper report list' shows them")
}
