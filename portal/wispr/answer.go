package wispr

import (
	"strings"
	"time"

	"hotspot-helper/portal"
)

// Answer is the gateway's reply to a login or logoff.
type Answer struct {
	Type        Type
	Code        Code
	Text        string        // for people, without secrets; "" if none
	LogoffURL   string        // ends the session; "" if none
	SessionTime time.Duration // of the session; 0: not given, or not credible
}

// answer returns the parts of a reply that callers need. The reply is in the page.
func (c *Client) answer(m Message, page *portal.Page, two bool) Answer {
	a := Answer{Type: m.Type(), Code: m.Code(), Text: m.Text(c.Session.Redact)}
	if logoff, err := page.Resolve(m.first("LogoffURL")); err == nil && m.first("LogoffURL") != "" {
		a.LogoffURL = logoff.String()
	}
	if two {
		a.SessionTime = m.sessionTime()
	}
	return a
}

// sessionTime reads the session time of WISPr 2.0. CoovaChilli writes 3600 into every reply
// of WISPr 1.0, right or wrong, and falls back to WISPr 1.0 if its portal page drops the
// version.
func (m Message) sessionTime() time.Duration {
	given := m.seconds("MaxSessionTime", MaxSession)
	if m.Type() == PollReply && given == time.Hour {
		return 0
	}
	return given
}

// Succeeded reports whether the client is online: it logged in now or before.
func (a Answer) Succeeded() bool { return a.Code == LoginSucceeded || a.AlreadyLoggedIn() }

// AlreadyLoggedIn reports whether the client was online before. CoovaChilli sends the code
// of an authentication server error for it, other gateways a rejection, whose text says nothing else then:
// "Wrong password, or already logged on elsewhere" is a refusal.
func (a Answer) AlreadyLoggedIn() bool {
	text := strings.ToLower(a.Text)
	switch {
	case a.TooManyDevices():
		return false
	case a.Code == LoginRejected:
		return saysOnlyLoggedIn(text)
	default:
		return a.Code == RADIUSError && strings.Contains(text, "already")
	}
}

// saysOnlyLoggedIn reports whether a text in lower case says that the client is logged in, and nothing else.
func saysOnlyLoggedIn(text string) bool {
	text = strings.TrimRight(strings.Join(strings.Fields(text), " "), ".! ")
	for _, who := range []string{"you are ", "user is ", "user ", "client is ", "client "} {
		text = strings.TrimPrefix(text, who)
	}
	return text == "already logged in" || text == "already logged on"
}

// TooManyDevices reports whether other devices use the account. FreeRADIUS says "You are already
// logged in - access denied", or "logged in 3 times", unless its msg_denied is another.
func (a Answer) TooManyDevices() bool {
	text := strings.ToLower(a.Text)
	rejected := a.Code == LoginRejected || a.Code == RADIUSError
	return rejected && strings.Contains(text, "already logged in") && strings.Contains(text, "access denied")
}
