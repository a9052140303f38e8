package clickthrough

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"hotspot-helper/internal/web"
)

// costlyPages are cheap to send, and have much to compare when a price is looked for.
func costlyPages() map[string]string {
	const form = "<form method=post action=/go>"
	return map[string]string{
		"prices beside buttons":   "<div><input type=radio name=x>" + strings.Repeat("<p>5€</p>", 500) + "</div>" + strings.Repeat("<div>", 450) + form + strings.Repeat("<button>OK</button>", 200) + "</form>",
		"deep buttons, one price": "<div><p>5€</p><input type=radio name=x></div>" + strings.Repeat("<div>", 450) + form + strings.Repeat("<input type=submit style=display:none>", 1800) + "</form>",
		"fields and values":       form + strings.Repeat("<input type=hidden name=a value=b>", 1800) + "</form>",
		"options and values":      form + "<select name=a>" + strings.Repeat("<option value=b>c", 3000) + "</select></form>",
	}
}

// Looking for prices takes counted work, and what is not read as a whole counts as something that costs.
func TestCostIsCounted(t *testing.T) {
	t.Parallel()
	values := map[string][]string{"a": {"x"}}
	for range 4000 {
		values["a"] = append(values["a"], "y")
	}
	for name, body := range costlyPages() {
		page := pageOf(body)
		search := web.NewSearch(t.Context(), MaxWork)
		got := Cost(search, page, Use{Form: page.Forms()[0].Node(), Sent: values})
		if got != notReadForPrices || !errors.Is(search.Err(), web.ErrTooMuchWork) {
			t.Errorf("%s: %q, %v", name, got, search.Err())
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	for name, got := range map[string]string{
		"cost":    Cost(web.NewSearch(ended, MaxWork), pageOf("<form><button>OK</button></form>"), Use{}),
		"receipt": Receipt(web.NewSearch(t.Context(), 1), pageOf("<p>Welcome")),
	} {
		if got != notReadForPrices {
			t.Errorf("%s after the end: %q", name, got)
		}
	}
}

// The texts of a page are joined once, whatever their number.
// It measures what the process allocates, so it is not parallel.
func TestStatementsAreJoinedOnce(t *testing.T) {
	const most = 256 << 20
	Load()
	for name, body := range map[string]string{
		"paragraphs": strings.Repeat("<p>abc", 19_990),
		"lines":      strings.Repeat("a<br>", 16_000),
		"elements":   strings.Repeat("<i>abc", 400) + strings.Repeat("<b>abc</b>", 12_000),
	} {
		page := pageOf(body)
		page.Document()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Cost(web.NewSearch(t.Context(), 100*MaxWork), page, Use{})
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > most {
			t.Errorf("%s: %d MiB", name, used>>20)
		}
	}
}
