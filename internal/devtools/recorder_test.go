package devtools

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/plugins/record"
)

// session is a browser's end of the pipe, and the recorder at the other.
type session struct {
	t         *testing.T
	pipe      net.Conn
	commands  *bufio.Reader
	recorder  *Recorder
	ended     chan error
	navigated func() int
}

func newSession(t *testing.T) *session {
	t.Helper()
	browser, pipe := net.Pipe()
	var mu sync.Mutex
	count := 0
	r := New(pipe, "", func() {
		mu.Lock()
		defer mu.Unlock()
		count++
	})
	s := &session{
		t: t, pipe: browser, commands: bufio.NewReader(browser), recorder: r, ended: make(chan error, 1),
		navigated: func() int {
			mu.Lock()
			defer mu.Unlock()
			return count
		},
	}
	go func() { s.ended <- r.Run(t.Context()) }()
	t.Cleanup(func() { _ = browser.Close() })
	return s
}

// sent is a command as the browser reads it.
type sent struct {
	ID      int64          `json:"id"`
	Session string         `json:"sessionId"`
	Method  string         `json:"method"`
	Params  map[string]any `json:"params"`
}

// next reads the next command, which must have this method.
func (s *session) next(method string) sent {
	s.t.Helper()
	text, err := s.commands.ReadBytes(0)
	if err != nil {
		s.t.Fatal(err)
	}
	var c sent
	if err := json.Unmarshal(text[:len(text)-1], &c); err != nil || c.Method != method {
		s.t.Fatalf("%v: %s, want %s", err, text, method)
	}
	return c
}

// tell writes messages of the browser.
func (s *session) tell(messages ...string) {
	s.t.Helper()
	for _, text := range messages {
		if _, err := io.WriteString(s.pipe, text+"\x00"); err != nil {
			s.t.Fatal(err)
		}
	}
}

// event returns an event of a target.
func event(method, params string) string {
	return fmt.Sprintf(`{"method":%q,"sessionId":"S","params":%s}`, method, params)
}

// attach attaches a page, and reads what the recorder wants of it. It returns the last command.
func (s *session) attach() (last sent) {
	s.t.Helper()
	s.next("Target.setAutoAttach")
	s.tell(`{"method":"Target.attachedToTarget","params":{"sessionId":"S","targetInfo":{"type":"page"},"waitingForDebugger":true}}`)
	for _, method := range []string{
		"Network.enable", "Network.setCacheDisabled", "Page.enable", "Runtime.enable", "Runtime.addBinding", "Page.addScriptToEvaluateOnNewDocument",
		"Target.setAutoAttach", "Runtime.runIfWaitingForDebugger",
	} {
		if last = s.next(method); last.Session != "S" {
			s.t.Errorf("%s goes to %q", method, last.Session)
		}
	}
	return last
}

// page tells of a page that was loaded, and answers the question for its body.
func (s *session) page(id, url, body string) {
	s.t.Helper()
	s.tell(event("Network.requestWillBeSent", fmt.Sprintf(`{"requestId":%q,"type":"Document","request":{"url":%q,"method":"GET","headers":{}}}`, id, url)),
		event("Network.responseReceived", fmt.Sprintf(`{"requestId":%q,"type":"Document","response":{"status":200,"mimeType":"text/html","headers":{"Content-Type":"text/html"}}}`, id)),
		event("Network.loadingFinished", fmt.Sprintf(`{"requestId":%q}`, id)))
	s.answer("Network.getResponseBody", `{"body":"`+body+`","base64Encoded":false}`)
}

// answer answers the next command.
func (s *session) answer(method, result string) {
	s.t.Helper()
	s.tell(fmt.Sprintf(`{"id":%d,"sessionId":"S","result":%s}`, s.next(method).ID, result))
}

// end closes the pipe and returns the capture.
func (s *session) end() (*record.Capture, error) {
	s.t.Helper()
	_ = s.pipe.Close()
	if err := <-s.ended; err != nil {
		s.t.Error(err)
	}
	return s.recorder.Capture()
}

// typedEvent is what the script reports of a control.
func typedEvent(number int, name, kind, value string) string {
	payload, _ := json.Marshal(map[string]any{"number": number, "name": name, "type": kind, "value": value}) // it always can
	quoted, _ := json.Marshal(string(payload))
	return event("Runtime.bindingCalled", fmt.Sprintf(`{"name":%q,"executionContextId":7,"payload":%s}`, binding, quoted))
}

