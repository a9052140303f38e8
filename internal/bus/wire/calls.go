package wire

import (
	"sync"
	"time"
)

// Calls bounds the method calls that a connection has under way. A call is under way from its decoding
// until its answer is written: godbus starts a goroutine for each, and the answers wait for each other.
// Only callers that want an answer get through: the bus bounds how many answers a connection waits for,
// but not how many calls it sends for which it wants none.
//
// The bounds share the agent among users. Whose connection it is has to be asked of the bus, so a connection
// of which that is not known yet has few calls.
type Calls struct {
	Signatures []string // of the arguments that methods take; a call with others is not decoded
	Body       int      // of a call, in bytes
	Total      int      // of all callers
	User       int      // of all connections of one user
	Sender     int      // of one connection
	Stranger   int      // of one connection whose user is not known
	Answers    int      // to one user who is not trusted, in bytes per second; 0: no bound
	Longest    int      // of the answers that come after a pause, in bytes

	mu      sync.Mutex
	pending map[call]int
	senders map[string]*sender // that have calls under way
	users   map[uint32]int     // calls of those senders whose user is known
	total   int
	budgets map[payee]*budget
	refused int       // answers in the second that began at began
	began   time.Time // of that second
}

// call names a call: a connection has another serial for each.
type call struct {
	sender string
	serial uint32
}

// sender is a connection that has calls under way.
type sender struct {
	calls   int
	user    uint32
	isKnown bool // user
	trusted bool // user
}

// payee is a user to whom answers go; the zero value is all who are not known.
type payee struct {
	user    uint32
	isKnown bool
}

// budget is what may still be answered: bytes at a time.
type budget struct {
	left float64
	at   time.Time
}

// maxRefused is how many calls in a second are answered by a refusal: each answer delays those that others wait
// for. Further calls get no answer, so that the bus soon refuses their sender itself.
const maxRefused = 32

// Identify says whose connection a sender is for as long as it has calls under way. It reports
// whether that user's calls are within the bound.
func (c *Calls) Identify(name string, user uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.senders[name]
	if s == nil {
		return true // it is answered already
	}
	if s.isKnown {
		return true
	}
	if c.users[user]+s.calls > c.User {
		return false
	}
	s.user, s.isKnown = user, true
	c.users[user] += s.calls
	return true
}

// Trust says that a sender may have as many answers as it wants for as long as it has calls under way.
func (c *Calls) Trust(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.senders[name]; s != nil {
		s.trusted = true
	}
}

// maxBudgets bounds the users whose answers are counted.
const maxBudgets = 1024

// mayAnswer reports whether an answer to a sender is within the pace, and counts it. Answers that nobody reads
// wait in the bus, which reads no more from a sender of too many: without a pace anyone could make it
// stop reading the agent.
func (c *Calls) mayAnswer(name string, size int, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.senders[name]
	if c.Answers == 0 || s == nil || s.trusted {
		return true
	}
	to := payee{s.user, s.isKnown}
	b := c.budgets[to]
	if b == nil {
		if len(c.budgets) >= maxBudgets || c.budgets == nil {
			c.budgets = map[payee]*budget{}
		}
		b = &budget{float64(c.Longest), now}
		c.budgets[to] = b
	}
	earned := min(now.Sub(b.at), time.Hour).Seconds() * float64(c.Answers)
	b.left, b.at = min(b.left+earned, float64(c.Longest)), now
	if float64(size) > b.left {
		return false
	}
	b.left -= float64(size)
	return true
}

// admits reports whether there may be another call of a sender.
func (c *Calls) admits(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.senders[name]
	switch {
	case c.total >= c.Total:
		return false
	case s == nil:
		return c.Stranger > 0
	case s.isKnown:
		return s.calls < c.Sender && c.users[s.user] < c.User
	}
	return s.calls < c.Stranger
}

// begin counts a call.
func (c *Calls) begin(name string, serial uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending == nil {
		c.pending, c.senders, c.users = map[call]int{}, map[string]*sender{}, map[uint32]int{}
	}
	s := c.senders[name]
	if s == nil {
		s = &sender{}
		c.senders[name] = s
	}
	s.calls++
	if s.isKnown {
		c.users[s.user]++
	}
	c.total++
	c.pending[call{name, serial}]++
}

// end is the answer to a call, if it was counted.
func (c *Calls) end(name string, serial uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := call{name, serial}
	s := c.senders[name]
	if s == nil || c.pending[key] == 0 {
		return
	}
	if c.pending[key]--; c.pending[key] == 0 {
		delete(c.pending, key)
	}
	if s.calls--; s.calls == 0 {
		delete(c.senders, name)
	}
	if s.isKnown {
		if c.users[s.user]--; c.users[s.user] == 0 {
			delete(c.users, s.user)
		}
	}
	c.total--
}

// mayRefuse reports whether one more refusal may be answered, and counts it.
func (c *Calls) mayRefuse(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.began) >= time.Second {
		c.began, c.refused = now, 0
	}
	c.refused++
	return c.refused <= maxRefused
}
