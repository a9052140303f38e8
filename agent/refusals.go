package agent

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/wifi"
)

// refusal says that a portal refused what the user gave a helper. The same values are not
// sent again to any network before the user asks for a login.
type refusal struct {
	Helper  string        `json:"helper"`
	Maker   maker.Maker   `json:"maker"`
	Network wifi.Identity `json:"network"` // whose portal it was
	Inputs  []string      `json:"inputs"`  // names of the values, sorted
	Salt    []byte        `json:"salt"`
	// Digest is PBKDF2 truncated to 16 bits, so it cannot confirm a guess; 1 in 65536 new
	// values is mistaken for the refused one.
	Digest []byte    `json:"digest"`
	Time   time.Time `json:"time"`
}

const (
	digestRounds = 50_000 // of PBKDF2; some 10 ms
	digestSize   = 2      // bytes
	maxRefusals  = 200    // in the file
	maxPerHelper = 8
	// answered is how long a refusal answers a request for a login with the same values too: a
	// change of an input makes the agent log in by itself, before the user asks for it.
	answered = 10 * time.Second
)

// newRefusal returns nil if the helper used no value of the user's.
func newRefusal(id maker.ID, n wifi.Identity, given map[string]portal.Value) *refusal {
	if len(given) == 0 {
		return nil
	}
	r := &refusal{
		Helper: id.Helper, Maker: id.Maker, Network: n, Inputs: slices.Sorted(maps.Keys(given)),
		Salt: make([]byte, 16), Time: time.Now().UTC().Truncate(time.Second),
	}
	_, _ = rand.Read(r.Salt) // never fails
	r.Digest = r.digest(given)
	return r
}

// digest returns nil if the salt is none that [newRefusal] makes.
func (r *refusal) digest(given map[string]portal.Value) []byte {
	var all []byte
	for _, name := range r.Inputs {
		for _, text := range []string{name, given[name].Reveal()} {
			all = binary.BigEndian.AppendUint32(all, uint32(len(text)))
			all = append(all, text...)
		}
	}
	sum, err := pbkdf2.Key(sha256.New, string(all), r.Salt, digestRounds, digestSize)
	if err != nil {
		return nil
	}
	return sum
}

func (r *refusal) isOf(id maker.ID) bool { return r.Helper == id.Helper && r.Maker == id.Maker }

// addRefusal keeps a refusal. The oldest ones are forgotten.
func (s *Store) addRefusal(r refusal) {
	s.alter(func(c *contents) {
		c.refusals = append(slices.Clone(c.refusals), r)
		of := func(other refusal) bool { return other.Helper == r.Helper && other.Maker == r.Maker }
		for count(c.refusals, of) > maxPerHelper {
			i := slices.IndexFunc(c.refusals, of)
			c.refusals = slices.Delete(c.refusals, i, i+1)
		}
		c.refusals = c.refusals[max(0, len(c.refusals)-maxRefusals):]
	})
}

func count[T any](list []T, holds func(T) bool) (n int) {
	for _, value := range list {
		if holds(value) {
			n++
		}
	}
	return n
}

// clearRefusals removes that a helper was refused: its values anywhere, itself on this network.
func (s *Store) clearRefusals(n wifi.Identity, id maker.ID) {
	for _, key := range []string{n.String(), nameKey(n)} {
		s.change(key, func(r *record) {
			r.CredentialsRefused = slices.DeleteFunc(r.CredentialsRefused, func(name string) bool { return name == id.Helper })
		})
	}
	if len(s.refusalsOf(id)) > 0 {
		s.alter(func(c *contents) {
			c.refusals = slices.DeleteFunc(slices.Clone(c.refusals), func(r refusal) bool { return r.isOf(id) })
		})
	}
}

func (s *Store) refusalsOf(id maker.ID) []refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.refusals), func(r refusal) bool { return !r.isOf(id) })
}

// isRefused reports whether a helper's values were refused before, here or elsewhere. What
// cannot be read now is not known to be refused: it is not sent either. A helper that was
// refused here and whose values are not known, since it used none or the record is of an
// earlier version, is refused.
func (s *Store) isRefused(n wifi.Identity, id maker.ID, read func(name string) (portal.Value, bool, error)) bool {
	knowsValues := false
	for _, r := range s.refusalsOf(id) {
		knowsValues = knowsValues || r.Network == n
		given := map[string]portal.Value{}
		for _, name := range r.Inputs {
			if value, ok, err := read(name); ok && err == nil {
				given[name] = value
			}
		}
		if len(given) == len(r.Inputs) && slices.Equal(r.digest(given), r.Digest) {
			return true
		}
	}
	return !knowsValues && s.credentialsRefused(n, id.Helper)
}

// errRefusedBefore says why a keepalive does not get what the user gave the helper.
var errRefusedBefore = errors.New("it was refused before, so it is not sent again before you ask for a login or give another one")

// refusedBefore returns a function that reports whether what the user gave a helper was refused before. It is
// called outside the loop.
func (a *Agent) refusedBefore(helper plugins.Helper, n wifi.Identity) func() bool {
	inputs := a.settings.Inputs
	return func() bool {
		a.store.refresh()
		return a.store.isRefused(n, plugins.Identity(helper), func(name string) (portal.Value, bool, error) {
			if inputs == nil {
				return portal.Value{}, false, nil
			}
			return inputs(helper, name)
		})
	}
}

// checkRefused completes the event of a picked helper in its own goroutine: another program may
// have written the memory file, and a keyring may be slow. The event is masked with the used secrets.
func (a *Agent) checkRefused(ctx context.Context, as *association, used redactors, e event) {
	helper, err := a.settings.Registry.Helper(e.helper)
	if err != nil {
		a.handleMasked(ctx, as, used, e)
		return
	}
	isRefused := a.refusedBefore(helper, as.identity)
	a.start(ctx, as, func(context.Context, func(func())) func(context.Context) {
		e.credentialsRefused = isRefused()
		return func(ctx context.Context) {
			e.justRefused = e.credentialsRefused && !as.login.refused.IsZero() && isWithin(wallClock().Sub(as.login.refused), answered)
			switch {
			case e.justRefused:
				left := answered - wallClock().Sub(as.login.refused)
				e.cause.Text += fmt.Sprintf("; a moment ago: %s; the same is not sent again so soon: change it, or ask again in %d s", as.login.said.ended, max(1, int(math.Ceil(left.Seconds()))))
			case e.credentialsRefused && as.state.requested:
				e.cause.Text += "; its credentials were refused before, and are sent again since a login is asked for by hand"
			case e.credentialsRefused:
				e.cause.Text += "; its credentials were refused before, so it waits for a login by hand"
			}
			a.handleMasked(ctx, as, used, e)
		}
	})
}
