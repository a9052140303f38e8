package wispr

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Type is what a message is for (WISPr 1.0, section 8; 121 and 160 are of WISPr 2.0).
type Type int

// The types.
const (
	Redirect            Type = 100 // where to log in
	Proxy               Type = 110 // send the request elsewhere, or later
	AuthenticationReply Type = 120 // to a login
	EAPReply            Type = 121 // to a login by EAP
	LogoffReply         Type = 130
	PollReply           Type = 140 // to a request for the result of a login
	AbortReply          Type = 150 // to the abort of a pending login
	StatusReply         Type = 160
)

// typeNames are the elements that hold the messages of each type.
var typeNames = map[Type]string{
	Redirect:            "Redirect",
	Proxy:               "Proxy",
	AuthenticationReply: "AuthenticationReply",
	EAPReply:            "EAPAuthenticationReply",
	LogoffReply:         "LogoffReply",
	PollReply:           "AuthenticationPollReply",
	AbortReply:          "AbortLoginReply",
	StatusReply:         "StatusReply",
}

// String returns the name of the type's element, or "unknown(7)".
func (t Type) String() string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return fmt.Sprintf("unknown(%d)", int(t))
}

// Code is the result of a request (WISPr 1.0, section 8.7; 10, 253 and 254 are of WISPr 2.0).
type Code int

// The codes. CodeUnknown is a message without one.
const (
	CodeUnknown     Code = -1
	NoError         Code = 0
	EAPContinues    Code = 10
	LoginSucceeded  Code = 50 // in the reply to an abort: it came too late
	LoginRejected   Code = 100
	RADIUSError     Code = 102 // or CoovaChilli's "already logged on"
	NetworkError    Code = 105 // network administrator error: the user's operator is unreachable
	LogoffSucceeded Code = 150
	LoginAborted    Code = 151
	ProxyRepeat     Code = 200
	Pending         Code = 201
	MTUError        Code = 253
	ProtocolError   Code = 254
	GatewayError    Code = 255
)

var codeNames = map[Code]string{
	CodeUnknown:     "no code",
	NoError:         "no error",
	EAPContinues:    "EAP goes on",
	LoginSucceeded:  "login succeeded",
	LoginRejected:   "login rejected",
	RADIUSError:     "authentication server error or timeout",
	NetworkError:    "network administrator error",
	LogoffSucceeded: "logoff succeeded",
	LoginAborted:    "login aborted",
	ProxyRepeat:     "proxy detection, repeat",
	Pending:         "authentication pending",
	MTUError:        "packets too large",
	ProtocolError:   "protocol error",
	GatewayError:    "access gateway internal error",
}

// String returns the code in words.
func (c Code) String() string {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return fmt.Sprintf("unknown(%d)", int(c))
}

// Type returns the message's type, 0 for none. A gateway that omits the number still has
// the element.
func (m Message) Type() Type {
	if n, err := strconv.Atoi(m.first("MessageType")); err == nil {
		return Type(n)
	}
	for _, t := range slices.Sorted(maps.Keys(typeNames)) { // in a fixed order
		if m.Value(typeNames[t]) != nil {
			return t
		}
	}
	return 0
}

// Code returns the message's response code, CodeUnknown for none.
func (m Message) Code() Code {
	if n, err := strconv.Atoi(m.first("ResponseCode")); err == nil && n >= 0 {
		return Code(n)
	}
	return CodeUnknown
}

// Text returns the gateway's text for people in one line of at most 200 characters. It may
// echo what was sent, so redact masks that before the line is cut: half a secret is not recognised.
func (m Message) Text(redact func(string) string) string {
	const most = 200
	line := strings.Join(strings.Fields(redact(strings.Join(m.Value("ReplyMessage"), " "))), " ")
	if chars := []rune(line); len(chars) > most {
		line = string(chars[:most]) + "…"
	}
	return line
}

// LoginURL returns where a Redirect wants the credentials posted, "" for none.
func (m Message) LoginURL() string { return m.first("LoginURL") }

// OffersVersion2 reports whether a Redirect offers WISPr 2.0.
func (m Message) OffersVersion2() bool {
	major, _, _ := strings.Cut(m.first("VersionHigh"), ".")
	n, err := strconv.Atoi(major)
	return err == nil && n >= 2
}

// first returns the first text of that name that is not empty: CoovaChilli also writes
// empty elements.
func (m Message) first(name string) string {
	values := m.Value(name)
	if i := slices.IndexFunc(values, func(v string) bool { return v != "" }); i >= 0 {
		return values[i]
	}
	return ""
}

// seconds returns the time in an element, at most the given one; 0 for none.
func (m Message) seconds(name string, most time.Duration) time.Duration {
	n, err := strconv.Atoi(m.first(name))
	if err != nil || n <= 0 {
		return 0
	}
	return min(time.Duration(min(n, int(most/time.Second)))*time.Second, most)
}

// isReply reports whether a message has the result of a login. CoovaChilli answers a login
// with a PollReply; a message without a type may be a reply.
func (m Message) isReply() bool {
	switch m.Type() {
	case AuthenticationReply, EAPReply, PollReply, Proxy:
		return true
	case 0:
		return m.Code() != CodeUnknown
	default:
		return false
	}
}
