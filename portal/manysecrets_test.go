package portal_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// A session that has more secrets than it looks for sends nothing any more. Those that it has are masked.
func TestManySecretsEndTheSession(t *testing.T) {
	for name, declare := range map[string]func(s *portal.Session){
		"many": func(s *portal.Session) {
			for i := range 1001 {
				s.Declare(portal.Secret(fmt.Sprintf("secret-%d", i)))
			}
		},
		"long": func(s *portal.Session) {
			s.Declare(portal.Secret("secret-0"), portal.Secret(strings.Repeat("x", 64<<10)))
		},
	} {
		wire := &wires{}
		s := mustSession(t, wire, nil)
		if _, err := s.Open(t.Context(), "https://a.test/"); err != nil || s.SecretsErr() != nil {
			t.Fatal(err, s.SecretsErr())
		}
		declare(s)
		s.Declare(portal.Secret("secret-0"), portal.Plain("plain"))
		if _, err := s.Open(t.Context(), "https://a.test/"); !errors.Is(err, portal.ErrManySecrets) || !strings.Contains(err.Error(), portal.ErrManySecrets.Error()) {
			t.Errorf("%s: error %v", name, err)
		}
		if len(wire.got) != 1 || s.Requests() != 1 || s.Redact("my secret-0 here") != "my [redacted] here" {
			t.Errorf("%s: sent %v, shows %s", name, wire.got, s.Redact("my secret-0 here"))
		}
	}
	s := mustSession(t, &wires{}, nil)
	for range 2 {
		for i := range 1000 {
			s.Declare(portal.Secret(fmt.Sprintf("secret-%d", i)))
		}
	}
	if err := s.SecretsErr(); err != nil {
		t.Errorf("the same again: %v", err)
	}
}
