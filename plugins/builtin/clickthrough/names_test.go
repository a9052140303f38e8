package clickthrough

import (
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// Long names of controls are read once, whatever the number of controls and buttons.
// It measures what the process allocates, so it is not parallel.
func TestNamesAreReadOnce(t *testing.T) {
	const size, most = 1 << 20, 128 << 20
	for _, part := range []string{
		`<input type=email required name="%d%s"><hr>`,
		`<input type=checkbox name="%d%s"><hr><button>Go</button>`,
		`<input type=radio name="%d%s"><hr>`,
	} {
		count := 380
		if strings.Contains(part, "button") {
			count /= 2
		}
		var body strings.Builder
		body.WriteString("<form method=post action=/go>")
		for i := range count {
			fmt.Fprintf(&body, part, i, strings.Repeat("aB_", size/count/3))
		}
		body.WriteString("<button>Continue</button></form>")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = Find(t.Context(), &portal.Page{URL: &url.URL{Scheme: "http", Host: "a.test", Path: "/"}, Body: body.String()}, Visitor{Profile: Profile{Name: "Ada", Email: "a@b.test"}})
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > most {
			t.Errorf("%s: %d MiB", part, used>>20)
		}
	}
}
