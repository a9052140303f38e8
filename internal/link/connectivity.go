package link

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"hotspot-helper/internal/file"
)

// Connectivity is NetworkManager's connectivity check, which the distribution or the
// administrator has chosen for this machine.
type Connectivity struct {
	URI string // to request
	// Response is the beginning of the expected body; empty: a response without a body.
	Response string
}

// defaultResponse is what NetworkManager expects by default (NetworkManager.conf(5)).
const defaultResponse = "NetworkManager is online"

// ReadConnectivity asks NetworkManager for its check, or reads its configuration if it does
// not run. An error that is [fs.ErrNotExist] means that there is none, or that it is
// turned off. The address is that of the system bus; empty: the usual one.
func ReadConnectivity(ctx context.Context, bus string) (Connectivity, error) {
	check, err := (&reader{address: bus}).connectivity(ctx)
	if err != nil {
		return Connectivity{}, fmt.Errorf("read connectivity check of NetworkManager: %w", err)
	}
	return check, nil
}

func (r *reader) connectivity(ctx context.Context) (Connectivity, error) {
	check, enabled, err := r.configuredCheck()
	if err != nil {
		return Connectivity{}, err
	}
	bus := r.systemBus()
	defer bus.close()
	uri, on, err := managerCheck(ctx, bus)
	switch {
	case err != nil:
		r.log().Debug("connectivity check not read from network manager", "cause", err)
	case uri != check.URI: // the files have changed since NetworkManager read them
		check, enabled = Connectivity{uri, defaultResponse}, on
	default:
		enabled = on
	}
	if !enabled || check.URI == "" {
		return Connectivity{}, fmt.Errorf("none is configured: %w", fs.ErrNotExist)
	}
	return check, nil
}

// managerCheck asks a NetworkManager that runs. It has no property for the response.
func managerCheck(ctx context.Context, bus caller) (uri string, enabled bool, err error) {
	get := func(name string, value any) error {
		return property(ctx, bus, managerService, managerPath, managerService, name, value)
	}
	return uri, enabled, errors.Join(get("ConnectivityCheckUri", &uri), get("ConnectivityCheckEnabled", &enabled))
}

// configuredCheck reads NetworkManager's files in the order of its manual: a later file
// overrides earlier ones, and hides files of the same name in earlier directories.
func (r *reader) configuredCheck() (check Connectivity, enabled bool, err error) {
	const etc = "etc/NetworkManager"
	var files []string
	for _, directory := range []string{"usr/lib/NetworkManager", "run/NetworkManager", etc} {
		snippets, err := filepath.Glob(r.path(directory, "conf.d", "*.conf"))
		if err != nil {
			r.log().Debug("configuration not found", "directory", directory, "cause", err)
		}
		slices.Sort(snippets)
		files = slices.DeleteFunc(files, func(file string) bool {
			return slices.Contains(snippets, r.path(directory, "conf.d", filepath.Base(file)))
		})
		if directory == etc {
			files = append(files, r.path(etc, "NetworkManager.conf"))
		}
		files = append(files, snippets...)
	}
	check, enabled = Connectivity{Response: defaultResponse}, true
	for _, file := range files {
		err := readConnectivity(file, &check, &enabled)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Connectivity{}, false, err
		}
	}
	return check, enabled, nil
}

// readConnectivity reads the section [connectivity] of one file.
func readConnectivity(path string, check *Connectivity, enabled *bool) error {
	text, err := file.Read(path, maxState)
	if err != nil {
		return err
	}
	parseConnectivity(string(text), check, enabled)
	return nil
}

func parseConnectivity(text string, check *Connectivity, enabled *bool) {
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || section != "[connectivity]" {
			continue // also a comment, which is a line that begins with #
		}
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "uri":
			check.URI = value
		case "response":
			check.Response = value
		case "enabled":
			*enabled = !slices.Contains([]string{"false", "no", "off", "0"}, strings.ToLower(value))
		}
	}
}