// A login is recorded: redirects, cookies, what was typed, what was posted.
func TestRecordsALogin(t *testing.T) {
	s := newSession(t)
	s.attach()
	s.tell(event("Network.requestWillBeSent", `{"requestId":"1","type":"Document","request":{"url":"http://check.test/","method":"GET","headers":{}}}`),
		event("Network.requestWillBeSentExtraInfo", `{"requestId":"1","headers":{"Cookie":"old=0"}}`),
		event("Network.responseReceivedExtraInfo", `{"requestId":"1","statusCode":302,"headers":{"Location":"http://portal.test/","Set-Cookie":"a=1\nb=2"}}`),
		event("Network.requestWillBeSent", `{"requestId":"1","type":"Document","request":{"url":"http://portal.test/","method":"GET","headers":{}},
			"redirectHasExtraInfo":true,"redirectResponse":{"status":302,"headers":{"Location":"http://portal.test/"}}}`),
		event("Network.requestWillBeSentExtraInfo", `{"requestId":"1","headers":{"Cookie":"c=3"}}`),
		event("Network.responseReceived", `{"requestId":"1","type":"Document","hasExtraInfo":true,
			"response":{"status":200,"mimeType":"text/html","headers":{"Content-Type":"text/html"}}}`),
		event("Network.responseReceivedExtraInfo", `{"requestId":"1","statusCode":200,"headers":{"Content-Type":"text/html"}}`),
		event("Network.loadingFinished", `{"requestId":"1"}`))
	s.answer("Network.getResponseBody", `{"body":"PGZvcm0gbWV0aG9kPXBvc3QgYWN0aW9uPS9nbz48aW5wdXQgbmFtZT1jYXJkPjxpbnB1dCBuYW1lPXBpbiB0eXBlPXBhc3N3b3JkPjwvZm9ybT4=","base64Encoded":true}`)
	for _, part := range []string{"4", "47", "4711"} {
		s.tell(typedEvent(1, "card", "text", part))
	}
	s.tell(typedEvent(2, "pin", "password", "sea horse"), "", "nonsense", `{"method":7}`, event("Network.requestWillBeSent", `[]`),
		event("Network.requestWillBeSent", `{"requestId":"2","type":"Document","request":{"url":"http://portal.test/go","method":"POST",
			"headers":{"Content-Type":"application/x-www-form-urlencoded"},"hasPostData":true}}`))
	s.answer("Network.getRequestPostData", `{"postData":"card=4711&pin=sea+horse"}`)
	s.tell(event("Network.responseReceived", `{"requestId":"2","type":"Document","response":{"status":200,"mimeType":"text/html","headers":{"Content-Type":"text/html"}}}`),
		event("Network.loadingFinished", `{"requestId":"2"}`))
	s.answer("Network.getResponseBody", `{"body":"Welcome","base64Encoded":false}`)
	s.tell(event("Page.loadEventFired", `{}`))
	c, err := s.end()
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(verb, s.recorder); strings.Contains(text, "sea horse") || strings.Contains(text, "4711") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
	dir := filepath.Join(t.TempDir(), "draft")
	made, err := c.DraftPack(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "authenticate.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if want := `fields = { card = "{{.input.card}}", pin = "{{.input.pin}}" }`; !strings.Contains(string(text), want) {
		t.Errorf("missing: %s\n%s", want, text)
	}
	for _, q := range made.Questions {
		if !q.Typed || q.Value.Reveal() != map[string]string{"card": "4711", "pin": "sea horse"}[q.Input] {
			t.Errorf("%s: typed %v", q.Input, q.Typed)
		}
	}
	if n := s.navigated(); n != 3 {
		t.Errorf("told of %d pages, want 3", n)
	}
	entries := s.recorder.requests.entries()
	if got := entries[0].Header.Values("Set-Cookie"); len(got) != 2 {
		t.Errorf("cookies %q", got)
	}
	if got := entries[1].RequestHeader.Get("Cookie"); got != "c=3" {
		t.Errorf("the portal's page was requested with cookie %q", got)
	}
}

// newSessionAt returns a session whose first page is led to a URL.
func newSessionAt(t *testing.T, url string) *session {
	browser, pipe := net.Pipe()
	s := &session{t: t, pipe: browser, commands: bufio.NewReader(browser), recorder: New(pipe, url, nil), ended: make(chan error, 1)}
	go func() { s.ended <- s.recorder.Run(t.Context()) }()
	return s
}

