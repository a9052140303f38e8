package replay

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"sync"
	"time"

	"hotspot-helper/internal/wait"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// Recorder records one run of a helper as a [Case]: the exchanges of its transport and the
// job of the helper.
type Recorder struct {
	// Transport carries the requests. Required.
	Transport http.RoundTripper
	// Simulated says that the portal is simulated and the inputs are made up, so that the
	// case is not masked. See [Recorder.Case].
	Simulated bool
	// Fakes replace the user's inputs in a case, by name. The default is "fake-" and the
	// name.
	Fakes map[string]string
	// Typed says that all inputs were typed by a person: each is masked, also a short number,
	// and in other cases of letters.
	Typed bool
	// Known masks what else is secret on this network, such as what an earlier login sent: a portal
	// may repeat it. It may be set until the case is made. Nil: nothing.
	Known func(text string) string
	// OnLine is called with each line of the trace as it happens, without secrets; may be nil.
	OnLine func(line string)
	// Limit is the maximum size of all headers and bodies in bytes; what exceeds it is left
	// out. 0: none.
	Limit int

	mu      sync.Mutex
	answers []Answer
	size    int // of headers and bodies
	job     plugins.Job
	inputs  map[string]portal.Value // that the helper read
	session *portal.Session
	started time.Time
	masks   []func(string) string // of the last case, in order
	random  bytes.Buffer          // bytes that were drawn
	reached []position            // steps and cases, without the flow
}

// RoundTrip sends the request and records it with its response.
func (r *Recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	answer := Answer{To: request.Method + " " + target(request), method: request.Method, url: target(request), Sent: sentHeaders(request)}
	defer func() { r.reportExchange(request, &answer) }()
	response, err := r.Transport.RoundTrip(request)
	if err != nil {
		answer.Error = err.Error()
		r.keep(answer)
		return nil, err
	}
	data, cut := readBody(response)
	response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(data), errorReader{cut}))
	answer.Response = Response{Status: response.StatusCode}
	answer.Header, answer.data = decoded(response.Header, data, cut)
	r.keep(answer)
	return response, nil
}

// CloseIdleConnections closes those of the transport.
func (r *Recorder) CloseIdleConnections() {
	(&http.Client{Transport: r.Transport}).CloseIdleConnections()
}

// reportExchange passes the lines of an exchange to OnLine.
func (r *Recorder) reportExchange(request *http.Request, answer *Answer) {
	if r.OnLine == nil {
		return
	}
	var sent []byte
	if request.GetBody != nil { // the transport has read the body
		if body, err := request.GetBody(); err == nil {
			sent, _ = io.ReadAll(io.LimitReader(body, portal.MaxBody)) // it is in memory
		}
	}
	r.liveTrace().addExchange(request, sent, answer)
}

// liveTrace returns a trace that passes each line to OnLine.
func (r *Recorder) liveTrace() *trace {
	return &trace{live: func(line func(func(string) string) string) {
		r.mu.Lock()
		session := r.session
		r.mu.Unlock()
		hide := func(text string) string { return text }
		if session != nil {
			hide = session.Redact
		}
		r.OnLine(line(hide))
	}}
}

// keep records an answer.
func (r *Recorder) keep(answer Answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Limit > 0 {
		r.size = r.Limit - answer.limit(answer.limitSent(r.Limit-r.size))
	}
	r.answers = append(r.answers, answer)
}

// Record returns a job that records what a replay needs. Its session must use the recorder
// as transport.
func (r *Recorder) Record(job plugins.Job) plugins.Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	// In a replay only waiting takes time. The same clock here makes values that the flow
	// derives from the time equal in the replay.
	clock := &clock{now: time.Now().UTC().Truncate(time.Second)}
	r.job, r.started, r.inputs, r.reached = job, clock.now, map[string]portal.Value{}, nil
	sleep := job.Sleep
	if sleep == nil {
		sleep = wait.For
	}
	recorded := job
	recorded.Now = clock.time
	recorded.Sleep = func(ctx context.Context, d time.Duration) error {
		err := sleep(ctx, d)
		clock.now = clock.now.Add(d)
		return err
	}
	random := job.Random
	if random == nil {
		random = rand.Reader
	}
	recorded.Random = io.TeeReader(random, &r.random)
	recorded.Inputs = r.input
	recorded.Open = func(hosts, shared []string) (*portal.Session, error) {
		session, err := r.job.Open(hosts, shared)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.session = session
		return session, err
	}
	r.followSteps(&recorded)
	return recorded
}

// followSteps records steps and decisions of the job, and passes their lines to OnLine.
func (r *Recorder) followSteps(job *plugins.Job) {
	progress, observe := job.Progress, job.Observe
	follow := func(add func(*trace)) {
		t := &trace{}
		if r.OnLine != nil {
			t = r.liveTrace()
		}
		add(t)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.reached = append(r.reached, t.reached...)
	}
	job.Progress = func(step string) {
		follow(func(t *trace) { t.addStep("", step) })
		if progress != nil {
			progress(step)
		}
	}
	job.Observe = func(d flow.Decision) {
		follow(func(t *trace) { t.addDecision("", d) })
		if observe != nil {
			observe(d)
		}
	}
}

// input looks an input up and records it.
func (r *Recorder) input(name string) (portal.Value, bool, error) {
	if r.job.Inputs == nil {
		return portal.Value{}, false, nil
	}
	value, ok, err := r.job.Inputs(name)
	if ok && err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.inputs[name] = value
	}
	return value, ok, err
}
