package wispr

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hotspot-helper/portal"
)

// The limits of one login.
const (
	maxRounds = 5                // Proxy messages in a row
	maxPolls  = 30               // requests for the result of a login
	maxDelay  = 30 * time.Second // that a gateway may demand before the next request
	pollDelay = 2 * time.Second  // between two polls if the gateway demands none
	// abortTime bounds the request that aborts a login.
	abortTime = 3 * time.Second
	// MaxSession is the longest session time that counts.
	MaxSession = 7 * 24 * time.Hour
)

// The errors of a login.
var (
	// ErrProbeAgain means that the gateway wants the client to repeat the connectivity check.
	ErrProbeAgain = errors.New("the gateway wants another connectivity check")
	// ErrNoMessage means that a response has no WISPr message of the expected type.
	ErrNoMessage = errors.New("the gateway's response has no WISPr message")
	// ErrPending means that there is no result after all polls, or no URL to poll.
	ErrPending = errors.New("the gateway has no result")
)

// Client speaks WISPr over one session.
type Client struct {
	// Session decides which requests are allowed. The login URL comes from the network, so
	// the caller must check its host before: see [portal.HostList].
	Session *portal.Session
	// Sleep waits until the context ends or the time is over; nil uses the clock.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Credentials are a user's account at one operator.
type Credentials struct {
	User     portal.Value
	Password portal.Value // a [portal.Secret]
}

// FindRedirect follows Proxy messages up to a Redirect, which may be m itself. Errors:
// [ErrProbeAgain] for a Proxy without a URL, [ErrNoMessage], and those of the session.
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
			return Message{}, fmt.Errorf("find login: %w", ErrProbeAgain)
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
	return Message{}, fmt.Errorf("find login: more than %d WISPr Proxy messages", maxRounds)
}

// Login posts the credentials to the login URL of a Redirect and polls until there is a
// result. Origin is the URL whose request the gateway intercepted. A login that was begun
// and does not succeed is aborted if the gateway supports it. Errors: [ErrNoMessage],
// [ErrPending], and those of the session.
func (c *Client) Login(ctx context.Context, redirect Message, credentials Credentials, origin string) (Answer, error) {
	c.Session.SetStep("login")
	two := redirect.OffersVersion2()
	answer := Answer{Code: CodeUnknown}
	page, err := c.Session.Post(ctx, redirect.LoginURL(), portal.Body{Form: form(credentials, origin, two)})
	if neverSent(err) {
		return Answer{}, fmt.Errorf("log in: %w", err)
	}
	if err == nil {
		answer, err = c.result(ctx, page, two)
	}
	if abort := redirect.first("AbortLoginURL"); abort != "" && !answer.Succeeded() {
		late, ok := c.abort(ctx, abort)
		if ok && answer.Code != LoginRejected { // a rejection is one, whatever the gateway says of the abort
			return late, nil
		}
	}
	if err != nil {
		return Answer{}, fmt.Errorf("log in: %w", err)
	}
	return answer, nil
}

// neverSent reports whether the session refused to send a request.
func neverSent(err error) bool {
	_, secret := errors.AsType[*portal.SecretError](err)
	_, host := errors.AsType[*portal.HostError](err)
	return secret || host
}

// form returns the fields of a login (WISPr 1.0, section 8.2).
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