// until reads commands until one of a session has the method, and fails at a forbidden one.
func (s *session) until(session, method, forbidden string) {
	s.t.Helper()
	for {
		text, err := s.commands.ReadBytes(0)
		if err != nil || strings.Contains(string(text), forbidden) {
			s.t.Fatalf("%v: %s", err, text)
		}
		if strings.Contains(string(text), method) && strings.Contains(string(text), session) {
			return
		}
	}
}

// The first page is led to the portal once it reports, and no other one.
func TestFirstPage(t *testing.T) {
	s := newSessionAt(t, "http://check.test/")
	last := s.attach()
	s.tell(`{"method":"Target.attachedToTarget","params":{"sessionId":"S2","targetInfo":{"type":"page"}}}`)
	s.until("S2", "runIfWaiting", "Page.navigate")
	s.tell(fmt.Sprintf(`{"id":%d,"sessionId":"S","result":{}}`, last.ID))
	if c := s.next("Page.navigate"); c.Session != "S" || c.Params["url"] != "http://check.test/" {
		t.Errorf("%+v", c)
	}
	s.tell(`{"method":"Target.attachedToTarget","params":{"sessionId":"S3","targetInfo":{"type":"worker"}}}`)
	s.until("S3", "runIfWaiting", "Page.navigate")
	if _, err := s.end(); err == nil {
		t.Error("there is a capture of nothing")
	}
}

// A page that never says that it reports is led there, too.
func TestFirstPageThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSessionAt(t, "http://check.test/")
		s.attach()
		begin := time.Now()
		s.next("Page.navigate")
		if waited := time.Since(begin); waited != maxReady {
			t.Errorf("led there after %v", waited)
		}
		_, _ = s.end() // there is no capture of nothing
	})
}

// refuse answers the next command with an error.
func (s *session) refuse(method, session string) {
	s.t.Helper()
	c := s.next(method)
	if c.Session != session {
		s.t.Errorf("%s goes to %q, want %q", method, c.Session, session)
	}
	s.tell(fmt.Sprintf(`{"id":%d,"error":{"code":-32001,"message":"Session with given id not found."}}`, c.ID))
}

// of returns an event of another target.
func of(session, event string) string {
	return strings.Replace(event, `"sessionId":"S"`, fmt.Sprintf(`"sessionId":%q`, session), 1)
}

// A body is asked for when the target that reads it says that it is complete, of that target, and of a page that is still
// there if it is gone meanwhile or does not say it any more.
func TestBodies(t *testing.T) {
	const form = "<form method=post action=/go><input name=card></form>"
	request := event("Network.requestWillBeSent", `{"requestId":"1","type":"Document","request":{"url":"http://portal.test/","method":"GET","headers":{}}}`)
	response := event("Network.responseReceived", `{"requestId":"1","frameId":"A","type":"Document","response":{"status":200,"mimeType":"text/html","headers":{"Content-Type":"text/html"}}}`)
	data := event("Network.dataReceived", `{"requestId":"1","dataLength":7}`)
	finished := event("Network.loadingFinished", `{"requestId":"1"}`)
	open := func(session string) string {
		return fmt.Sprintf(`{"method":"Target.attachedToTarget","params":{"sessionId":%q,"targetInfo":{"type":"page"}}}`, session)
	}
	gone := func(session string) string {
		return fmt.Sprintf(`{"method":"Target.detachedFromTarget","params":{"sessionId":%q}}`, session)
	}
	answer := func(s *session, of string) {
		c := s.next("Network.getResponseBody")
		if c.Session != of || c.Params["requestId"] != "1" {
			s.t.Errorf("asks %+v, want %s", c, of)
		}
		s.tell(fmt.Sprintf(`{"id":%d,"result":{"body":%q,"base64Encoded":false}}`, c.ID, form))
	}
	for name, visit := range map[string]func(s *session){
		"a page": func(s *session) {
			s.tell(request, response, event("Page.loadEventFired", `{}`), data, open("P")) // what was loaded is the page before
			s.until("P", "runIfWaiting", "getResponseBody")
			s.tell(finished)
			answer(s, "S")
		},
		"a page that leads on at once": func(s *session) {
			s.tell(request, response, event("Page.frameNavigated", `{"frame":{"id":"A","loaderId":"1"}}`), data,
				event("Page.frameNavigated", `{"frame":{"id":"B","loaderId":"2"}}`), open("P"))
			s.until("P", "runIfWaiting", "getResponseBody")
			s.tell(event("Page.frameNavigated", `{"frame":{"id":"A","loaderId":"2"}}`))
			answer(s, "S")
		},
		"a frame that its own process reads": func(s *session) {
			s.tell(request, response, of("F", data), of("F", finished))
			answer(s, "F")
		},
		"a frame that is removed when it is complete": func(s *session) {
			s.tell(request, response, of("F", data), of("F", finished))
			s.refuse("Network.getResponseBody", "F")
			answer(s, "S")
		},
		"a frame that is removed before it is complete": func(s *session) {
			s.tell(request, response, of("F", data), gone("F"))
			answer(s, "S")
		},
		"a frame that is removed before it answers": func(s *session) {
			s.tell(request, response, of("F", data), of("F", finished))
			s.next("Network.getResponseBody")
			s.tell(gone("F"))
			answer(s, "S")
		},
		"a pop-up that is gone": func(s *session) {
			s.tell(open("P"))
			s.until("P", "runIfWaiting", "getResponseBody")
			s.tell(of("P", request), of("P", response), gone("P"))
			answer(s, "S")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSession(t)
			s.attach()
			visit(s)
			if _, err := s.end(); err != nil {
				t.Error(err)
			}
			if entries := s.recorder.requests.entries(); len(entries) != 1 || entries[0].Body != form {
				t.Errorf("%+v", entries)
			}
		})
	}
}

