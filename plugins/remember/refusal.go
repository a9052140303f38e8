package remember

import (
	"fmt"

	"hotspot-helper/plugins/record"
)

// Reason is why a login cannot be remembered.
type Reason string

// The reasons besides those of [record.Obstacle].
const (
	ReasonNoLogin     Reason = "no-login"     // nothing recorded shows a portal and a login
	ReasonNotOnline   Reason = "not-online"   // nothing shows that it worked
	ReasonTooMuch     Reason = "too-much"     // the recording is too large, or its pages are too complex
	ReasonUnknown     Reason = "unknown"      // it sent a value whose origin is not known
	ReasonNotTyped    Reason = "not-typed"    // what was typed is not in the recording
	ReasonNotDistinct Reason = "not-distinct" // nothing tells the portal's page from others
	ReasonNoReplay    Reason = "no-replay"    // the draft does not log in with other tokens
	ReasonNetwork     Reason = "network"      // it is not known which network it was
)

// Refusal is the error of a login that cannot be remembered.
type Refusal struct {
	Reason Reason
	Detail string
}

// Error says why in a sentence.
func (r *Refusal) Error() string {
	text := r.Reason.text()
	if r.Detail != "" {
		text += fmt.Sprintf(" (%s)", r.Detail)
	}
	return "this login cannot be remembered: " + text
}

func (r Reason) text() string {
	switch r {
	case Reason(record.ObstacleCode):
		return "the portal asks for a code that it sends each time"
	case Reason(record.ObstacleCaptcha):
		return "the portal wants to see a person each time, by a CAPTCHA"
	case Reason(record.ObstaclePayment):
		return "it is a payment"
	case Reason(record.ObstacleMail):
		return "the portal sends a link by e-mail each time"
	case Reason(record.ObstacleUpload):
		return "it sends a file"
	case ReasonNoLogin:
		return "nothing that was recorded shows a portal and a login"
	case ReasonNotOnline:
		return "nothing that was recorded shows that it worked"
	case ReasonTooMuch:
		return "it is too much to draft from: the recording is too large, or its pages are too complex"
	case ReasonUnknown:
		return "it sent a value, and where that comes from is not known"
	case ReasonNotTyped:
		return "what was typed was not sent as it is"
	case ReasonNotDistinct:
		return "nothing tells the portal's page from others"
	case ReasonNoReplay:
		return "what was learned does not log in at another visit"
	case ReasonNetwork:
		return "it is not known what this network is recognised by"
	}
	return string(r)
}
