package flow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/portal"
)

// timed runs the flow in a synctest bubble and returns how long it took.
func timed(t *testing.T, text string, handler http.Handler) (took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := mustParse(t, text)
		start := time.Now()
		_, err = f.Run(t.Context(), newSession(t, f, handler), Env{Terms: agreed})
		took = time.Since(start)
	})
	return took, err
}

// hanging never responds, except on the given paths.
func hanging(quick ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, path := range quick {
			if r.URL.Path == path {
				w.Header().Set("Refresh", "5; url=/hang")
				return
			}
		}
		<-r.Context().Done()
	}
}

func TestPause(t *testing.T) {
	took, err := timed(t, head+"[[step]]\nid='a'\nopen='http://a.test/'\n[[step]]\nid='b'\nwait={seconds=60}\n", &answers{})
	if err != nil || took != time.Minute {
		t.Errorf("got %v after %v", err, took)
	}
}

func TestFollowMetaWaits(t *testing.T) {
	for seconds, want := range map[int]time.Duration{3: 3 * time.Second, 10: 10 * time.Second, 1000: maxRefresh} {
		page := answer{header: map[string]string{"Refresh": fmt.Sprintf("%d; url=/x", seconds)}}
		took, err := timed(t, head+"[[step]]\nid='a'\nopen='http://a.test/'\n[[step]]\nid='b'\nfollow='meta'\n", &answers{pages: map[string]answer{"GET /": page}})
		if err != nil || took != want {
			t.Errorf("delay of %d s: %v after %v, want %v", seconds, err, took, want)
		}
	}
}

const pollFlow = head + `[[step]]
id = "poll"
wait = { open = "http://a.test/", every = 2, at_most = 30, until = [{ css = "b" }] }
`

func TestPoll(t *testing.T) {
	count := 0
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch count++; {
		case count == 3:
			w.Header().Set("Location", r.URL.String()) // a loop: the session gives up on it
			w.WriteHeader(http.StatusFound)
		case count >= 6:
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<b>on</b>"))
		}
	})
	took, err := timed(t, pollFlow, handler)
	if err != nil || took != 10*time.Second || count != 6 {
		t.Errorf("got %v after %v and %d requests", err, took, count)
	}
}

func TestPollGivesUp(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.Handler
		text    string
		want    string
		took    time.Duration
	}{
		{"never as wanted", &answers{pages: map[string]answer{"GET /": html200("<title>Off</title>")}}, pollFlow, `step "poll" at http://a.test/: wait 30s: want css "b"; found nothing on the page "Off" (status 200)`, 30 * time.Second},
		{"never an answer", hanging(), pollFlow, `step "poll": wait 30s: `, 30 * time.Second},
		{"last response is reported", hanging("/"), head + "[[step]]\nid='a'\nopen='http://a.test/'\n[[step]]\nid='poll'\nwait = { open = '/x', every = 1, at_most = 5, until = [{ css = 'b' }] }\n", `wait 5s: `, 5 * time.Second},
		{"not among the hosts", hanging(), strings.Replace(pollFlow, "http://a.test", "http://b.test", 1), `talk to host "b.test": not among the hosts of this session`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			took, err := timed(t, c.text, c.handler)
			if err == nil || !strings.Contains(err.Error(), c.want) || took != c.took {
				t.Errorf("got  %v after %v\nwant %s after %v", err, took, c.want, c.took)
			}
		})
	}
}

// A flow ends even if the portal never responds.
func TestHangingPortal(t *testing.T) {
	open := "[[step]]\nid='zero'\nopen='http://a.test/quick'\n"
	for _, step := range []string{
		"open = '/hang'", "follow = 'meta'", "post = '/hang'\nform = {}", "post = '/hang'\njson = {}",
	} {
		took, err := timed(t, head+open+"[[step]]\nid='one'\n"+step+"\n", hanging("/quick"))
		if err == nil || !strings.Contains(err.Error(), "step takes longer than 1m0s") && !errors.Is(err, context.DeadlineExceeded) || took > portal.StepTimeout {
			t.Errorf("%s: %v after %v", step, err, took)
		}
	}
}

func TestFlowTimeout(t *testing.T) {
	text := head + "[[step]]\nid='first'\nopen='http://a.test/'\n"
	for i := range 20 {
		text += fmt.Sprintf("[[step]]\nid='s%d'\nwait={seconds=60}\n", i)
	}
	took, err := timed(t, text, &answers{})
	if err == nil || !strings.Contains(err.Error(), `step "s4" at http://a.test/: flow takes longer than 5m0s`) && !strings.Contains(err.Error(), `step "s5" at http://a.test/: flow takes longer than 5m0s`) || took != portal.FlowTimeout {
		t.Errorf("got %v after %v", err, took)
	}
}

// The link is gone: the run ends at once, and its error says so.
func TestCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := mustParse(t, head+"[[step]]\nid='a'\nopen='http://a.test/'\n")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		_, err := f.Run(ctx, newSession(t, f, hanging()), Env{})
		if !errors.Is(err, context.Canceled) || strings.Count(err.Error(), "context canceled") != 1 || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}
