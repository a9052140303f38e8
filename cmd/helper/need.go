package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode"

	"hotspot-helper/agent"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/wifi"
)

// causeText is the cause of a transition, with what the user can do if the login waits.
func (a *app) causeText(t agent.Transition) string {
	return printable(t.Cause + a.remedy(t.Need))
}

// remedy continues a cause with what the user can do about the need; empty if nothing
// but the portal's page helps.
func (a *app) remedy(n *agent.Need) string {
	switch {
	case n == nil:
		return ""
	case n.Kind == agent.NeedTerms && n.TermsDenied:
		return "; to allow it: " + a.termsCommand(n.Helper, n.Network)
	case n.Kind == agent.NeedTerms:
		return ": " + a.termsCommand(n.Helper, n.Network)
	case n.Kind == agent.NeedCleartext:
		return "; to have it sent anyway: " + a.cleartextCommand(n.Helper, n.Network)
	case n.Kind == agent.NeedSharedHost:
		return "; to have it sent anyway: " + a.sharedHostCommand(n.Helper, n.Network)
	case n.Kind == agent.NeedChanged:
		return "; 'helper status' shows both; to have it sent anyway: " + a.commandLine("login", "--accept-changed", n.Accept)
	case n.Kind == agent.NeedInput:
		return withheld(n) + ": " + a.inputCommand(n.Helper, n.Input)
	case n.Kind == agent.NeedCode:
		return "; enter the code at " + n.URL
	case n.Kind == agent.NeedPage && n.Text != "":
		return "; the portal said: " + n.Text
	case !n.Until.IsZero():
		return "; tried again at " + clock(n.Until)
	case n.Kind == agent.NeedSecretStore && n.Locked:
		return ": unlock it in the desktop, then '" + a.commandLine("login") + "'"
	}
	return ""
}

// withheld says why the user has to give an input again; empty: it was never given.
func withheld(n *agent.Need) string {
	if !n.Withheld {
		return ""
	}
	return "; what was given to another maker's " + n.Helper + ", such as the program before it changed, is withheld from this one"
}

// needCommand is the command that the user can type about a need; empty if nothing but the portal's page helps.
func (a *app) needCommand(n agent.Need) string {
	switch n.Kind {
	case agent.NeedTerms:
		return a.termsCommand(n.Helper, n.Network)
	case agent.NeedCleartext:
		return a.cleartextCommand(n.Helper, n.Network)
	case agent.NeedSharedHost:
		return a.sharedHostCommand(n.Helper, n.Network)
	case agent.NeedInput:
		return a.inputCommand(n.Helper, n.Input)
	case agent.NeedSecretStore:
		return a.commandLine("login")
	}
	return ""
}

// describeDestination says what a secret goes to.
func describeDestination(d *agent.Destination) string {
	if d == nil {
		return ""
	}
	parts := []string{d.Scheme + "://" + d.Host}
	part := func(what, value string) {
		if value != "" {
			parts = append(parts, what+" "+value)
		}
	}
	part("certificate's key", shortKey(d.Key))
	part("its authority's key", shortKey(d.Issuer))
	part("gateway of vendor", d.Vendors)
	part("claimed by", d.Claim)
	part("form", d.Form)
	return strings.Join(parts, ", ")
}

// shortKey is enough of a digest to tell two apart; the JSON has the whole.
func shortKey(digest string) string { return digest[:min(len(digest), 12)] }

// tried is a pack that is tried in its directory, where no name finds it.
type tried struct {
	name   string
	dir    string          // as commands take it, such as ./NAME
	secret map[string]bool // by input
}

func newTried(p tryable, dir string) *tried {
	if isRegistration(dir) {
		dir = p.Name() // what the user gives to it belongs to its program, wherever the file is
	} else {
		dir = triedDir(dir)
	}
	return &tried{p.Name(), dir, daemon.SecretInputs(p)}
}

// triedDir is the directory as one word that no command takes for a name.
func triedDir(dir string) string {
	dir = filepath.Clean(dir)
	if !strings.Contains(dir, "/") {
		dir = "./" + dir
	}
	if strings.ContainsFunc(dir, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("./_-", r)
	}) {
		return quote(dir)
	}
	return dir
}

// argument is a helper as commands take it.
func (a *app) argument(helper string) string {
	if a.trial != nil && a.trial.name == helper {
		return a.trial.dir
	}
	return helper
}

// inputCommand gives an input to the helper.
func (a *app) inputCommand(helper, input string) string {
	set := a.commandLine("secret", "set", a.argument(helper), input)
	switch {
	case a.trial == nil:
		return set
	case a.trial.secret[input]:
		return fmt.Sprintf("give it with --secret %s, or '%s'", input, set)
	default:
		return fmt.Sprintf("give it with --input %s=VALUE, or '%s'", input, set)
	}
}

// termsCommand lets the helper accept terms on the network.
func (a *app) termsCommand(helper string, network wifi.SSID) string {
	return a.commandLine("consent", "terms", a.argument(helper), "always", "--network", quote(network.String()))
}

// cleartextCommand lets the helper send secrets unprotected on the network.
func (a *app) cleartextCommand(helper string, network wifi.SSID) string {
	return a.commandLine("consent", "cleartext", a.argument(helper), "--network", quote(network.String()))
}

// sharedHostCommand lets the helper send secrets to hosts that do not identify the network.
func (a *app) sharedHostCommand(helper string, network wifi.SSID) string {
	return a.commandLine("consent", "shared-host", a.argument(helper), "--network", quote(network.String()))
}

// commandLine is a command that the user can type, for the same agent as this one.
func (a *app) commandLine(words ...string) string {
	line := "helper "
	if a.system {
		line += "--system "
	}
	return line + strings.Join(words, " ")
}

// quote makes one shell word of any text: an access point may send any name.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
