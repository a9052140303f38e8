package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"helper": main})
}

// TestScript runs the scripts in testdata with the command as a process of its own. Each
// script has its own home directory, and no bus unless it starts one.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Setup:               setUp,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit":      exits,
			"decode":    decodes,
			"await":     awaits,
			"signal":    signals,
			"within":    within,
			"childless": childless,
			"bus":       startBus,
			"hotspot":   joinHotspot,
			"stop":      stopAgent,
			"keyring":   playKeyring,
			"people":    playPeople,
			"told":      told,
			"terminal":  startTerminal,
			"resize":    resizeTerminal,
			"type":      typeKeys,
			"screen":    seesScreen,
		},
	})
}

// worldKey finds the world of a script.
type worldKey struct{}

// setUp isolates a script from the machine.
func setUp(e *testscript.Env) error {
	w := &world{TB: e.T().(testing.TB)}
	e.Values[worldKey{}] = w
	for variable, dir := range map[string]string{
		"HOME": "home", "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state",
	} {
		path := filepath.Join(e.WorkDir, dir)
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
		e.Setenv(variable, path)
	}
	// Without a file of the user, the one in /etc would be used.
	own := filepath.Join(e.WorkDir, "config", "hotspot-helper", "helper.toml")
	if _, err := os.Stat(own); err != nil {
		if err := os.MkdirAll(filepath.Dir(own), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(own, nil, 0o600); err != nil {
			return err
		}
	}
	for _, variable := range []string{"DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"} {
		e.Setenv(variable, "unix:path="+filepath.Join(e.WorkDir, "no-bus"))
	}
	e.Setenv("TZ", "UTC")
	e.Setenv("GORACE", "atexit_sleep_ms=10") // it is a second otherwise, for every process
	return watchFiles(e)
}
