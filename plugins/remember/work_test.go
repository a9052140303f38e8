package remember_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/remember"
)

// costly returns a recording that is small in bytes and great in work: many controls, buttons and fields.
func costly(t *testing.T) *record.Capture {
	known := &record.Typed{}
	for i := range 200 {
		known.Controls = append(known.Controls, typedInto(fmt.Sprintf("c%d", i), "text", fmt.Sprintf("typed-%d", i)))
	}
	var page, sent strings.Builder
	page.WriteString("<form method=post action=/go><input name=user>")
	for i := range 1000 {
		fmt.Fprintf(&page, "<input type=submit name=b%d>", i)
	}
	page.WriteString("</form>")
	var entries []*record.Entry
	for i := range 20 {
		sent.Reset()
		fmt.Fprintf(&sent, "a%d=typed-1", i)
		for k := range 99 {
			fmt.Fprintf(&sent, "&d%d=%032x", k, i*1000+k)
		}
		entries = append(entries, posted("http://portal.test/go", sent.String(), page.String()))
	}
	return live(t, known, "http://portal.test/", append([]*record.Entry{opened("http://portal.test/", page.String())}, entries...)...)
}

// A recording that takes too much work is refused, and drafting ends with its context.
func TestDraftingIsBounded(t *testing.T) {
	c := costly(t)
	_, err := store(t).Draft(t.Context(), c, remember.Visit{Network: guest})
	if refusal, ok := errors.AsType[*remember.Refusal](err); !ok || refusal.Reason != remember.ReasonTooMuch {
		t.Errorf("%v, want %q", err, remember.ReasonTooMuch)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := store(t).Draft(ctx, c, remember.Visit{Network: guest}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}
