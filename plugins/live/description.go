package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"hotspot-helper/plugins/pack"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// description is what a helper says of itself.
type description struct {
	Name         string   `json:"name"`
	Version      string   `json:"version"`
	Label        string   `json:"label"`
	Inputs       []input  `json:"inputs,omitempty"`
	Hosts        []string `json:"hosts,omitempty"`
	SharedHosts  []string `json:"shared_hosts,omitempty"`
	SecretFields []string `json:"secret_fields,omitempty"`
	Terms        []string `json:"terms,omitempty"`
}

// input is something that the user is asked for.
type input struct {
	Name     string `json:"name"`
	Prompt   string `json:"prompt"`
	Secret   bool   `json:"secret,omitempty"`
	Optional bool   `json:"optional,omitempty"`
}

// The limits of a description.
const (
	maxInputs       = 20
	maxHosts        = 50
	maxSecretFields = 50
	maxTerms        = 5
	maxText         = 120  // characters of a prompt or of terms
	maxMistakes     = 4000 // bytes of an error about all
)

var (
	version   = regexp.MustCompile(`^\d{1,9}\.\d{1,9}\.\d{1,9}$`)
	inputName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
)

// parseDescription reads the answer to Describe of the helper that is registered by a name. The error
// joins all mistakes.
func parseDescription(answer json.RawMessage, name string) (description, error) {
	var d description
	if err := decode(answer, &d); err != nil {
		return d, fmt.Errorf("read what it says of itself: %s", cut(err.Error(), maxMistakes))
	}
	var mistakes []error
	wrong := func(format string, args ...any) { mistakes = append(mistakes, fmt.Errorf(format, args...)) }
	if d.Name != name {
		wrong("name: is %q, but it is registered as %q", d.Name, name)
	}
	if !version.MatchString(d.Version) {
		wrong("version: want three numbers like 1.0.0, not %q", d.Version)
	}
	if !isLine(d.Label, pack.MaxLabel) {
		wrong("label: want 1 to %d printable characters, not %q", pack.MaxLabel, d.Label)
	}
	mistakes = append(mistakes, d.checkInputs(), d.checkHosts())
	if len(d.SecretFields) > maxSecretFields {
		wrong("secret_fields: %d, at most %d", len(d.SecretFields), maxSecretFields)
	}
	if len(d.Terms) > maxTerms {
		wrong("terms: %d, at most %d", len(d.Terms), maxTerms)
	}
	for _, terms := range d.Terms {
		if !isLine(terms, maxText) {
			wrong("terms: want 1 to %d printable characters, not %q", maxText, terms)
		}
	}
	if err := errors.Join(mistakes...); err != nil {
		return d, fmt.Errorf("read what it says of itself: %s", cut(err.Error(), maxMistakes))
	}
	return d, nil
}

func (d description) checkInputs() error {
	if len(d.Inputs) > maxInputs {
		return fmt.Errorf("inputs: %d, at most %d", len(d.Inputs), maxInputs)
	}
	var mistakes []error
	known := map[string]bool{}
	for _, in := range d.Inputs {
		if !inputName.MatchString(in.Name) || known[in.Name] {
			mistakes = append(mistakes, fmt.Errorf("inputs: want names of letters, digits and underscores, each once, not %q", in.Name))
		}
		known[in.Name] = true
		if !isLine(in.Prompt, maxText) {
			mistakes = append(mistakes, fmt.Errorf("inputs: want a prompt of 1 to %d printable characters for %q", maxText, in.Name))
		}
	}
	return errors.Join(mistakes...)
}

// checkHosts refuses patterns that a session would refuse. Package portal alone decides.
func (d description) checkHosts() error {
	if len(d.Hosts)+len(d.SharedHosts) > maxHosts {
		return fmt.Errorf("hosts: %d, at most %d", len(d.Hosts)+len(d.SharedHosts), maxHosts)
	}
	if _, err := portal.NewHostList(portal.Config{Hosts: d.Hosts, Shared: d.SharedHosts}); err != nil {
		return fmt.Errorf("hosts: %w", err)
	}
	return nil
}

// isLine reports whether a text fits in a table.
func isLine(text string, most int) bool {
	n := len([]rune(text))
	return n > 0 && n <= most && strings.TrimSpace(text) == text && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// terms are what the helper may ask to accept.
func (d description) terms() []string {
	if len(d.Terms) > 0 {
		return d.Terms
	}
	return []string{flow.UnnamedTerms}
}

// flowInputs are the inputs as all helpers have them.
func (d description) flowInputs() []flow.Input {
	inputs := make([]flow.Input, 0, len(d.Inputs))
	for _, in := range d.Inputs {
		inputs = append(inputs, flow.Input{Name: in.Name, Prompt: in.Prompt, Secret: in.Secret, Optional: in.Optional})
	}
	return inputs
}
