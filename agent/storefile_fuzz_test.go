package agent

import (
	"testing"
	"time"

	"hotspot-helper/internal/maker"
)

// FuzzParseStore checks that a memory that is accepted can be used and written again.
func FuzzParseStore(f *testing.F) {
	f.Add([]byte(`{"version":1,"networks":{"ssid:Cafe":{"outcome":"logged-in","helper":"cafe","refused":["x"],"time":"2026-01-02T03:04:05Z"}}}`))
	f.Add([]byte(`{"version":1,"networks":null,"refusals":[{}]}`))
	f.Add([]byte(`{"version":1,"sessions":[{"helper":"cafe","maker":"user","network":"wifi/open/Cafe","seen":"2026-01-02T03:04:05Z","expires":"2026-01-02T04:04:05Z",
"every_ns":60000000000,"portal_url":"http://a.test/","api":"https://a.test/api","hops":[{"url":"http://c.test/","status":302,"location":"http://a.test/"}],"checks":["http://c.test/"],
"captures":{"t":"1"},"cookies":[{"url":"http://a.test/","set_cookie":"sid=1"}],"left_out":["pin"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := parseStore(data)
		if err != nil {
			return
		}
		s := &Store{contents: read, dirty: make(chan struct{}, 1)}
		n := network("Cafe")
		s.note(n, outcomeDenied, maker.ID{Helper: "cafe", Maker: maker.User})
		s.clearLogoff(n)
		s.noteLogoff(n, "wlan0")
		s.noteJoin(network("Hall"), "wlan0")
		for _, r := range s.sessions {
			if r.check(wallClock()) != nil {
				continue
			}
			restored := r.session(helperNamed(r.Helper), Link{})
			if again := restored.record(r.Network); again == nil || again.check(wallClock()) != nil {
				t.Errorf("session %+v becomes %+v", r, again)
			}
			restored.nextCheck(time.Minute)
			s.dropSession(r.Network)
			s.setSession(&r)
		}
		written, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parseStore(written); err != nil || len(again.networks) != len(s.networks) {
			t.Errorf("%s becomes %s: %v", data, written, err)
		}
	})
}
