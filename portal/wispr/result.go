package wispr

import (
	"context"
	"fmt"
	"time"

	"hotspot-helper/internal/wait"
	"hotspot-helper/portal"
)

// result reads the reply to a login and polls while the login is pending.
func (c *Client) result(ctx context.Context, page *portal.Page, two bool) (Answer, error) {
	c.Session.SetStep("poll")
	results := ""
	for polls := 0; ; polls++ {
		m, ok := inPage(page, Message.isReply)
		if !ok {
			return Answer{Code: CodeUnknown}, ErrNoMessage
		}
		if m.Code() != Pending {
			return c.answer(m, page, two), nil
		}
		if found := m.first("LoginResultsURL"); found != "" {
			results = found
		}
		if results == "" || polls == maxPolls {
			return Answer{Code: Pending}, ErrPending
		}
		err := c.waitForPoll(ctx, m, polls)
		if err == nil {
			page, err = c.Session.Open(ctx, results)
		}
		if err != nil {
			return Answer{Code: Pending}, err
		}
	}
}

// waitForPoll waits before a poll, except the first: CoovaChilli logs in on that.
func (c *Client) waitForPoll(ctx context.Context, m Message, polls int) error {
	delay := m.seconds("Delay", maxDelay)
	if delay == 0 && polls > 0 {
		delay = pollDelay
	}
	return c.pause(ctx, delay)
}

// abort aborts a pending login, even after its context has ended. It returns the answer if
// the login had succeeded meanwhile.
func (c *Client) abort(ctx context.Context, abortURL string) (Answer, bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
	defer cancel()
	c.Session.SetStep("abort")
	page, err := c.Session.Open(ctx, abortURL)
	if err != nil {
		return Answer{}, false // the error is in the trace
	}
	m, ok := inPage(page, func(m Message) bool { return m.Type() == AbortReply })
	if !ok || m.Code() != LoginSucceeded {
		return Answer{}, false
	}
	return c.answer(m, page, false), true
}

// Logoff ends a session. Errors: [ErrNoMessage], and those of the session.
func (c *Client) Logoff(ctx context.Context, logoffURL string) (Answer, error) {
	c.Session.SetStep("logoff")
	page, err := c.Session.Open(ctx, logoffURL)
	if err != nil {
		return Answer{}, fmt.Errorf("log off: %w", err)
	}
	m, ok := inPage(page, func(m Message) bool { return m.Type() == LogoffReply })
	if !ok {
		return Answer{}, fmt.Errorf("log off: %w", ErrNoMessage)
	}
	return c.answer(m, page, false), nil
}

// inPage returns the first message of a kind in the redirects that led to a page, and in the page.
func inPage(page *portal.Page, wanted func(Message) bool) (Message, bool) {
	for _, p := range append(page.Via[:len(page.Via):len(page.Via)], page) {
		if m, ok := Find(p.Body); ok && wanted(m) {
			return m, true
		}
	}
	return Message{}, false
}

// pause waits until the context ends or the time is over.
func (c *Client) pause(ctx context.Context, delay time.Duration) error {
	switch {
	case delay <= 0:
		return ctx.Err()
	case c.Sleep != nil:
		return c.Sleep(ctx, delay)
	}
	return wait.For(ctx, delay)
}
