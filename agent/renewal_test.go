package agent_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/plugins"
)

// leased is a portal whose sessions last for some time. It tells nobody how long, and gives that time anew to who
// asks shortly before the end.
type leased struct {
	forgetful

	lasts, renewable time.Duration

	leases sync.Mutex
	renews bool
	ends   time.Time
	before time.Time // the end before the last renewal
	gaps   int       // how often a session ended
}

func (l *leased) RoundTrip(r *http.Request) (*http.Response, error) {
	l.leases.Lock()
	defer l.leases.Unlock()
	l.look()
	wasOnline, kept := l.online, l.kept
	response, err := l.forgetful.RoundTrip(r)
	left := time.Until(l.ends)
	if !wasOnline && l.online || l.kept > kept && l.renews && left < l.renewable {
		l.before, l.ends = l.ends, time.Now().Add(l.lasts)
	}
	return response, err
}

// look ends a session whose time is over. The caller holds the lock.
func (l *leased) look() {
	if l.online && !time.Now().Before(l.ends) {
		l.online = false
		l.gaps++
	}
}

// ended returns how many sessions ended, and lets the portal renew from now on.
func (l *leased) ended(renews bool) int {
	l.leases.Lock()
	defer l.leases.Unlock()
	l.look()
	l.renews = renews
	return l.gaps
}

// enter lets a person in.
func (l *leased) enter() {
	l.leases.Lock()
	defer l.leases.Unlock()
	l.online, l.ends = true, time.Now().Add(l.lasts)
}

// A session whose length was learned is renewed before its end, and the status says when the renewed one ends.
func TestASessionIsRenewedBeforeALearnedEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const lasts = 65 * time.Minute
		// The helper looks after 36 to 40 minutes, and then after more than 65.
		s := newStage(t, plugins.Entry{Helper: startPage(t, 40*time.Minute)})
		s.settings.Keepalive = time.Hour
		network := &leased{lasts: lasts, renewable: 8 * time.Minute}
		s.joinCafe(network)
		defer s.stop()
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		for end := time.Now().Add(24 * time.Hour); !s.association("wlan0").ExpiresLearned; time.Sleep(time.Minute) {
			if time.Now().After(end) {
				t.Fatalf("nothing is learned\n%s", &s.log)
			}
		}
		gaps := network.ended(true)
		for range 12 * 60 {
			time.Sleep(time.Minute)
			synctest.Wait()
			if n := network.ended(true) - gaps; n > 0 {
				t.Fatalf("the session ended\n%s", &s.log)
			}
			as := s.association("wlan0")
			if as.Phase != agent.Authenticated || !as.ExpiresLearned {
				t.Fatalf("%v, expected to end: %v\n%s", as.Phase, as.ExpiresLearned, &s.log)
			}
			network.leases.Lock()
			off := min(as.Expires.Sub(network.ends).Abs(), as.Expires.Sub(network.before).Abs()) // that it was renewed shows later
			network.leases.Unlock()
			if off > lasts/10 || time.Since(*as.Expires) > 10*time.Second {
				t.Fatalf("it is said to end %v off: %v\n%s", off, as.Expires, &s.log)
			}
		}
	})
}

// The length of sessions that a person begins is learned, too.
func TestTheLengthOfAPersonsSessionsIsLearned(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const lasts = time.Hour
		s := newStage(t)
		s.settings.Keepalive = 2 * time.Minute
		network := &leased{lasts: lasts}
		s.joinCafe(network)
		defer s.stop()
		for n := range 4 {
			s.want("wlan0", 10*time.Minute, agent.PresentingUI)
			network.enter()
			began := time.Now()
			inWindow(t, s)
			as := s.want("wlan0", 10*time.Second, agent.Authenticated)
			if learned := n >= 2; as.ExpiresLearned != learned {
				t.Fatalf("session %d: expected to end: %v, %v\n%s", n+1, as.ExpiresLearned, as.Expires, &s.log)
			}
			if as.ExpiresLearned && as.Expires.Sub(began.Add(lasts)).Abs() > lasts/20 {
				t.Errorf("session %d of %v: expected to end after %v", n+1, lasts, as.Expires.Sub(began))
			}
			time.Sleep(lasts)
		}
	})
}
