package remember

import (
	"fmt"
	"slices"
	"strings"

	"hotspot-helper/portal"
)

// Offer is a login that could be remembered: a draft that passed all checks, until the user decides.
type Offer struct {
	Login

	Values   map[string]portal.Value // what was typed, by field
	Replaces *Login                  // the remembered login whose place it takes; nil: none

	made string // directory of the draft
	home string // that one is in, to be removed
}

// Does says in a few sentences what the login would do, and where what was typed would be kept. The hosts come first, and each
// sentence is short: a desktop shows a part of a long one.
func (o *Offer) Does(kept string) []string {
	var sentences []string
	if len(o.Fields) > 0 {
		sentences = goesTo(o.Hosts)
	}
	if o.Cleartext != "" {
		sentences = append(sentences, "It goes unprotected, as it did now: others may read it.")
	}
	if o.SharedHost != "" {
		sentences = append(sentences, fmt.Sprintf("It goes to %s, a host that many networks share: another one of them could get it.", shortHost(o.SharedHost)))
	}
	var does []string
	if len(o.Terms) > 0 {
		does = append(does, "accepts "+joined(atMost(mostNamed, o.quotedTerms())))
	}
	if len(o.Fields) > 0 {
		does = append(does, "sends "+joined(atMost(mostNamed, o.quotedPrompts())))
	}
	if len(does) > 0 {
		sentences = append(sentences, "It "+strings.Join(does, ", and ")+".")
	}
	if len(o.Fields) > 0 {
		sentences = append(sentences, "What you typed is kept in the "+kept+".")
	}
	return sentences
}

// Bounds of a sentence.
const (
	mostNamed   = 4  // hosts, fields or terms
	longestHost = 50 // characters of a host
)

// goesTo says in at most two sentences to which hosts it goes, and how many more there are.
func goesTo(hosts []string) []string {
	var short []string
	for _, host := range atMost(2*mostNamed, hosts) {
		short = append(short, shortHost(host))
	}
	first := short[:min(len(short), mostNamed)]
	sentences := []string{"What you typed goes to " + joined(first) + "."}
	if more := short[len(first):]; len(more) > 0 {
		sentences = append(sentences, "It also goes to "+joined(more)+".")
	}
	return sentences
}

// shortHost returns the end of a host's name, which says whose it is.
func shortHost(host string) string {
	if len(host) > longestHost {
		return "…" + host[len(host)-longestHost:]
	}
	return host
}

// atMost returns the first texts, and how many more there are.
func atMost(most int, texts []string) []string {
	if len(texts) <= most {
		return texts
	}
	return append(slices.Clone(texts[:most]), fmt.Sprintf("%d more", len(texts)-most))
}

// Text is the question whether to remember the login, with what it does.
func (o *Offer) Text(kept string) string {
	return strings.Join(append([]string{"Log in here by itself next time?"}, o.Does(kept)...), " ")
}

// Difference says what the login that it replaces did not do, and the other way round; empty: it replaces none.
func (o *Offer) Difference() string {
	if o.Replaces == nil {
		return ""
	}
	changes := o.Changes(o.Replaces)
	if len(changes) == 0 {
		return "It replaces " + o.Replaces.Name + ", and does the same."
	}
	return "It replaces " + o.Replaces.Name + ": " + strings.Join(changes, "; ") + "."
}
