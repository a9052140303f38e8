package agent_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe/probetest"
)

const sentPIN = "swordfish-2718"

// pinned is a stage at a hotspot that wants credentials, with a stored PIN that is wrong.
func pinned(t *testing.T) (*stage, *portaltest.Hotspot) {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindCredentials, Internet: internet(), Authority: authority})
	s := newStage(t, plugins.Entry{Helper: vendor(t, hotspot)})
	s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
		if input == "pin" {
			return portal.Secret(sentPIN), true, nil
		}
		return portal.Plain("ada"), true, nil
	}
	return s, hotspot
}

// swallowing takes what is posted, and closes the connection without an answer.
func swallowing(h *portaltest.Hotspot) http.RoundTripper {
	return answering{h, func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodPost {
			return nil, nil
		}
		response, err := h.Transport().RoundTrip(r)
		if err != nil {
			return nil, err
		}
		response.Body.Close()
		return nil, io.ErrUnexpectedEOF
	}}
}

// showsNoPIN reports status and log that have the PIN in them.
func (s *stage) showsNoPIN() {
	s.t.Helper()
	status, err := json.Marshal(s.agent.Status())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, text := range []string{string(status), s.log.String(), s.memoryText()} {
		for line := range strings.SplitSeq(text, "\n") {
			if strings.Contains(line, "swordfish") {
				s.t.Errorf("leak: %s", line)
			}
		}
	}
}

// A portal that took a secret has it, also if it neither refused it nor let in. What it repeats after a
// restart of the agent, or after another network, is masked.
func TestAPortalThatOnlyTookTheSecret(t *testing.T) {
	for name, leave := range map[string]func(*stage, *portaltest.Hotspot){
		"restart": func(s *stage, _ *portaltest.Hotspot) {
			s.stop()
			s.wires["wlan0"] = echoing(sentPIN)
			s.start()
		},
		"another network between": func(s *stage, h *portaltest.Hotspot) {
			s.rewire("wlan0", probetest.Transport(internet()))
			s.join("wlan0", "Other", h)
			s.want("wlan0", time.Minute, agent.Authenticated)
			s.rewire("wlan0", echoing(sentPIN))
			s.join("wlan0", "Cafe", h)
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, hotspot := pinned(t)
				s.wires["wlan0"] = swallowing(hotspot)
				s.start()
				defer func() { s.stop() }()
				s.join("wlan0", "Cafe", hotspot)
				s.want("wlan0", 10*time.Minute, agent.PresentingUI)
				if posts(hotspot) == 0 {
					t.Fatal("nothing was sent")
				}
				leave(s, hotspot)
				time.Sleep(time.Minute)
				if as := s.association("wlan0"); as.PortalURL != "http://10.0.0.1/[redacted]/login?pin=…&zone=…" {
					t.Errorf("portal at %q", as.PortalURL)
				}
				s.showsNoPIN()
			})
		})
	}
}

// It is remembered when the secret leaves: an agent that ends before there is any answer knows it.
func TestTheSenderIsKnownBeforeAnAnswer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot := pinned(t)
		var early string
		s.wires["wlan0"] = answering{hotspot, func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodPost {
				return nil, nil
			}
			response, err := hotspot.Transport().RoundTrip(r)
			time.Sleep(time.Second) // of the bubble: the file is written meanwhile
			early = s.memoryText()
			return response, err
		}}
		s.start()
		defer func() { s.stop() }()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", time.Minute, agent.Failed)
		if !strings.Contains(early, `"senders": [`) || !strings.Contains(early, `"vendor"`) {
			t.Errorf("while it was sent: %s", early)
		}
	})
}
