package desktop

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/internal/notify"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// Mode says which notifications a person gets: one of the values of notify in the configuration.
type Mode string

// The modes.
const (
	NotifyAll   Mode = "all"   // also logins, and the ends of sessions that a helper begins again
	NotifyNeeds Mode = "needs" // what a person has to do something about
	NotifyNone  Mode = "none"
)

// The reasons for notifications. A network has one of each at most.
const (
	reasonNeed     = "need"      // a login waits for a person
	reasonChanged  = "changed"   // it waits because the portal changed
	reasonRefused  = "refused"   // the portal refused the login
	reasonWindow   = "window"    // of a network that needs a person: it could not be opened
	reasonEnd      = "end"       // the session ends soon
	reasonLoggedIn = "logged-in" // a helper logged in
)

// The actions on notifications.
const (
	actionAccept = "accept" // terms, and log in
	actionOpen   = "open"   // the sign-in window
	actionMute   = "mute"   // not here: ask no more on this network
)

// endLead is how long before its end a person is told that a session ends.
const endLead = 5 * time.Minute

// notice is a notification that is wanted, and what it is about.
type notice struct {
	notify.Notification

	iface   string
	network wifi.Identity
	need    agent.Need // of reasonNeed and reasonChanged
}

// notices decides what a person is told.
type notices struct {
	mode    Mode
	canOpen bool // a sign-in window can be opened from here
	now     time.Time

	isOpen   func(iface string) bool           // a sign-in window
	isFailed func(iface string) bool           // a sign-in window could not be opened
	isMuted  func(wifi.Identity) bool          // nobody is asked to sign in there
	command  func(agent.Need) string           // what to type about a need; empty: nothing helps but the page
	open     func(iface string) (shell string) // what to type for a sign-in window
}

