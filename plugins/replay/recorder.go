package replay

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"sync"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// Recorder is a transport around another that takes down what goes through it, and the
// job of a helper, so that the run can be played again. It records one run.
type Recorder struct {
	// Transport carries the requests. Required.
	Transport http.RoundTripper
	// Simulated says that the portal is a stand-in and that what the user gave is made
	// up: the case holds everything as it was. Otherwise it is masked, see [Recorder.Case].
	Simulated bool
	// Fakes are what stands in a case in the place of the user's inputs, by name. An
	// input without one becomes "fake-" and its name.
	Fakes map[string]string
	// OnLine is called with each line of the trace as it happens, without secrets
	OnLine func(line string)
	// Limit is how many octets of bodies are kept; bodies beyond it become empty. 0: all.
	Limit int

	mu      sync.Mutex
	answers []Answer
	kept    int
	job     plugins.Job
	inputs  map[string]portal.Value // that were asked for and given
	session *portal.Session
	started time.Time
	hide    []func(string) string // in turn, what masks the last case
	random  bytes.Buffer          // octets that were drawn
}

// RoundTrip carries the request and takes it down with its answer.
func (r *Recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	answer := Answer{To: request.Method + " " + target(request), method: request.Method, url: target(request)}
	defer func() { r.tell(request, &answer) }()
	response, err := r.Transport.RoundTrip(request)
	if err != nil {
		answer.Error = err.Error()
		r.keep(answer)
		return nil, err
	}
	data, cut := readAnswer(response)
	response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(data), failing{cut}))
	answer.Response = Response{Status: response.StatusCode}
	answer.Header, answer.data = unpacked(response.Header, data)
	r.keep(answer)
	return response, nil
}

// tell tells an exchange as a line of the trace.
func (r *Recorder) tell(request *http.Request, answer *Answer) {
	if r.OnLine == nil {
		return
	}
	var sent []byte
	if request.GetBody != nil { // the transport has read the body
		if body, err := request.GetBody(); err == nil {
			sent, _ = io.ReadAll(io.LimitReader(body, portal.MaxBody)) // it stands in memory
		}
	}
	r.notes().exchange(request, sent, answer)
}

// notes tells what it notes at once.
func (r *Recorder) notes() *notes {
	return &notes{live: func(line func(func(string) string) string) {
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

// keep takes an answer down.
func (r *Recorder) keep(answer Answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept += len(answer.data); r.Limit > 0 && r.kept > r.Limit {
		answer.data = nil
	}
	r.answers = append(r.answers, answer)
}

// Record returns the job with all in it taken down that a replay needs. Its session must
// be opened with the recorder as the transport.
func (r *Recorder) Record(job plugins.Job) plugins.Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	// What the flow computes of the time must come out the same in a replay, where only
	// waiting takes time.
	clock := &clock{now: time.Now().UTC().Truncate(time.Second)}
	r.job, r.started, r.inputs = job, clock.now, map[string]portal.Value{}
	sleep := job.Sleep
	if sleep == nil {
		sleep = portal.Sleep
	}
	watched := job
	watched.Now = clock.time
	watched.Sleep = func(ctx context.Context, d time.Duration) error {
		err := sleep(ctx, d)
		clock.now = clock.now.Add(d)
		return err
	}
	chance := job.Random
	if chance == nil {
		chance = rand.Reader
	}
	watched.Random = io.TeeReader(chance, &r.random)
	watched.Inputs = r.input
	watched.Open = func(hosts, shared []string) (*portal.Session, error) {
		session, err := r.job.Open(hosts, shared)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.session = session
		return session, err
	}
	if r.OnLine != nil {
		r.tellSteps(&watched)
	}
	return watched
}

// tellSteps has the job tell the lines of the trace that are no exchange.
func (r *Recorder) tellSteps(job *plugins.Job) {
	progress, observe := job.Progress, job.Observe
	job.Progress = func(step string) {
		r.notes().begin("", step)
		if progress != nil {
			progress(step)
		}
	}
	job.Observe = func(d flow.Decision) {
		r.notes().decided("", d)
		if observe != nil {
			observe(d)
		}
	}
}

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
