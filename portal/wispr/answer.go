package wispr

import (
	"strings"
	"time"

	"hotspot-helper/portal"
)

// Answer is how a login or logoff ended, in the gateway's words.
type Answer struct {
	Type      Type
	Code      Code
	Text      string        // for people; "" if none
	LogoffURL string        // ends the session; "" if none
	Lasts     time.Duration // of the session; 0: not told, or not to be believed
}

// answer reads what is worth keeping of a reply that came with a page.
func (m Message) answer(page *portal.Page, two bool) Answer {
	a := Answer{Type: m.Type(), Code: m.Code(), Text: m.Text()}
	if logoff, err := page.Resolve(m.first("LogoffURL")); err == nil && m.first("LogoffURL") != "" {
		a.LogoffURL = logoff.String()
	}
	if two {
		a.Lasts = m.lasts()
	}
	return a
}

// lasts reads the time of a session in a conversation of WISPr 2.0. CoovaChilli writes
// 3600 into every reply of WISPr 1.0, whatever the truth, and falls back to those where
// its portal page drops the version.
func (m Message) lasts() time.Duration {
	told := m.seconds("MaxSessionTime", MaxSession)
	if m.Type() == PollReply && told == time.Hour {
		return 0
	}
	return told
}

// Succeeded says whether the client is on: it logged in, or had before.
func (a Answer) Succeeded() bool { return a.Code == LoginSucceeded || a.AlreadyOn() }

// AlreadyOn says whether the gateway let the client in before, which CoovaChilli tells
// by the code of an error of its authentication server.
func (a Answer) AlreadyOn() bool {
	return a.Code == RADIUSError && strings.Contains(strings.ToLower(a.Text), "already")
}
