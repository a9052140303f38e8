package wispr

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hotspot-helper/portal"
)

// The bounds of one login. What a gateway asks for beyond them is its mistake.
const (
	maxRounds = 5                // Proxy messages in a row
	maxPolls  = 30               // questions after the result of a login
	maxDelay  = 30 * time.Second // that a gateway may ask for before the next request
	pollDelay = 2 * time.Second  // between two polls where it asks for none
	// abortTime is how long a login that is given up may still take to say so.
	abortTime = 3 * time.Second
	// MaxSession is the longest session that is believed.
	MaxSession = 7 * 24 * time.Hour
)

// The ways in which a gateway makes a login impossible.
var (
	// ErrLookAgain says that a gateway wants the connectivity check to be asked again.
	ErrLookAgain = errors.New("the gateway wants to be looked at again")
	// ErrNoMessage says that an answer holds no WISPr message of the kind that was due.
	ErrNoMessage = errors.New("the gateway's answer holds no WISPr message")
	// ErrPending says that a gateway has no result after all polls, or says not where to poll.
	ErrPending = errors.New("the gateway has no result")
)

// Client speaks WISPr over one session.
type Client struct {
	// Session is where the rules of what may go where are. The login's address is the
	// network's word, so its host wants to be checked before: see [portal.HostList].
	Session *portal.Session
	// Sleep waits, unless the context ends before; nil: by the clock.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Credentials are what one operator lets a user in for.
type Credentials struct {
	User     portal.Value
	Password portal.Value // a [portal.Secret]
}

// FindRedirect follows a Proxy message until one says where to log in, which may be
// the one it is given. Errors: [ErrLookAgain] where a Proxy names no other place,
// [ErrNoMessage], and those of the session.
func (c *Client) FindRedirect(ctx context.Context, m Message) (Message, error) {
	c.Session.SetStep("redirect")
	for range maxRounds {
		switch m.Type() {
		case Redirect:
			return m, nil
		case Proxy:
		default:
			return Message{}, fmt.Errorf("find login: got a WISPr %s: %w", m.Type(), ErrNoMessage)
		}
		if err := c.pause(ctx, m.seconds("Delay", maxDelay)); err != nil {
			return Message{}, fmt.Errorf("find login: %w", err)
		}
		next := m.first("NextURL")
		if next == "" {
			return Message{}, fmt.Errorf("find login: %w", ErrLookAgain)
		}
		page, err := c.Session.Open(ctx, next)
		if err != nil {
			return Message{}, fmt.Errorf("find login: %w", err)
		}
		var ok bool
		if m, ok = inPage(page, func(m Message) bool { return m.Type() == Redirect || m.Type() == Proxy }); !ok {
			return Message{}, fmt.Errorf("find login: %w", ErrNoMessage)
		}
	}
	return Message{}, fmt.Errorf("find login: more than %d WISPr messages lead on", maxRounds)
}

// Login sends the credentials where a Redirect wants them and asks until there is a
// result. Origin is the address that was asked when the gateway interfered. A login that
// was begun and does not succeed is aborted where the gateway can. Errors:
// [ErrNoMessage], [ErrPending], and those of the session.
func (c *Client) Login(ctx context.Context, redirect Message, credentials Credentials, origin string) (Answer, error) {
	c.Session.SetStep("login")
	two := redirect.SpeaksTwo()
	answer := Answer{Code: CodeUnknown}
	page, err := c.Session.Post(ctx, redirect.LoginURL(), portal.Body{Form: form(credentials, origin, two)})
	if neverSent(err) {
		return Answer{}, fmt.Errorf("log in: %w", err)
	}
	if err == nil {
		answer, err = c.result(ctx, page, two)
	}
	if abort := redirect.first("AbortLoginURL"); abort != "" && !answer.Succeeded() {
		if late, ok := c.abort(ctx, abort); ok {
			return late, nil
		}
	}
	if err != nil {
		return Answer{}, fmt.Errorf("log in: %w", err)
	}
	return answer, nil
}

// neverSent says whether the rules of the session kept a request from being sent.
func neverSent(err error) bool {
	_, secret := errors.AsType[*portal.SecretError](err)
	_, host := errors.AsType[*portal.HostError](err)
	return secret || host
}

// form is what a login sends (WISPr 1.0, section 8.2).
func form(credentials Credentials, origin string, two bool) []portal.Field {
	fields := []portal.Field{
		{Name: "button", Value: portal.Plain("Login")},
		{Name: "UserName", Value: credentials.User},
		{Name: "Password", Value: credentials.Password},
		{Name: "FNAME", Value: portal.Plain("0")},
		{Name: "OriginatingServer", Value: portal.Plain(origin)},
	}
	if two {
		fields = append(fields, portal.Field{Name: "WISPrVersion", Value: portal.Plain("2.0")})
	}
	return fields
}
