package desktop

import (
	"testing"

	"github.com/godbus/dbus/v5"
)

func TestYields(t *testing.T) {
	t.Parallel()
	const me, other = 1000, 1001
	alice, bob := sitter{me, "alice", "user"}, sitter{other, "bob", "user"}
	login := sitter{120, "gdm", "greeter"}
	for name, test := range map[string]struct {
		sitting []sitter
		yields  bool
	}{
		"nobody sits there":            {nil, false},
		"this user does":               {[]sitter{alice}, false},
		"another user does":            {[]sitter{bob}, true},
		"a login screen is shown":      {[]sitter{login}, false},
		"both, each at a seat":         {[]sitter{bob, alice}, false},
		"another user, login screen":   {[]sitter{bob, login}, true},
		"background of another's user": {[]sitter{{other, "bob", "background"}}, false},
	} {
		if why := yields(me, test.sitting); (why != "") != test.yields || test.yields && why != "bob sits at this computer, whose agent logs in" {
			t.Errorf("%s: %q", name, why)
		}
	}
}

// session is an object as logind names it.
type session struct {
	Name string
	Path dbus.ObjectPath
}

// The agent is told when another user sits down at the computer, and when its own does again: also by a logind
// that comes later, and not by one that left.
func TestSeats(t *testing.T) {
	s := newStage(t)
	s.run(1000)
	const seat = dbus.ObjectPath("/org/freedesktop/login1/seat/seat0")
	const wait = "yield: bob sits at this computer, whose agent logs in"
	alice, bob := session{"1", "/session/1"}, session{"2", "/session/2"}
	for range 2 {
		conn := s.connect()
		s.properties(conn, logindPath, logindManager, map[string]any{"PreparingForSleep": false})
		s.methods(conn, logindPath, logindManager, map[string]any{
			"ListSeats": func() ([]session, *dbus.Error) { return []session{{"seat0", seat}}, nil },
		})
		active := s.properties(conn, seat, logindService+".Seat", map[string]any{"ActiveSession": bob})
		for path, user := range map[dbus.ObjectPath]sitter{alice.Path: {1000, "alice", "user"}, bob.Path: {1001, "bob", "user"}} {
			s.properties(conn, path, logindService+".Session", map[string]any{
				"User": struct {
					UID  uint32
					Path dbus.ObjectPath
				}{user.user, "/user"},
				"Name": user.name, "Class": user.class,
			})
		}
		sits := func(who session) { active.SetMust(logindService+".Seat", "ActiveSession", who) }
		s.own(conn, logindService)
		s.want(wait)
		sits(alice)
		s.want("yield: ")
		sits(session{"", "/"}) // nobody
		sits(bob)
		s.want(wait)
		s.daemon.Stop()
		s.want("yield: ")
		s.daemon.Start()
	}
}
