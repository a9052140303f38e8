package agent

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotspot-helper/annotate"
	"hotspot-helper/internal/maker"
	"hotspot-helper/wifi"
)

// network is the identity of an open network of that name.
func network(ssid wifi.SSID) wifi.Identity {
	return wifi.Identity{SSID: ssid, Security: wifi.SecurityOpen}
}

func TestMemorySurvives(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "memory.json")
	m, err := OpenStore(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.note(network("Cafe"), outcomeLoggedIn, maker.ID{Helper: "vendor", Maker: maker.User})
	m.note(network("Cafe"), outcomeLoggedOff, maker.ID{Helper: "vendor", Maker: maker.User})
	m.note(network("Bar"), outcomeDenied, maker.ID{Helper: "vendor", Maker: maker.User})
	m.note(wifi.Identity{Wire: "ether", Gateway: "02:00:00:00:00:01"}, outcomeOnline, maker.ID{})
	m.flush()

	again, err := OpenStore(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := again.lastHelper(network("Cafe")); got != (maker.ID{Helper: "vendor", Maker: maker.User}) {
		t.Errorf("the helper that logged in is forgotten: %q", got)
	}
	if last := again.last(network("Cafe")); last == nil || last.Outcome != outcomeLoggedOff || last.Time.IsZero() {
		t.Errorf("last: %+v", last)
	}
	if !again.credentialsRefused(network("Bar"), "vendor") || again.credentialsRefused(network("Cafe"), "vendor") {
		t.Error("refusals are mixed up")
	}
	again.clearRefusals(network("Bar"), maker.ID{Helper: "vendor", Maker: maker.Program})
	if again.credentialsRefused(network("Bar"), "vendor") {
		t.Error("not forgiven")
	}
	if again.last(network("New")) != nil {
		t.Error("a network never joined has a history")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file: %v, %v", info.Mode(), err)
	}
}

func TestMemorySavesOnlyChanges(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "memory.json")
	m, err := OpenStore(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.note(network("Cafe"), outcomeLoggedIn, maker.ID{Helper: "vendor", Maker: maker.User})
	m.flush()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	m.note(network("Cafe"), outcomeLoggedIn, maker.ID{Helper: "vendor", Maker: maker.User})
	m.flush()
	if _, err := os.Stat(file); err == nil {
		t.Error("written again without a change")
	}
}

func TestCorruptMemoryIsMovedAside(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"cut off":       `{"version": 1, "netwo`,
		"other version": `{"version": 99}`,
		"wrong type":    `{"version": 1, "networks": []}`,
		"empty":         ``,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "memory.json")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			var log strings.Builder
			m, err := OpenStore(file, slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "moved aside") {
				t.Errorf("no warning: %s", &log)
			}
			kept, _ := filepath.Glob(file + ".corrupt-*")
			if len(kept) != 1 {
				t.Fatalf("kept %q", kept)
			}
			if data, err := os.ReadFile(kept[0]); err != nil || string(data) != content {
				t.Errorf("what was kept: %q, %v", data, err)
			}
			m.note(network("Cafe"), outcomeOnline, maker.ID{})
			m.flush()
			if again, err := OpenStore(file, nil); err != nil || again.last(network("Cafe")) == nil {
				t.Errorf("it does not work afterwards: %v", err)
			}
		})
	}
}

func TestMemoryThatCannotBeRead(t *testing.T) {
	t.Parallel()
	if _, err := OpenStore(t.TempDir(), nil); err == nil {
		t.Error("a directory is taken for a file")
	}
}

