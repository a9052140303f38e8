package configs

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const busName = "org.hotspothelper.Agent"

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// settings reads the key = value lines of a unit or a D-Bus service, by section.key.
func settings(t *testing.T, file string) map[string]string {
	t.Helper()
	found, section := map[string]string{}, ""
	for line := range strings.Lines(read(t, file)) {
		line = strings.TrimSpace(line)
		key, value, pair := strings.Cut(line, "=")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			section = strings.Trim(line, "[]")
		case pair && section != "":
			if before, twice := found[section+"."+key]; twice && key == "SystemCallFilter" {
				value = before + " " + value // one line allows, the other takes away
			} else if twice {
				t.Errorf("%s: %s stands in [%s] twice", file, key, section)
			}
			found[section+"."+key] = value
		default:
			t.Errorf("%s: %q is no setting", file, line)
		}
	}
	return found
}

func TestShippedSettings(t *testing.T) {
	tests := map[string]map[string]string{
		"systemd/hotspot-helper.service": {
			"Service.Type": "notify", "Service.BusName": busName, "Service.ExecStart": "/usr/bin/helper run",
			"Service.WatchdogSec": "2min",
			"Service.ExecReload":  "/bin/kill -HUP $MAINPID", "Service.Restart": "always",
			"Service.NoNewPrivileges": "yes", "Service.MemoryMax": "512M", "Service.TasksMax": "384", "Service.CPUQuota": "100%", "Install.WantedBy": "default.target",
		},
		"systemd/hotspot-helper-system.service": {
			"Service.Type": "notify", "Service.BusName": busName, "Service.ExecStart": "/usr/bin/helper run --system",
			"Service.WatchdogSec": "2min",
			"Unit.After":          "NetworkManager.service systemd-networkd.service systemd-resolved.service dbus.service", "Service.Restart": "always",
			"Service.DynamicUser": "yes", "Service.User": "hotspot-helper", "Service.StateDirectory": "hotspot-helper",
			"Service.MemoryMax": "512M", "Service.TasksMax": "384", "Service.CPUQuota": "100%",
			"Service.CapabilityBoundingSet": "", "Service.AmbientCapabilities": "", "Install.WantedBy": "multi-user.target",
		},
		"dbus/org.hotspothelper.Agent.service": {
			"D-BUS Service.Name": busName, "D-BUS Service.SystemdService": "hotspot-helper.service",
			"D-BUS Service.Exec": "/usr/bin/helper run",
		},
		// Notifications name it (internal/desktop). It is in no menu.
		"applications/org.hotspothelper.Agent.desktop": {
			"Desktop Entry.Exec": "/usr/bin/helper open --window-only", "Desktop Entry.Icon": "network-wireless", "Desktop Entry.NoDisplay": "true", "Desktop Entry.Terminal": "false",
		},
	}
	for file, want := range tests {
		got := settings(t, file)
		for key, value := range want {
			if have, ok := got[key]; !ok || have != value {
				t.Errorf("%s: %s is %q, want %q", file, key, have, value)
			}
		}
	}
	if !strings.Contains(read(t, "sysusers/hotspot-helper.conf"), "\nu hotspot-helper ") {
		t.Error("sysusers make no user for the system's agent")
	}
}

// The desktop's own tools accept the entry of notifications and the description of the program, and the second names the first.
func TestShippedDescriptions(t *testing.T) {
	if !strings.Contains(read(t, "metainfo/org.hotspothelper.Agent.metainfo.xml"), `<launchable type="desktop-id">`+busName+`.desktop</launchable>`) {
		t.Error("the description does not name the entry")
	}
	for _, command := range [][]string{
		{"desktop-file-validate", "applications/org.hotspothelper.Agent.desktop"},
		{"appstreamcli", "validate", "--no-net", "metainfo/org.hotspothelper.Agent.metainfo.xml"},
	} {
		program, err := exec.LookPath(command[0])
		if err != nil {
			t.Logf("not validated: %v", err)
			continue
		}
		if output, err := exec.Command(program, command[1:]...).CombinedOutput(); err != nil {
			t.Errorf("%q: %v\n%s", command, err, output)
		}
	}
}

// systemdAnalyze finds the program, or skips the test; it fails if HELPER_REQUIRE has systemd.
func systemdAnalyze(t *testing.T) string {
	t.Helper()
	analyze, err := exec.LookPath("systemd-analyze")
	switch {
	case err == nil:
	case slices.Contains(strings.Split(os.Getenv("HELPER_REQUIRE"), ","), "systemd"):
		t.Fatalf("required by HELPER_REQUIRE: find systemd-analyze: %v", err)
	default:
		t.Skip("no systemd-analyze here")
	}
	return analyze
}

