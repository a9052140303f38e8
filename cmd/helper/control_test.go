package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/probe"
)

// standstill is an agent whose association never changes.
type standstill struct {
	control

	as agent.Association
}

func (s standstill) Status(context.Context) (agent.Status, error) {
	return agent.Status{Associations: []agent.Association{s.as}}, nil
}

// A request without a result ends within its time, and says what is still under way.
func TestARequestEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, stop := context.WithTimeout(t.Context(), requestTimeout)
		defer stop()
		c := standstill{as: agent.Association{
			Interface: "wlan0", Phase: agent.Authenticating, Helper: "cafe", Step: "login", Verdict: probe.VerdictPortal, Reason: "a check was redirected",
		}}
		_, err := (&app{}).await(ctx, c, nil, "wlan0", answerTime, func(agent.Association) bool { return false })
		const want = `no result after 1m8s: it is authenticating, step "login" of cafe; verdict portal: a check was redirected`
		if err == nil || !strings.Contains(fmt.Sprint(err), want) || ctx.Err() != nil || time.Since(began) > 75*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}
