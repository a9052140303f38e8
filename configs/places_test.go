package configs

import (
	"os"
	"path/filepath"
	"testing"
)

func environ(pairs map[string]string) func(string) string {
	return func(variable string) string { return pairs[variable] }
}

func TestFind(t *testing.T) {
	const system = "/etc/hotspot-helper/helper.toml"
	tests := map[string]struct {
		env  map[string]string
		have []string
		want string
	}{
		"none":            {map[string]string{"HOME": "/h"}, nil, ""},
		"system":          {map[string]string{"HOME": "/h"}, []string{system}, system},
		"home":            {map[string]string{"HOME": "/h"}, []string{system, "/h/.config/hotspot-helper/helper.toml"}, "/h/.config/hotspot-helper/helper.toml"},
		"XDG":             {map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "/c"}, []string{system, "/c/hotspot-helper/helper.toml"}, "/c/hotspot-helper/helper.toml"},
		"XDG, not home":   {map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "/c"}, []string{"/h/.config/hotspot-helper/helper.toml"}, ""},
		"XDG, relative":   {map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "c"}, []string{"c/hotspot-helper/helper.toml", "/h/.config/hotspot-helper/helper.toml"}, "/h/.config/hotspot-helper/helper.toml"},
		"no home":         {nil, []string{"hotspot-helper/helper.toml", ".config/hotspot-helper/helper.toml", system}, system},
		"home of systemd": {map[string]string{"HOME": "/"}, []string{system}, system},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := Find(environ(test.env), func(file string) bool {
				for _, have := range test.have {
					if have == file {
						return true
					}
				}
				return false
			})
			if got != test.want || ok != (test.want != "") {
				t.Errorf("got %q, %t, want %q", got, ok, test.want)
			}
		})
	}
}

func TestFindAsksTheFileSystem(t *testing.T) {
	base := t.TempDir()
	file := filepath.Join(base, "hotspot-helper", "helper.toml")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	getenv := environ(map[string]string{"XDG_CONFIG_HOME": base})
	if got, _ := Find(getenv, nil); got == file {
		t.Error("found a file that is not there")
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, ok := Find(getenv, nil); got != file || !ok {
		t.Errorf("got %q, %t", got, ok)
	}
}

func TestDefaultMemory(t *testing.T) {
	tests := map[string]struct {
		env  map[string]string
		want string
	}{
		"home":            {map[string]string{"HOME": "/h"}, "/h/.local/state/hotspot-helper/memory.json"},
		"XDG":             {map[string]string{"HOME": "/h", "XDG_STATE_HOME": "/s"}, "/s/hotspot-helper/memory.json"},
		"XDG, relative":   {map[string]string{"HOME": "/h", "XDG_STATE_HOME": "s"}, "/h/.local/state/hotspot-helper/memory.json"},
		"systemd":         {map[string]string{"HOME": "/h", "XDG_STATE_HOME": "/s", "STATE_DIRECTORY": "/var/lib/x"}, "/var/lib/x/memory.json"},
		"systemd, two":    {map[string]string{"STATE_DIRECTORY": "/var/lib/x:/var/lib/y"}, "/var/lib/x/memory.json"},
		"nowhere to keep": {nil, ""},
	}
	for name, test := range tests {
		if got := Default(environ(test.env)).Memory; got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestState(t *testing.T) {
	own := map[string]string{"HOME": "/h"}
	given := map[string]string{"HOME": "/h", "STATE_DIRECTORY": "/var/lib/x:/var/lib/y"}
	tests := []struct {
		env    map[string]string
		system bool
		want   string
	}{
		{own, false, "/h/.local/state/hotspot-helper"},
		{own, true, "/var/lib/hotspot-helper"}, // a command of root's for the system's agent
		{given, false, "/var/lib/x"},
		{given, true, "/var/lib/x"},
		{nil, false, ""},
	}
	for _, test := range tests {
		if got := State(environ(test.env), test.system); got != test.want {
			t.Errorf("%v, system %t: got %q, want %q", test.env, test.system, got, test.want)
		}
	}
}