// ofAUser is what the kernel grants every process of an ordinary user's manager: it is not root and has no
// capability. NoNewPrivileges= keeps it so. Offline, systemd counts each unit as one of the system's manager.
const ofAUser = "\n[Service]\nUser=1000\nCapabilityBoundingSet=\n"

// TestUnitExposure keeps what the sandbox leaves open, in tenths as systemd rates it. The agent of a user can
// have less of it: see the unit.
func TestUnitExposure(t *testing.T) {
	analyze := systemdAnalyze(t)
	for file, test := range map[string]struct{ given, tenths string }{
		"hotspot-helper-system.service": {"", "15"},
		"hotspot-helper.service":        {ofAUser, "40"},
	} {
		unit := filepath.Join(t.TempDir(), file)
		if err := os.WriteFile(unit, []byte(read(t, filepath.Join("systemd", file))+test.given), 0o600); err != nil {
			t.Fatal(err)
		}
		command := exec.Command(analyze, "--no-pager", "--offline=true", "--threshold="+test.tenths, "security", unit)
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: more than %s tenths: %v\n%s", file, test.tenths, err, output)
		}
	}
	if got := settings(t, "systemd/hotspot-helper.service")["Service.NoNewPrivileges"]; got != "yes" {
		t.Errorf("the agent of a user may gain capabilities: NoNewPrivileges=%s", got)
	}
}

func TestUnitsPassSystemd(t *testing.T) {
	analyze := systemdAnalyze(t)
	program, err := os.Executable() // verify wants the program to be there
	if err != nil {
		t.Fatal(err)
	}
	for file, flag := range map[string]string{"hotspot-helper.service": "--user", "hotspot-helper-system.service": "--system"} {
		unit := filepath.Join(t.TempDir(), file)
		content := strings.ReplaceAll(read(t, filepath.Join("systemd", file)), "/usr/bin/helper", program)
		if err := os.WriteFile(unit, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		command := exec.Command(analyze, flag, "--man=no", "--recursive-errors=no", "verify", unit)
		command.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir())
		if output, err := command.CombinedOutput(); err != nil || len(output) > 0 {
			t.Errorf("%s: %v\n%s", file, err, output)
		}
	}
}

// policy is the part of dbus-daemon's configuration that is used here.
type policy struct {
	Policies []struct {
		Context string `xml:"context,attr"`
		User    string `xml:"user,attr"`
		Group   string `xml:"group,attr"`
		Allow   []struct {
			Own         string `xml:"own,attr"`
			Destination string `xml:"send_destination,attr"`
			Interface   string `xml:"send_interface,attr"`
			Sender      string `xml:"receive_sender,attr"`
		} `xml:"allow"`
	} `xml:"policy"`
}

func TestBusPolicy(t *testing.T) {
	file := read(t, "dbus/org.hotspothelper.Agent.conf")
	decoder := xml.NewDecoder(strings.NewReader(file))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	var parsed policy
	if err := xml.Unmarshal([]byte(file), &parsed); err != nil {
		t.Fatal(err)
	}
	owners := map[string]bool{}
	for _, p := range parsed.Policies {
		for _, allow := range p.Allow {
			switch {
			case allow.Own != "":
				owners[p.User] = allow.Own == busName
			case allow.Sender == busName && p.Context == "":
			case allow.Destination != busName:
				t.Errorf("a rule about %q", allow.Destination)
			case p.Context == "default" && allow.Interface == "org.hotspothelper.Agent1": // the agent asks who calls
			case p.Context == "default" && !strings.HasPrefix(allow.Interface, "org.freedesktop.DBus."):
				t.Errorf("everybody may call %q", allow.Interface)
			}
		}
	}
	if len(owners) != 2 || !owners["root"] || !owners["hotspot-helper"] {
		t.Errorf("owners are %v", owners)
	}
}

// The daemon itself reads the policy as part of a bus of its own.
func TestBusPolicyPassesTheDaemon(t *testing.T) {
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("no dbus-daemon here")
	}
	included, err := filepath.Abs("dbus/org.hotspothelper.Agent.conf")
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	bus := filepath.Join(directory, "bus.conf")
	content := `<busconfig><listen>unix:dir=` + directory + `</listen><auth>EXTERNAL</auth><include>` + included + `</include></busconfig>`
	if err := os.WriteFile(bus, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	// It prints its address once it has read everything.
	command := exec.Command(daemon, "--config-file="+bus, "--nofork", "--print-address=1", "--nopidfile", "--nosyslog")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	address := make([]byte, 256)
	n, _ := output.Read(address)
	_ = command.Process.Kill()
	_ = command.Wait()
	if n == 0 {
		t.Errorf("no bus: %s", stderr.String())
	}
}
