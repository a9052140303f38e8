package consent_test

import (
	"encoding/json"
	"testing"

	"hotspot-helper/consent"
)

func TestAnswer(t *testing.T) {
	for answer, want := range map[consent.Answer]string{consent.Ask: "ask", consent.Always: "always", consent.Never: "never", 9: "unknown(9)"} {
		text, err := json.Marshal(answer)
		if err != nil || string(text) != `"`+want+`"` {
			t.Errorf("answer %d is %s, %v", answer, text, err)
		}
		var back consent.Answer
		if err := back.UnmarshalText([]byte(want)); (err == nil) != (answer != 9) || err == nil && back != answer {
			t.Errorf("%q is read as %v, %v", want, back, err)
		}
	}
}
