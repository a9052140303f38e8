package wispr

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotspot-helper/portal"
)

func TestType(t *testing.T) {
	for body, want := range map[string]string{
		write(Redirect, NoError):                    "Redirect",
		write(Proxy, ProxyRepeat):                   "Proxy",
		write(EAPReply, EAPContinues):               "EAPAuthenticationReply",
		"<WISPAccessGatewayParam><logoffreply><a/>": "LogoffReply",
		"<WISPAccessGatewayParam><StatusReply/><Proxy/><AbortLoginReply/><Redirect/>": "Redirect",
		"<WISPAccessGatewayParam><MessageType>7":                                      "unknown(7)",
		"<WISPAccessGatewayParam><ResponseCode>50":                                    "unknown(0)",
		"<WISPAccessGatewayParam><MessageType>x<a/>":                                  "unknown(0)",
	} {
		if got := read(t, body).Type().String(); got != want {
			t.Errorf("%s is %s, want %s", body, got, want)
		}
	}
}

func TestCode(t *testing.T) {
	for body, want := range map[string]string{
		write(PollReply, LoginSucceeded):                    "login succeeded",
		write(PollReply, 77):                                "unknown(77)",
		"<WISPAccessGatewayParam><ResponseCode>-3":          "no code",
		"<WISPAccessGatewayParam><a/>":                      "no code",
		"<WISPAccessGatewayParam><ResponseCode/><b/>":       "no code",
		"<WISPAccessGatewayParam><ResponseCode>9999999999x": "no code",
	} {
		if got := read(t, body).Code().String(); got != want {
			t.Errorf("%s says %q, want %q", body, got, want)
		}
	}
}

func TestSpeaksTwo(t *testing.T) {
	for version, want := range map[string]bool{"2.0": true, "3": true, "1.0": false, "": false, "x": false} {
		if read(t, offer(tag("VersionHigh", version))).OffersVersion2() != want {
			t.Errorf("version %q", version)
		}
	}
}

func TestTextIsBounded(t *testing.T) {
	text := read(t, write(PollReply, LoginRejected, tag("ReplyMessage", strings.Repeat("ä ", 500)))).Text(func(s string) string { return s })
	if n := len([]rune(text)); n != 201 || !strings.HasSuffix(text, "…") {
		t.Errorf("%d characters", n)
	}
}

func TestSessionTime(t *testing.T) {
	for _, test := range []struct {
		kind Type
		text string
		want time.Duration
	}{
		{AuthenticationReply, "60", time.Minute},
		{AuthenticationReply, "3600", time.Hour},
		{PollReply, "60", time.Minute},
		{PollReply, "3600", 0},
		{PollReply, "-5", 0},
		{PollReply, "99999999", MaxSession},
		{PollReply, "soon", 0},
	} {
		if got := read(t, write(test.kind, LoginSucceeded, tag("MaxSessionTime", test.text))).sessionTime(); got != test.want {
			t.Errorf("%s in a %v: %v, want %v", test.text, test.kind, got, test.want)
		}
	}
}

// FuzzClient: for any answers of a gateway, a login ends, sends a bounded number of requests, and
// no error has the password.
func FuzzClient(f *testing.F) {
	f.Add(offer(), write(AuthenticationReply, Pending, tag("LoginResultsURL", resultsURL)), write(PollReply, LoginRejected, tag("ReplyMessage", "s3cret word")))
	f.Add(write(Proxy, ProxyRepeat, tag("NextURL", "https://op.test/")), offer(), "<WISPAccessGatewayParam><ResponseCode>201<Delay>1")
	f.Fuzz(func(t *testing.T, first, second, third string) {
		m, ok := Find(first)
		if !ok {
			return
		}
		g := &anyGateway{answers: []string{second, third}}
		client := newClient(t, g)
		client.Sleep = noSleep
		redirect, err := client.FindRedirect(t.Context(), m)
		if err == nil {
			_, err = client.Login(t.Context(), redirect, ada, "http://check.test/")
		}
		if err != nil && strings.Contains(err.Error(), "s3cret word") {
			t.Error(err)
		}
		if g.requests > portal.MaxRequests {
			t.Errorf("%d requests", g.requests)
		}
	})
}

// anyGateway gives its answers in turn to any requests.
type anyGateway struct {
	answers  []string
	requests int
}

func (g *anyGateway) RoundTrip(*http.Request) (*http.Response, error) {
	body := g.answers[g.requests%len(g.answers)]
	g.requests++
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }
