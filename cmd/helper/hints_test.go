package main

import (
	"fmt"
	"strings"
	"testing"

	"hotspot-helper/internal/bus"
)

// Who may not ask the agent of the system is told both ways to change that.
func TestHintOfDenial(t *testing.T) {
	hint := (&app{}).hintFor(fmt.Errorf("call GetStatus: %w", bus.ErrDenied))
	for _, want := range []string{"hotspot-helper", "org.hotspothelper.manage"} {
		if !strings.Contains(hint, want) {
			t.Errorf("no %s in %q", want, hint)
		}
	}
}
