package agent_test

import (
	"sync/atomic"
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
		var worked, changed atomic.Int32
		stop := s.agent.ListenWork(func() { worked.Add(1) })
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.PresentingUI)
		defer s.agent.Listen(func(agent.Transition) { changed.Add(1) })()
		before, requests := worked.Load(), len(hotspot.Log())
		time.Sleep(time.Hour)
		synctest.Wait()
		if worked.Load() <= before || changed.Load() > 0 || len(hotspot.Log()) == requests {
			t.Errorf("told %d times of work and %d times of changes during %d requests", worked.Load()-before, changed.Load(), len(hotspot.Log())-requests)
		}
		stop()
		before = worked.Load()
		time.Sleep(time.Hour)
		synctest.Wait()
		if worked.Load() != before {
			t.Error("told after the stop")
		}
	})
}