// No body is asked for without end if no page has it.
func TestBodyThatNobodyHas(t *testing.T) {
	s := newSession(t)
	s.attach()
	s.tell(event("Network.requestWillBeSent", `{"requestId":"1","type":"Document","request":{"url":"http://portal.test/","method":"GET","headers":{}}}`),
		event("Network.responseReceived", `{"requestId":"1","type":"Document","response":{"status":200,"mimeType":"text/html","headers":{}}}`),
		event("Network.loadingFinished", `{"requestId":"1"}`))
	for range maxAsked {
		s.refuse("Network.getResponseBody", "S")
	}
	s.tell(`{"method":"Target.attachedToTarget","params":{"sessionId":"Q","targetInfo":{"type":"page"}}}`)
	s.until("Q", "runIfWaiting", "getResponseBody")
	if _, err := s.end(); err != nil {
		t.Error(err)
	}
	if entries := s.recorder.requests.entries(); len(entries) != 1 || entries[0].Size == 0 {
		t.Errorf("%+v: the body does not count as missing", entries)
	}
}

// Neither a message without end nor a flood of requests or texts costs memory, and both are said.
func TestBounds(t *testing.T) {
	request := func(i int) string {
		return event("Network.requestWillBeSent", fmt.Sprintf(`{"requestId":"r%d","type":"XHR","request":{"url":"http://portal.test/","method":"GET","headers":{}}}`, i))
	}
	for name, test := range map[string]struct {
		tell func(s *session)
		want string
	}{
		"a long message": {func(s *session) {
			s.tell(event("Network.requestWillBeSent", `{"requestId":"`+strings.Repeat("x", maxMessage)+`"}`))
			s.page("1", "http://portal.test/", "<form><input name=a></form>")
		}, ""},
		"requests": {func(s *session) {
			for i := range maxRequests + 1 {
				s.tell(request(i))
			}
		}, "the browser made more requests than a recording keeps"},
		"controls": {func(s *session) {
			for i := range maxControls + 1 {
				s.tell(typedEvent(i, "a", "text", "x"))
			}
		}, "more was typed than a recording keeps"},
		"values": {func(s *session) {
			for i := range maxValues + 1 {
				s.tell(typedEvent(1, "a", "text", fmt.Sprint(i)))
			}
		}, "more was typed than a recording keeps"},
		"a text": {func(s *session) { s.tell(typedEvent(1, "a", "text", strings.Repeat("x", maxPayload))) }, "more was typed than a recording keeps"},
		"bodies": {func(s *session) {
			body := strings.Repeat("x", maxBody-1)
			for i := range maxBodies/maxBody + 2 {
				s.page(fmt.Sprint(i), "http://portal.test/", body)
			}
		}, "sent and received more than a recording keeps"},
		"methods": {func(s *session) {
			s.page("1", "http://portal.test/", "<form><input name=a></form>")
			s.tell(strings.Replace(request(2), "GET", strings.Repeat("A", maxMessage/2), 1))
		}, ""},
		"posted parts": {func(s *session) {
			s.fill()
			s.tell(strings.Replace(request(1), `"GET"`, `"POST","postDataEntries":[{"bytes":"`+strings.Repeat("A", 2<<20)+`"}]`, 1))
		}, "sent and received more than a recording keeps"},
		"posted text": {func(s *session) {
			s.fill()
			s.tell(strings.Replace(request(1), `"GET"`, `"POST","postData":"`+strings.Repeat("A", 1<<20)+`"`, 1))
		}, "sent and received more than a recording keeps"},
		"types and media types": {func(s *session) {
			long := strings.Repeat("A", maxMessage/4)
			s.page("1", "http://portal.test/", "<form><input name=a></form>")
			s.tell(request(2), event("Network.responseReceived", `{"requestId":"r2","type":"`+long+`","response":{"status":200,"mimeType":"`+long+`","headers":{}}}`))
		}, ""},
		"empty headers": {func(s *session) {
			s.fill()
			for range 1<<20/headerSize + 1 {
				s.tell(event("Network.requestWillBeSentExtraInfo", `{"requestId":"1","headers":{}}`))
			}
		}, "sent and received more than a recording keeps"},
		"lines of headers": {func(s *session) {
			s.fill()
			s.tell(event("Network.requestWillBeSentExtraInfo", `{"requestId":"1","headers":{"a":"`+strings.Repeat(`\n`, 1<<20/lineSize)+`"}}`))
		}, "sent and received more than a recording keeps"},
		"headers of pictures": {func(s *session) {
			s.fill()
			long := strings.Repeat("A", 1<<19)
			for i := range 5 {
				s.tell(event("Network.requestWillBeSentExtraInfo", fmt.Sprintf(`{"requestId":"p%d","headers":{"a":%q}}`, i, long)), event("Network.loadingFailed", fmt.Sprintf(`{"requestId":"p%d"}`, i)))
			}
			s.page("1", "http://portal.test/", "<form><input name=a></form>")
		}, ""},
		"sessions": {func(s *session) {
			s.page("1", "http://portal.test/", "<form><input name=a></form>")
			s.tell(strings.Replace(request(2), `"sessionId":"S"`, `"sessionId":"`+strings.Repeat("S", maxMessage/2)+`"`, 1))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSession(t)
			s.attach()
			test.tell(s)
			_, err := s.end()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			if kept := s.recorder.requests.size; kept > maxBodies || kept < textOf(&s.recorder.requests) {
				t.Errorf("%d bytes are kept, and %d counted", textOf(&s.recorder.requests), kept)
			}
		})
	}
}

