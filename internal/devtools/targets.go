package devtools

import (
	_ "embed"
	"encoding/json"
	"sync"
	"time"
)

// params are the parameters of a command.
type params map[string]any

// autoAttach makes targets report to the recorder from their first request on: pages, pop-ups, frames
// of other sites, workers.
var autoAttach = params{
	"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true, "filter": []params{
		{"type": "page"}, {"type": "iframe"}, {"type": "worker"}, {"type": "shared_worker"}, {"type": "service_worker"},
	},
}

// world is the name of the isolated world in which the script runs: it sees the page's controls, and
// the page does not see it. Binding is what the script calls there.
const (
	world   = "sign-in"
	binding = "signInTyped"
)

// typedScript reports what is typed into the controls of a page, with what seenScript tells of them.
var (
	//go:embed seen.js
	seenScript string
	//go:embed typed.js
	typedScript string
)

// handle handles an event or a result.
func (r *Recorder) handle(m message) {
	if len(m.Session) > maxID {
		return
	}
	if m.ID != 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		if done := r.pending[m.ID]; done != nil {
			delete(r.pending, m.ID)
			done(m.result)
		}
		return
	}
	switch m.Method {
	case "Target.attachedToTarget":
		r.attach(m.Params)
	case "Target.detachedFromTarget":
		r.detach(m.Params)
	case "Page.frameNavigated":
		r.leave(m.Session, m.Params)
	case "Page.loadEventFired":
		r.navigated()
	case "Runtime.bindingCalled":
		r.mu.Lock()
		defer r.mu.Unlock()
		r.typed.add(m.Session, m.Params)
	case "Page.javascriptDialogClosed":
		r.mu.Lock()
		defer r.mu.Unlock()
		r.typed.addAnswer(m.Params)
	default:
		r.handleRequest(m)
	}
}

// attach makes a new target report, and lets it go on.
func (r *Recorder) attach(text json.RawMessage) {
	var event struct {
		Session string `json:"sessionId"`
		Target  struct {
			Type string `json:"type"`
		} `json:"targetInfo"`
	}
	if json.Unmarshal(text, &event) != nil || event.Session == "" {
		return
	}
	r.send(event.Session, "Network.enable", params{
		"maxPostDataSize": maxBody, "maxResourceBufferSize": maxBody, "maxTotalBufferSize": maxBodies, "enableDurableMessages": true,
	})
	r.send(event.Session, "Network.setCacheDisabled", params{"cacheDisabled": true}) // what is cached has no body
	if kind := event.Target.Type; kind == "page" || kind == "iframe" {
		r.send(event.Session, "Page.enable", nil)
		r.send(event.Session, "Runtime.enable", nil) // without it the script has no binding
		r.send(event.Session, "Runtime.addBinding", params{"name": binding, "executionContextName": world})
		r.send(event.Session, "Page.addScriptToEvaluateOnNewDocument", params{"source": seenScript + typedScript, "worldName": world, "runImmediately": true})
	}
	r.send(event.Session, "Target.setAutoAttach", autoAttach)
	var ready func(result)
	if event.Target.Type == "page" {
		r.mu.Lock()
		r.pages = append(r.pages, event.Session)
		r.mu.Unlock()
		if r.url != "" {
			ready, r.url = r.lead(event.Session, r.url), "" // only Run's goroutine uses it
		}
	}
	r.call(event.Session, "Runtime.runIfWaitingForDebugger", nil, ready)
}

// lead returns what leads a page to the URL when its last command is answered, at the latest after a while. A
// page answers commands in order. Before that, the process that gets the URL's page does not know that it has
// to report it, and to keep its body.
func (r *Recorder) lead(session, url string) func(result) {
	lead := sync.OnceFunc(func() { r.queue(session, "Page.navigate", params{"url": url}, nil) })
	time.AfterFunc(maxReady, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		lead()
	})
	return func(result) { lead() }
}
