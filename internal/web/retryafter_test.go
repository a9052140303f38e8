package web_test

import (
	"net/http"
	"testing"
	"time"

	"hotspot-helper/internal/web"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const date = "Fri, 02 Jan 2026 03:14:05 GMT"
	soon := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	for name, test := range map[string]struct {
		status      int
		retry, date string
		after       time.Duration
		busy        bool
	}{
		"another status":              {200, "90", "", 0, false},
		"an error":                    {500, "90", "", 0, false},
		"it does not say":             {503, "", "", 0, true},
		"seconds":                     {503, "90", "", 90 * time.Second, true},
		"too many requests":           {429, " 5 ", "", 5 * time.Second, true},
		"at once":                     {429, "0", "", time.Second, true},
		"long":                        {503, "86400", "", 10 * time.Minute, true},
		"endless":                     {503, "99999999999999999999999", "", 0, true},
		"negative":                    {503, "-5", "", 0, true},
		"no number":                   {503, "soon", "", 0, true},
		"a date":                      {503, date, "Fri, 02 Jan 2026 03:12:05 GMT", 2 * time.Minute, true},
		"a date that has passed":      {503, date, "Fri, 02 Jan 2026 03:15:05 GMT", time.Second, true},
		"a date, of an unknown clock": {503, soon, "", 10 * time.Minute, true},
	} {
		header := http.Header{"Retry-After": {test.retry}, "Date": {test.date}}
		if after, busy := web.RetryAfter(test.status, header); after != test.after || busy != test.busy {
			t.Errorf("%s: %v, %t; want %v, %t", name, after, busy, test.after, test.busy)
		}
	}
}
