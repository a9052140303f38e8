// Package remember makes a private pack of a login that a person did once in a sign-in window, and
// keeps it for the network where that was.
package remember

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"hotspot-helper/wifi"
)

// Prefix begins the names of remembered logins, so that none has the name of another helper.
const Prefix = "remembered-"

// IsName reports whether a helper of the name is a remembered login.
func IsName(helper string) bool { return strings.HasPrefix(helper, Prefix) }

// Login is what is known of a remembered login besides its pack. It contains nothing that was typed.
type Login struct {
	Name    string        `json:"name"`    // of the helper
	Network wifi.Identity `json:"network"` // the one network that it is for
	Portal  string        `json:"portal"`  // host of the portal's page
	Hosts   []string      `json:"hosts"`   // all that it talks to
	Fields  []Field       `json:"fields"`  // what it sends of what was typed
	Terms   []string      `json:"terms"`   // that it accepts
	// Requests are those that it makes from pages of the portal. It makes no others.
	Requests []Request `json:"requests"`
	// Cleartext and SharedHost say where a typed value goes unprotected: see replay.Needs.
	Cleartext  string `json:"cleartext,omitempty"`
	SharedHost string `json:"shared_host,omitempty"`

	Since    time.Time `json:"since"`              // when it was remembered
	Used     time.Time `json:"used,omitzero"`      // when it first logged in by itself
	Failures int       `json:"failures,omitempty"` // logins in a row that failed
	SetAside time.Time `json:"set_aside,omitzero"` // it claims nothing since then
	Why      string    `json:"why,omitempty"`      // it was set aside
}

// Field is a typed value that a login sends, without the value.
type Field struct {
	Name   string `json:"name"` // of the helper's input
	Prompt string `json:"prompt"`
	Secret bool   `json:"secret,omitempty"`
}

// MaxFailures is how many logins in a row may fail before a remembered login is set aside.
const MaxFailures = 2

// note records how a login ended, and reports whether that changed anything. The first login by itself
// is announced once.
func (l *Login) note(worked bool, why string, now time.Time) (changed bool) {
	if worked {
		changed = l.Used.IsZero() || l.Failures > 0
		if l.Used.IsZero() {
			l.Used = now
		}
		l.Failures = 0
		return changed
	}
	if !l.SetAside.IsZero() {
		return false
	}
	if l.Failures++; l.Failures >= MaxFailures {
		l.SetAside, l.Why = now, why
	}
	return true
}

// Changes returns in sentences what a login does that the one before did not, and the other way round.
func (l *Login) Changes(before *Login) []string {
	var changes []string
	for _, part := range []struct {
		added, gone string
		of          func(*Login) []string
	}{
		{"it also talks to %s", "it does not talk to %s any more", func(l *Login) []string { return l.Hosts }},
		{"it also sends %s", "it does not send %s any more", (*Login).quotedPrompts},
		{"it accepts %s", "it does not accept %s any more", (*Login).quotedTerms},
	} {
		now, then := part.of(l), part.of(before)
		if more := without(now, then); len(more) > 0 {
			changes = append(changes, fmt.Sprintf(part.added, joined(atMost(mostNamed, more))))
		}
		if less := without(then, now); len(less) > 0 {
			changes = append(changes, fmt.Sprintf(part.gone, joined(atMost(mostNamed, less))))
		}
	}
	if l.Cleartext != "" && before.Cleartext == "" {
		changes = append(changes, "what it sends goes unprotected now, to "+l.Cleartext)
	}
	if l.SharedHost != "" && before.SharedHost == "" {
		changes = append(changes, "what it sends goes to a host that many networks share now, to "+l.SharedHost)
	}
	return changes
}

// Bounds of a prompt in a sentence, in characters.
const (
	longestPrompt = 40
	longestQuoted = longestPrompt + 4 // what is escaped is longer
)

// quotedPrompts returns what the fields are called, short and in quotes, because these are the portal's words.
func (l *Login) quotedPrompts() []string {
	var prompts []string
	for _, f := range l.Fields {
		prompts = append(prompts, quotedPrompt(f.Prompt))
	}
	return prompts
}

func quotedPrompt(prompt string) string {
	var b strings.Builder
	count, width := 0, 0
	for _, r := range prompt {
		quoted := strconv.QuoteRune(r)
		if r == '"' {
			quoted = `'\"'`
		}
		quoted = quoted[1 : len(quoted)-1]
		if count, width = count+1, width+utf8.RuneCountInString(quoted); count > longestPrompt || width > longestQuoted {
			b.WriteString("…")
			break
		}
		b.WriteString(quoted)
	}
	return `"` + b.String() + `"`
}

func (l *Login) quotedTerms() []string {
	var quoted []string
	for _, terms := range l.Terms {
		quoted = append(quoted, fmt.Sprintf("%q", terms))
	}
	return quoted
}

// without returns what is in one list and not in another.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(text string) bool { return slices.Contains(other, text) })
}

// joined lists texts in a sentence.
func joined(texts []string) string {
	if len(texts) < 2 {
		return strings.Join(texts, "")
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " and " + texts[last]
}
