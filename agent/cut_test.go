package agent_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// A portal repeats a secret where the probe cuts an address: the half of it that is left is masked too.
func TestHalfASecretIsMaskedWhereTheProbeCuts(t *testing.T) {
	for left := 3; left < len("swordfish"); left++ {
		t.Run(strconv.Itoa(left), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				detail := "302 to http://portal.test/"
				s, as := cancelledLogin(t, "http://portal.test/"+strings.Repeat("x", 200-len(detail)-len("/")-left)+"/swordfish")
				defer s.stop()
				status, err := json.Marshal(as)
				if err != nil {
					t.Fatal(err)
				}
				for place, text := range map[string]string{"status": string(status), "log": s.log.String()} {
					if strings.Contains(text, "swo") {
						t.Errorf("%d bytes before the cut are in the %s", left, place)
					}
				}
			})
		})
	}
}