// fill makes the recorder count all but 1 MiB of what it keeps.
func (s *session) fill() {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.recorder.requests.size = maxBodies - 1<<20
}

// textOf returns how many bytes of text are kept of requests.
func textOf(r *requests) (size int) {
	headers := func(list ...http.Header) {
		for _, header := range list {
			for name, lines := range header {
				size += len(name) + len(strings.Join(lines, ""))
			}
		}
	}
	for _, c := range r.chains {
		size += len(c.session)
		headers(slices.Concat(c.sent, c.received)...)
	}
	for _, e := range r.order {
		size += len(e.Type) + len(e.Method) + len(e.URL) + len(e.MimeType) + len(e.Body)
		headers(e.RequestHeader, e.Header)
		if e.Posted != nil {
			size += len(e.Posted.Text)
		}
	}
	return size
}

// A browser that reads no command is not waited for.
func TestBrowserThatReadsNothing(t *testing.T) {
	s := newSession(t)
	for i := range 2 * maxQueued {
		s.tell(fmt.Sprintf(`{"method":"Target.attachedToTarget","params":{"sessionId":"S%d","targetInfo":{"type":"page"}}}`, i))
	}
	if _, err := s.end(); !errors.Is(err, errDropped) {
		t.Errorf("a target may not report what is typed there, and the recording says %v", err)
	}
}

// Run ends with its context.
func TestRunEnds(t *testing.T) {
	browser, pipe := net.Pipe()
	defer browser.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- New(pipe, "", nil).Run(ctx) }()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := browser.Write([]byte("x")); err == nil {
		t.Error("the pipe is open")
	}
}