// Two processes with one file keep what the other one wrote.
func TestStoresShareAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "memory.json")
	open := func() *Store {
		s, err := OpenStore(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	agent, command := open(), open()
	agent.note(network("Cafe"), outcomeDenied, maker.ID{Helper: "vendor", Maker: maker.User})
	agent.note(network("Hall"), outcomeOnline, maker.ID{})
	agent.flush()
	command.note(network("Cafe"), outcomeNeedsUser, maker.ID{Helper: "vendor", Maker: maker.User})
	command.note(network("Bar"), outcomeOnline, maker.ID{})
	command.flush()
	agent.clearLogoff(network("Hall")) // changes nothing
	agent.noteLogoff(network("Hall"), "wlan0")
	agent.flush()
	for name, s := range map[string]*Store{"agent": agent, "file": open()} {
		if !s.credentialsRefused(network("Cafe"), "vendor") || s.last(network("Cafe")).Outcome != outcomeNeedsUser || s.last(network("Bar")) == nil || !s.isLoggedOff(network("Hall")) {
			t.Errorf("%s: %+v", name, s.networks)
		}
	}
	// A file that is gone is written again, one that is corrupt is moved aside.
	for _, spoil := range []func() error{
		func() error { return os.Remove(file) },
		func() error { return os.WriteFile(file, []byte("{"), 0o600) },
		func() error { return os.Chmod(file, 0o644) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		agent.note(network("Cafe"), outcomeOnline, maker.ID{})
		agent.note(network("Cafe"), outcomeNeedsUser, maker.ID{})
		agent.flush()
		if s := open(); !s.isLoggedOff(network("Hall")) || s.last(network("Cafe")).Outcome != outcomeNeedsUser {
			t.Errorf("written again: %+v", s.networks)
		}
	}
}

// What cannot be written is kept, and written with the next change.
func TestStoreThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "memory.json")
	var log strings.Builder
	s, err := OpenStore(file, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	works := s.update
	s.update = func(string, func([]byte) ([]byte, error)) error { return errors.New("the disk is full") }
	s.note(network("Cafe"), outcomeOnline, maker.ID{})
	s.flush()
	if s.last(network("Cafe")) == nil || !strings.Contains(log.String(), "the disk is full") {
		t.Errorf("%+v\n%s", s.networks, &log)
	}
	s.update = works
	s.note(network("Hall"), outcomeOnline, maker.ID{})
	s.flush()
	if again, err := OpenStore(file, nil); err != nil || again.last(network("Cafe")) == nil || again.last(network("Hall")) == nil {
		t.Errorf("%v", err)
	}
}

func TestOldestNetworksAreForgotten(t *testing.T) {
	t.Parallel()
	networks := map[string]record{}
	for i := range maxNetworks + 2 {
		networks[fmt.Sprint(i)] = record{History: annotate.History{Time: time.Unix(int64(i), 0)}}
	}
	forgetOldest(networks, maxNetworks)
	_, first := networks["1"]
	_, second := networks["2"]
	if len(networks) != maxNetworks || first || !second {
		t.Errorf("%d networks are left, 1: %t, 2: %t", len(networks), first, second)
	}
}

// A network that got a secret is forgotten after all others: any wire can be thousands of networks.
func TestNetworksWithSecretsAreForgottenLast(t *testing.T) {
	t.Parallel()
	networks := map[string]record{
		"sent":   {History: annotate.History{Time: time.Unix(0, 0)}, Sent: []Destination{{Scheme: "http", Host: "10.0.0.1"}}},
		"sender": {History: annotate.History{Time: time.Unix(1, 0)}, Senders: []string{"cafe"}},
	}
	for i := range maxNetworks + 2 {
		networks[fmt.Sprint(i)] = record{History: annotate.History{Time: time.Unix(int64(2+i), 0)}}
	}
	forgetOldest(networks, maxNetworks)
	for _, name := range []string{"sent", "sender"} {
		if _, ok := networks[name]; !ok {
			t.Errorf("%s is forgotten", name)
		}
	}
	forgetOldest(networks, 1)
	if _, ok := networks["sender"]; !ok || len(networks) != 1 {
		t.Errorf("%v are left, want the last of those with secrets", networks)
	}
}