// wanted returns the notices about associations, by network and reason, and when to decide again; zero: after the next
// change. While it is not settled what becomes of a network, what stood before it stays.
func (n notices) wanted(associations []agent.Association, before map[string]notice) (all map[string]notice, next time.Time) {
	all = map[string]notice{}
	if n.mode == NotifyNone {
		return all, next
	}
	for _, as := range associations {
		if as.Phase == agent.Inactive {
			continue
		}
		if !as.Phase.Settled() && as.Phase != agent.Maintaining {
			n.keep(all, as, before)
			continue
		}
		n.addNeed(all, as)
		n.addLogin(all, as)
		if due := n.addEnd(all, as); !due.IsZero() && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	return all, next
}

// keep keeps what stood, unless the user asked for what is under way.
func (n notices) keep(all map[string]notice, as agent.Association, before map[string]notice) {
	for _, t := range slices.Backward(as.Journal) {
		if t.CauseKind.AsksLogin() || t.CauseKind == agent.CauseLogoff {
			return
		}
		if t.From.Settled() {
			break
		}
	}
	for key, b := range before {
		if b.iface == as.Interface && b.network == as.Identity {
			add(all, key, b)
		}
	}
}

// add adds a notice, unless another interface of the same network has it.
func add(all map[string]notice, key string, n notice) {
	if _, ok := all[key]; !ok {
		all[key] = n
	}
}

// keyOf names the notice about a network. One that is not recognised is known by its interface.
func keyOf(as agent.Association, reason string) string {
	if !as.Identity.Complete() {
		return reason + " " + as.Interface
	}
	return reason + " " + as.Identity.String()
}

// nameOf is how a network is called.
func nameOf(as agent.Association) string { return cmp.Or(as.SSID.String(), "this network") }

// addNeed adds what a person has to do, unless the person does it already, or does not want to.
func (n notices) addNeed(all map[string]notice, as agent.Association) {
	if as.LoginOff {
		return
	}
	var found notice
	reason := reasonNeed
	switch {
	case as.Phase == agent.Failed:
		found, reason = n.refused(as), reasonRefused
	case as.Phase != agent.PresentingUI || as.Need == nil || as.Need.TermsDenied:
		return
	case as.Need.Kind == agent.NeedChanged:
		found, reason = n.needed(as), reasonChanged
	default:
		found = n.needed(as)
	}
	if n.isMuted(as.Identity) {
		return
	}
	found.Hidden = n.isOpen(as.Interface)
	add(all, keyOf(as, reason), found)
	if n.isFailed(as.Interface) {
		found := notice{iface: as.Interface, network: as.Identity}
		found.Notification = notify.Notification{
			Summary: "No window opens for " + nameOf(as),
			Body:    []string{"There may be no browser for it.", typed(n.open(as.Interface))},
		}
		add(all, keyOf(as, reasonWindow), found)
	}
}

// needed is about a login that waits for a person.
func (n notices) needed(as agent.Association) notice {
	need := *as.Need
	summary, body := needWords(nameOf(as), need)
	found := notice{iface: as.Interface, network: as.Identity, need: need}
	found.Notification = notify.Notification{Summary: summary, Body: body, Stays: true, About: need.Helper + " " + need.Terms}
	command := n.command(need)
	if need.Kind == agent.NeedTerms && as.Identity.Complete() {
		found.Actions = append(found.Actions, notify.Action{Key: actionAccept, Label: "Accept terms and log in"})
		found.Instead = append(found.Instead, typed(command))
	} else {
		found.Body = append(found.Body, typed(command))
	}
	n.addChoices(&found)
	return found
}

// addChoices adds the actions that are the same for each need.
func (n notices) addChoices(found *notice) {
	open := typed(n.open(found.iface))
	if n.canOpen {
		found.Actions = append(found.Actions, notify.Action{Key: actionOpen, Label: "Sign in"})
		found.Instead = append(found.Instead, open)
		found.Default = actionOpen
	} else {
		found.Body = append(found.Body, open)
	}
	if found.network.Complete() {
		found.Actions = append(found.Actions, notify.Action{Key: actionMute, Label: "Not here"})
	}
}

// typed is a paragraph about a command; empty without one.
func typed(command string) string {
	if command == "" {
		return ""
	}
	return "In a terminal: " + command
}

// needWords says what a login on a network waits for.
func needWords(name string, need agent.Need) (summary string, body []string) {
	switch need.Kind {
	case agent.NeedTerms:
		return "Accept the terms of " + name + "?", []string{need.Terms, need.Helper + " logs in by itself once you accept."}
	case agent.NeedInput:
		return name + " wants an input", []string{fmt.Sprintf("%s logs in by itself once it has '%s'.", need.Helper, need.Input)}
	case agent.NeedSecretStore:
		if need.Locked {
			return "Unlock your keyring to log in to " + name, []string{fmt.Sprintf("%s needs '%s' from it.", need.Helper, need.Input)}
		}
		return "A stored secret for " + name + " cannot be read", []string{fmt.Sprintf("%s needs '%s'.", need.Helper, need.Input)}
	case agent.NeedCleartext:
		return name + " would get your secret unprotected", []string{need.Helper + " does not send it where others can read it."}
	case agent.NeedSharedHost:
		return name + " does not show whose network it is", []string{need.Helper + " does not send your secret to a host that many networks share."}
	case agent.NeedChanged:
		return "The portal of " + name + " changed", []string{need.Helper + " waits, because your secret would go elsewhere than before: 'helper status' shows both."}
	case agent.NeedCode:
		return name + " wants a one-time code", []string{said(need.Text)}
	case agent.NeedCertificate:
		return "The portal of " + name + " is not trusted", []string{"Its certificate is not valid for it. Enter nothing there that is secret."}
	default:
		return "Sign in to " + name, []string{said(need.Text)}
	}
}

func said(text string) string {
	if text == "" {
		return ""
	}
	return "The portal said: " + text
}

// refused is about a login that the portal refused.
func (n notices) refused(as agent.Association) notice {
	found := notice{iface: as.Interface, network: as.Identity}
	found.Notification = notify.Notification{Summary: nameOf(as) + " refused the login", Stays: true}
	for _, t := range slices.Backward(as.Journal) {
		if t.To == agent.Failed {
			found.Body = []string{t.Cause}
			break
		}
	}
	n.addChoices(&found)
	return found
}

// addLogin adds that a helper logged in.
func (n notices) addLogin(all map[string]notice, as agent.Association) {
	if n.mode != NotifyAll || !isOnline(as) {
		return
	}
	for _, t := range slices.Backward(as.Journal) {
		switch {
		case t.From == agent.Authenticated || t.To == agent.Authenticated && t.From == agent.Maintaining:
		case t.To == agent.Authenticated && t.From == agent.Verifying && t.Helper != "":
			found := notice{iface: as.Interface, network: as.Identity}
			found.Notification = notify.Notification{Summary: "Logged in to " + nameOf(as), Body: []string{"by " + t.Helper}}
			add(all, keyOf(as, reasonLoggedIn), found)
			return
		default:
			return
		}
	}
}

func isOnline(as agent.Association) bool {
	return (as.Phase == agent.Authenticated || as.Phase == agent.Maintaining) && as.Verdict == probe.VerdictFull
}

// addEnd adds that a session ends soon, or returns when it has to be said. A session that a helper begins again by
// itself needs nobody.
func (n notices) addEnd(all map[string]notice, as agent.Association) (due time.Time) {
	if !isOnline(as) || as.Expires == nil || as.Helper != "" && n.mode != NotifyAll {
		return due
	}
	if due = as.Expires.Add(-endLead); n.now.Before(due) {
		return due
	}
	if !n.now.Before(*as.Expires) {
		return time.Time{}
	}
	ends := "It ends at " + as.Expires.Local().Format("15:04") + "."
	if as.ExpiresLearned {
		ends = "It is likely to end at about " + as.Expires.Local().Format("15:04") + ", as sessions here did before."
	}
	found := notice{iface: as.Interface, network: as.Identity}
	found.Notification = notify.Notification{Summary: "The session on " + nameOf(as) + " ends soon", Body: []string{ends}}
	add(all, keyOf(as, reasonEnd), found)
	return *as.Expires
}
