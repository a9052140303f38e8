package portal

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"hotspot-helper/internal/redact"
)

// fullOfTokens returns a URL of almost 16 KiB with a thousand values.
func fullOfTokens(number int) string {
	var u strings.Builder
	u.WriteString("http://gw.test/off?")
	for i := 0; u.Len() < 16000; i++ {
		fmt.Fprintf(&u, "a=%08x&", uint32((number*2000+i)*2654435761))
	}
	return u.String()
}

// Tokens cost work in proportion to their number, and a bounded amount of memory, also if each is
// followed by a text to mask. Nothing of what is too much is shown.
func TestManyTokens(t *testing.T) {
	const most = 64 << 20 // bytes, allocated for 957 KiB of URLs; compiled each time, they were gigabytes
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := &redactor{}
	for i := range 60 {
		r.declareTokens([]string{fullOfTokens(i)})
		r.redact("open")
	}
	runtime.ReadMemStats(&after)
	if size := after.TotalAlloc - before.TotalAlloc; size > most {
		t.Errorf("%d MiB allocated", size>>20)
	}
	last := fullOfTokens(59)
	for _, text := range []string{last, "id " + last[len(last)-9:], "get http://gw.test/"} {
		if got := r.redact(text); got != redact.Mask {
			t.Errorf("%s is shown as %s", text, got)
		}
	}
	if got := r.redact("login"); got != "login" {
		t.Errorf("a text without room for a token is shown as %s", got)
	}
	if whole := r.declaredTokens(); len(whole) != 60 {
		t.Errorf("%d texts declared", len(whole))
	}
	if got := r.redactSecrets("get http://gw.test/"); got != "get http://gw.test/" {
		t.Errorf("what has no secret is shown as %s", got)
	}
	r.declare([]Value{Secret("swordfish")})
	if got := r.redactSecrets("say swordfish"); got != "say "+redact.Mask || !r.contains("swordfish") {
		t.Errorf("a later secret is shown: %s", got)
	}
}

// Up to the limits, each is masked by itself. A flow declares many before one is needed: they are
// compiled once.
func TestTokensAreCompiledWhenNeeded(t *testing.T) {
	const most = 32 << 20 // bytes; compiled at each declaration, they are ten times as much
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := &redactor{}
	for i := range 900 {
		r.declareTokens([]string{fmt.Sprintf("token-%08x-%0100d", i, i)})
	}
	got := r.redact(fmt.Sprintf("get token-%08x-%0100d here", 899, 899))
	runtime.ReadMemStats(&after)
	if size := after.TotalAlloc - before.TotalAlloc; size > most {
		t.Errorf("%d MiB allocated", size>>20)
	}
	if want := "get " + redact.Mask + " here"; got != want {
		t.Errorf("got %s", got)
	}
}
