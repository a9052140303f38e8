package remember

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"hotspot-helper/internal/statefile"
	"hotspot-helper/wifi"
)

// Declined is a network where the user does not want logins remembered.
type Declined struct {
	Network wifi.Identity `json:"network"`
	Since   time.Time     `json:"since"`
}

// maxDeclined is how many such networks are kept. The oldest ones are asked about again.
const maxDeclined = 500

type declinedFile struct {
	Version  int        `json:"version"`
	Declined []Declined `json:"declined"`
}

// Declined returns the networks where the user is not asked, oldest first.
func (s Store) Declined() ([]Declined, error) {
	if s.Dir == "" {
		return nil, nil
	}
	data, err := statefile.Read(s.declinedFile())
	if err != nil {
		return nil, fmt.Errorf("read declined networks: %w", err)
	}
	return parseDeclined(data)
}

func (s Store) declinedFile() string { return filepath.Join(s.Dir, "declined.json") }

func parseDeclined(data []byte) ([]Declined, error) {
	if data == nil {
		return nil, nil
	}
	var stored declinedFile
	err := json.Unmarshal(data, &stored)
	if err == nil && stored.Version != loginVersion {
		err = fmt.Errorf("version is %d, want %d", stored.Version, loginVersion)
	}
	if err != nil {
		return nil, fmt.Errorf("read declined networks: %w", err)
	}
	return stored.Declined, nil
}

// Decline records that the user does not want logins remembered on the network.
func (s Store) Decline(n wifi.Identity) error {
	if !n.Complete() {
		return fmt.Errorf("decline remembering: %w", &Refusal{ReasonNetwork, n.String()})
	}
	return s.changeDeclined(func(all []Declined) []Declined {
		all = withoutNetwork(all, n)
		all = append(all, Declined{n, time.Now().UTC().Truncate(time.Second)})
		return all[max(0, len(all)-maxDeclined):]
	})
}

// AskAgain forgets that the user declined on the network, and reports whether that was so.
func (s Store) AskAgain(n wifi.Identity) (wasDeclined bool, err error) {
	all, err := s.Declined()
	if err != nil || len(withoutNetwork(all, n)) == len(all) {
		return false, err
	}
	return true, s.changeDeclined(func(all []Declined) []Declined { return withoutNetwork(all, n) })
}

// IsDeclined reports whether the user does not want logins remembered on the network.
func (s Store) IsDeclined(n wifi.Identity) (bool, error) {
	all, err := s.Declined()
	return len(withoutNetwork(all, n)) < len(all), err
}

func withoutNetwork(all []Declined, n wifi.Identity) []Declined {
	return slices.DeleteFunc(slices.Clone(all), func(d Declined) bool { return d.Network.Same(n) })
}

func (s Store) changeDeclined(change func([]Declined) []Declined) error {
	if s.Dir == "" {
		return errNoDir
	}
	err := statefile.Update(s.declinedFile(), func(old []byte) ([]byte, error) {
		all, err := parseDeclined(old)
		if err != nil {
			return nil, err
		}
		data, err := json.MarshalIndent(declinedFile{loginVersion, change(all)}, "", "  ")
		return append(data, '\n'), err
	})
	if err != nil {
		return fmt.Errorf("record declined networks: %w", err)
	}
	return nil
}
