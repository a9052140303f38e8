package ondemand

import "time"

// Report is the state of one tunnel of the rules, for people and other programs.
type Report struct {
	Tunnel    string    `json:"tunnel"`              // nm:NAME, or the program that stops it
	Want      string    `json:"want"`                // of the last decision: up, down, release, leave
	Rule      string    `json:"rule,omitempty"`      // that decided; empty: none holds
	Interface string    `json:"interface,omitempty"` // of the network that decided
	Why       string    `json:"why,omitempty"`       // in a sentence
	Since     time.Time `json:"since,omitzero"`      // of the decision
	Up        bool      `json:"up"`                  // when it was looked at last
	Started   bool      `json:"started,omitempty"`   // by a rule, and so it may be stopped by others
	Error     string    `json:"error,omitempty"`     // why it could not be started, stopped or looked at
}
