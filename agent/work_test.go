package agent_test

import (
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/portal/portaltest"
)

// Work is told also where nothing changes, such as a probe that finds the same portal; nothing is told while nothing happens.
func TestListenWork(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindClick, Internet: internet()})
		s.start()
		defer s.stop()
		worked, changed := 0, 0
		stop := s.agent.ListenWork(func() { worked++ })
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.PresentingUI)
		defer s.agent.Listen(func(agent.Transition) { changed++ })()
		synctest.Wait()
		before, requests := worked, len(hotspot.Log())
		time.Sleep(time.Hour)
		synctest.Wait()
		if worked <= before || changed > 0 || len(hotspot.Log()) == requests {
			t.Errorf("told %d times of work and %d times of changes during %d requests", worked-before, changed, len(hotspot.Log())-requests)
		}
		stop()
		before = worked
		time.Sleep(time.Hour)
		synctest.Wait()
		if worked != before {
			t.Error("told after the stop")
		}
	})
}
