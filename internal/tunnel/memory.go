package tunnel

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"strings"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/statefile"
)

// Memory is a file of the tunnels that a rule started, and that are up as far as is known. The empty
// one remembers nothing.
type Memory struct{ Path string }

// remembered is the content of the file. Commands are not in it, only their hashes, which start
// nothing.
type remembered struct {
	Boot    string            `json:"boot"`    // kernel's ID of the boot: no tunnel outlives it
	Started map[string]string `json:"started"` // instances by the hash of the tunnel's ID
}

// bootFile has the kernel's ID of this boot.
const bootFile = "/proc/sys/kernel/random/boot_id"

// maxBoot is the size in bytes of the largest ID of a boot.
const maxBoot = 64

func bootID() string {
	data, err := file.Read(bootFile, maxBoot)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

func hashOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// read returns what is remembered of this boot. A file that others could have written is not read.
func (m Memory) read() map[string]string {
	if m.Path == "" {
		return nil
	}
	var r remembered
	data, err := statefile.Read(m.Path)
	if err != nil || json.Unmarshal(data, &r) != nil || r.Boot != bootID() {
		return nil
	}
	return r.Started
}

// find returns the instance of a tunnel that a rule started.
func (m Memory) find(id string) (instance string, isStarted bool) {
	instance, isStarted = m.read()[hashOf(id)]
	return instance, isStarted
}

// write replaces what is remembered, if that changed.
func (m Memory) write(started map[string]string) error {
	if m.Path == "" || maps.Equal(m.read(), started) {
		return nil
	}
	return statefile.Update(m.Path, func([]byte) ([]byte, error) {
		return json.Marshal(remembered{bootID(), started})
	})
}

// remember keeps which tunnels a rule started.
func (d *Driver) remember() {
	started := map[string]string{}
	for id, s := range d.states {
		if s.report.Started {
			started[hashOf(id)] = s.instance
		}
	}
	if err := d.Started.write(started); err != nil {
		d.Logger.Warn("tunnels that were started are not remembered for after a restart", "error", err)
	}
}
