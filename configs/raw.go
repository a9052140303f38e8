package configs

import (
	"errors"
	"time"
)

// raw is the content of the file.
type raw struct {
	Interfaces   []string             `toml:"interfaces"`
	Packs        []string             `toml:"packs"`
	Keepalive    time.Duration        `toml:"keepalive"`
	Metered      string               `toml:"metered"`
	Memory       string               `toml:"memory"`
	Notify       string               `toml:"notify"`
	LogoffOnExit bool                 `toml:"logoff_on_exit"`
	Browsers     []string             `toml:"browser"`
	KeepWindow   bool                 `toml:"keep_window_open"`
	Probe        rawProbe             `toml:"probe"`
	Profile      rawProfile           `toml:"profile"`
	Helpers      map[string]rawHelper `toml:"helper"`
	Networks     []rawNetwork         `toml:"network"`
	OnDemand     []rawOnDemand        `toml:"on_demand"`
}

type rawProbe struct {
	Endpoints []string `toml:"endpoints"`
	Catalogue string   `toml:"catalogue"`
}

type rawProfile struct {
	Name      string `toml:"name"`
	FirstName string `toml:"first_name"`
	LastName  string `toml:"last_name"`
	Email     string `toml:"email"`
	Phone     string `toml:"phone"`
	Company   string `toml:"company"`
	Room      string `toml:"room"`
	City      string `toml:"city"`
	Postcode  string `toml:"postcode"`
	Country   string `toml:"country"`
}

type rawHelper struct {
	Enabled  *bool               `toml:"enabled"`
	Priority int                 `toml:"priority"`
	Maker    string              `toml:"maker"`
	Hosts    []string            `toml:"hosts"`
	Inputs   map[string]rawInput `toml:"inputs"`
}

type rawNetwork struct {
	SSID         string `toml:"ssid"`
	Security     string `toml:"security"`
	Gateway      string `toml:"gateway"`
	Helper       string `toml:"helper"`
	Login        *bool  `toml:"login"`
	LogoffOnExit *bool  `toml:"logoff_on_exit"`
}

// rawInput is a string, or a table that names a file.
type rawInput struct {
	File  string        `toml:"file"`
	value func() string // a closure, as in [Input]; nil: a table
}

// ConcealsKeys marks a table in which a key may be a secret: pin = {1234 = ""}.
func (*rawInput) ConcealsKeys() {}

// UnmarshalShorthand takes a string. Its error does not contain it.
func (i *rawInput) UnmarshalShorthand(value any) error {
	text, ok := value.(string)
	if !ok {
		return errors.New(`want a string in quotes, or { file = "PATH" }`)
	}
	i.value = func() string { return text }
	return nil
}
