package replay

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"hotspot-helper/internal/file"
	"hotspot-helper/plugins"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// Metadata is the part of a report besides its case.
type Metadata struct {
	Program    string         `json:"program"`           // version of this program
	Helper     string         `json:"helper"`            // that tried to log in
	Version    string         `json:"version,omitempty"` // of the pack
	Origin     string         `json:"origin,omitempty"`  // of the pack: built-in or installed
	Network    wifi.SSID      `json:"network"`
	Time       time.Time      `json:"time"`
	Outcome    string         `json:"outcome"` // of the login: broken-off, submitted, denied, unsupported
	Cause      string         `json:"cause"`   // why it counts as failed
	Step       string         `json:"step,omitempty"`
	Evidence   probe.Evidence `json:"evidence"`            // of the probe, without the parts in the case
	Difference string         `json:"different,omitempty"` // between the replay and the login
}

// metadataFile is the file of the Metadata in a report.
const metadataFile = "report.json"

// ReportCase is the name of the one case in a report.
const ReportCase = "failed"

// Report returns a zip archive with the masked case of [Recorder.Case], its trace and the
// metadata, which it completes. [OpenReport] opens it as a directory of cases.
func (r *Recorder) Report(ctx context.Context, helper plugins.Helper, meta *Metadata) ([]byte, error) {
	c, err := r.Case(ctx, ReportCase, plugins.FlowAuthenticate, meta.Cause)
	if err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	evidence := r.job.Evidence
	evidence.Hops, evidence.WISPr, evidence.Link.Addresses = nil, "", nil
	meta.Evidence, meta.Network = evidence.Shown(), r.job.Network.SSID
	outcome := c.Run(ctx, helper)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	c.Trace = outcome.Trace
	if outcome.Result.Outcome.String() != meta.Outcome && meta.Outcome != BrokenOff {
		meta.Difference = fmt.Sprintf("the replay ends as %s", outcome.Result.Outcome)
	}
	text, err := json.MarshalIndent(meta, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	files := c.Files()
	files[metadataFile] = append([]byte(r.Redact(string(text))), '\n')
	return zipFiles(files, meta.Time)
}

// BrokenOff is the outcome of a login that ended in an error.
const BrokenOff = "broken-off"

// Redact masks in a text what the last case masks.
func (r *Recorder) Redact(text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, mask := range r.masks {
		text = mask(text)
	}
	return text
}

// zipFiles returns a zip archive.
func zipFiles(files map[string][]byte, modified time.Time) ([]byte, error) {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		entry, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: modified})
		if err == nil {
			_, err = entry.Write(files[name])
		}
		if err != nil {
			return nil, fmt.Errorf("write report: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	return archive.Bytes(), nil
}

// MaxReport is the maximum size of a report in bytes, compressed and decompressed.
const MaxReport = 16 << 20

// maxReportFiles is the maximum number of files in a report.
const maxReportFiles = 2000

// OpenReport opens a report as a directory of cases.
func OpenReport(path string) (fs.FS, error) {
	data, err := file.Read(path, MaxReport)
	if err != nil {
		return nil, fmt.Errorf("open report: %w", err)
	}
	return readReport(path, data)
}

func readReport(name string, data []byte) (fs.FS, error) {
	if len(data) > MaxReport {
		return nil, fmt.Errorf("open report %s: more than %d bytes", name, MaxReport)
	}
	// Each entry of the directory costs several times its size, also without a file.
	if bytes.Count(data, []byte("PK\x01\x02")) > maxReportFiles {
		return nil, fmt.Errorf("open report %s: more than %d files", name, maxReportFiles)
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("open report %s: %w", name, err)
	}
	size := uint64(0)
	for _, entry := range archive.File {
		if err := checkReportName(entry.Name); err != nil {
			return nil, fmt.Errorf("open report %s: %w", name, err)
		}
		size += min(entry.UncompressedSize64, MaxReport+1)
	}
	if size > MaxReport {
		return nil, fmt.Errorf("open report %s: more than %d bytes unpacked", name, MaxReport)
	}
	return archive, nil
}

// maxReportName is the maximum size in bytes of a name in a report.
const maxReportName = 256

// checkReportName returns why a report has no file or directory of that name. [zip.Reader] keeps each directory of
// each path in memory from the first file that is opened on, and takes a backslash for a slash.
func checkReportName(name string) error {
	path := strings.TrimSuffix(name, "/")
	switch {
	case len(name) > maxReportName:
		return fmt.Errorf("the name %q… has more than %d bytes", name[:40], maxReportName)
	case !fs.ValidPath(path) || strings.Contains(path, `\`):
		return fmt.Errorf("the name %q is no path of a file in it", name)
	case strings.Count(name, "/") > 1:
		return fmt.Errorf("the name %q is in a directory of a directory", name)
	}
	return nil
}

// ReadMetadata reads the metadata of a report.
func ReadMetadata(report fs.FS) (Metadata, error) {
	data, err := file.ReadFS(report, metadataFile, maxText)
	if err != nil {
		return Metadata{}, fmt.Errorf("read report: %w", err)
	}
	meta, err := decodeMetadata(data)
	if err != nil {
		return Metadata{}, fmt.Errorf("read report: %w", err)
	}
	return meta, nil
}

// decodeMetadata decodes metadata, whose evidence is bounded before memory is taken for it.
func decodeMetadata(data []byte) (Metadata, error) {
	var read struct {
		Metadata

		Evidence json.RawMessage `json:"evidence"` // instead of that of the Metadata
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return Metadata{}, err
	}
	if len(read.Evidence) == 0 {
		return read.Metadata, nil
	}
	evidence, err := probe.ReadEvidence(read.Evidence)
	if err != nil {
		return Metadata{}, fmt.Errorf("read its evidence: %w", err)
	}
	read.Metadata.Evidence = *evidence
	return read.Metadata, nil
}
