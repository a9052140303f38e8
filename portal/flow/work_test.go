package flow

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// costly is a flow whose one step is too much work on one page.
type costly struct {
	body, flow string
	inputs     map[string]string
}

// costlyFlows returns flows whose queries and templates are cheap one by one. Their patterns count for
// much more than they take.
func costlyFlows() map[string]costly {
	open := head + "[[step]]\nid = 'page'\nopen = 'http://a.test/page'\n"
	cases := func(each int, query string) string {
		var text strings.Builder
		for range maxCases {
			text.WriteString("[[step.case]]\nresult = 'denied'\nwhen = [\n" + strings.Repeat(query+",\n", each-1) + "{ status = [599] } ]\n")
		}
		return text.String()
	}
	fields := func(text string) string {
		var form strings.Builder
		for i := range maxFields {
			fmt.Fprintf(&form, "f%d = '%s'\n", i, text)
		}
		return form.String()
	}
	chain := func(n int) string { return strings.Repeat("|lower|upper", n) }
	message := strings.Repeat("<message>", 16) + strings.Repeat("service ", 2000) + strings.Repeat("</message>", 16)
	captured := open + "capture = { a = { css = 'p' } }\n[[step]]\nid = 'post'\npost = '/page'\n[step.form]\n"
	return map[string]costly{
		"a pattern in nested elements": {body: strings.Repeat("<div>", 300) + strings.Repeat("ab", 10_000), flow: open + cases(2, `{ css = "div", matches = "z[ab]{700}c" }`)},
		"a pattern in XML":             {body: strings.Repeat(message, 10), flow: open + cases(2, `{ xml = "message", matches = "z[ab]{700}c" }`)},
		"patterns in one body":         {body: strings.Repeat("ab", 25_000), flow: open + cases(4, `{ regex = "z[ab]{700}c", absent = true }`)},
		"a body":                       {body: strings.Repeat("ab", 500_000), flow: open + cases(20, `{ xml = "a", absent = true }`)},
		"templates of an answer":       {body: "<p>" + strings.Repeat("aB", 8000), flow: captured + fields("{{.capture.a"+chain(300)+"}}")},
		"templates of an input":        {body: "<p>aB", inputs: map[string]string{"pin": strings.Repeat("aB", 1000)}, flow: strings.Replace(captured, "[[step]]", "[inputs.pin]\nprompt = 'PIN'\n[[step]]", 1) + fields("{{concat .input.pin .capture.a"+chain(300)+"}}")},
	}
}

func (c costly) run(ctx context.Context, t *testing.T, handler *answers) error {
	t.Helper()
	f := mustParse(t, c.flow)
	handler.pages = map[string]answer{"GET /page": html200(c.body), "POST /page": html200("")}
	_, err := f.Run(ctx, newSession(t, f, handler), Env{Terms: agreed, Inputs: inputs(c.inputs)})
	return err
}

// All queries and templates of a step have one budget.
func TestWorkOfAStepIsBounded(t *testing.T) {
	for name, c := range costlyFlows() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			handler := &answers{}
			if err := c.run(t.Context(), t, handler); !errors.Is(err, web.ErrTooMuchWork) || !strings.Contains(err.Error(), web.ErrTooMuchWork.Error()) {
				t.Errorf("error %v", err)
			}
			if len(handler.got) != 1 {
				t.Errorf("sent %q", handler.got)
			}
		})
	}
}

// endingContext ends when it is asked for the second time.
type endingContext struct {
	context.Context
	asked int
}

func (c *endingContext) Err() error {
	if c.asked++; c.asked > 1 {
		return context.Canceled
	}
	return nil
}

// What uses the budget heeds the end of the context, also within one long text.
func TestWorkEndsWithItsContext(t *testing.T) {
	long := strings.Repeat("ab", 1<<17)
	pattern, err := new(web.Patterns).Regexp("z[ab]{60}c")
	if err != nil {
		t.Fatal(err)
	}
	compiled := mustTemplate(t, "{{.capture.a"+strings.Repeat("|lower|upper", 300)+"}}")
	values := map[string]map[string]string{spaceCapture: {"a": strings.Repeat("aB", 8000)}}
	for name, work := range map[string]func(*web.Search) error{
		"pattern":  func(w *web.Search) error { _, err := w.Matches(pattern, long); return err },
		"template": func(w *web.Search) error { _, err := compiled.execute(values, w, runtime{}); return err },
		"query": func(w *web.Search) error {
			v := &view{ctx: t.Context(), work: w, page: &portal.Page{Body: long}, bodies: map[string]*body{}}
			queries := make([]query, maxQueries)
			for i := range queries {
				queries[i] = query{source: xmlSource{element: "a"}, test: test{kind: testAbsent}}
			}
			_, _, err := firstUnmet(queries, v)
			return err
		},
	} {
		ctx := &endingContext{Context: t.Context()}
		if err := work(web.NewSearch(ctx, maxWork)); !errors.Is(err, context.Canceled) || ctx.asked > 3 {
			t.Errorf("%s: error %v, asked %d times", name, err, ctx.asked)
		}
	}
}

// Each answer that a step waits for is evaluated with a budget of its own.
func TestEachAnswerHasItsBudget(t *testing.T) {
	body := html200(strings.Repeat("ab", 25_000))
	f := mustParse(t, head+"[[step]]\nid = 'poll'\nwait = { open = 'http://a.test/page', every = 1, at_most = 12, until = [{ regex = 'z[ab]{700}c' }] }\n")
	handler := &answers{pages: map[string]answer{"GET /page": body}}
	_, err := f.Run(t.Context(), newSession(t, f, handler), Env{Sleep: func(context.Context, time.Duration) error { return nil }})
	if err == nil || errors.Is(err, web.ErrTooMuchWork) || len(handler.got) != 13 {
		t.Errorf("asked %d times, error %v", len(handler.got), err)
	}
}

// costlyTemplate is too much work with any values.
func costlyTemplate() string {
	return `{{"` + strings.Repeat("a", 1000) + `"` + strings.Repeat("|base64", 12) + strings.Repeat("|lower", 300) + "}}"
}

// A template that would take long with any values is refused when it is loaded.
func TestCostlyTemplatesAreRefused(t *testing.T) {
	if _, err := compileTemplate(costlyTemplate()); err == nil || !strings.Contains(err.Error(), "too much work: it makes a long text and passes it on") {
		t.Errorf("error %v", err)
	}
}

// A flow that computes more from a secret than is looked for fails before it sends any of it.
func TestManyComputedSecretsEndTheFlow(t *testing.T) {
	var form strings.Builder
	for i := range 20 {
		fmt.Fprintf(&form, "f%d = '{{concat \"%d\" .input.pin%s}}'\n", i, i, strings.Repeat("|md5|hex", 100))
	}
	for name, text := range map[string]string{
		"post": "[[step]]\nid = 'post'\npost = 'https://a.test/page'\n[step.form]\n" + form.String(),
		"poll": "[[step]]\nid = 'poll'\nwait = { open = 'https://a.test/page', every = 1, at_most = 20, until = [{ status = [201] }] }\n[step.headers]\n" + form.String(),
	} {
		handler := &answers{}
		f := mustParse(t, secretHead+text)
		_, err := f.Run(t.Context(), newSession(t, f, handler), Env{Terms: agreed, Inputs: inputs(map[string]string{"pin": "27182818"})})
		if !errors.Is(err, portal.ErrManySecrets) || !strings.Contains(err.Error(), portal.ErrManySecrets.Error()) || len(handler.got) > 0 {
			t.Errorf("%s: sent %q, error %v", name, handler.got, err)
		}
	}
}

// The captures of a flow are bounded together. One that is made again takes the place of the one before.
func TestCapturesAreBounded(t *testing.T) {
	const size = maxCapture - 1
	fits := maxCaptured / size
	for name, c := range map[string]struct {
		steps int
		name  string // of the capture of a step
		when  string
		want  int // captures; -1: the flow fails
	}{
		"few":                      {fits, "c%d", "", fits},
		"many":                     {fits + 1, "c%d", "", -1},
		"again":                    {fits + 5, "c", "", 1},
		"many that a case decides": {fits + 1, "c%d", "[[step.case]]\nwhen = [{ status = [200] }]\ngoto = 's%d'\n", fits},
	} {
		text := head
		for i := range c.steps {
			text += fmt.Sprintf("[[step]]\nid = 's%d'\nopen = 'http://a.test/page'\n[step.capture]\n", i) + strings.ReplaceAll(c.name, "%d", strconv.Itoa(i)) + " = { css = 'p' }\n"
			if c.when != "" {
				text += fmt.Sprintf(c.when, i+1)
			}
		}
		if c.when != "" {
			text += fmt.Sprintf("[[step]]\nid = 's%d'\nopen = 'http://a.test/page'\n", c.steps)
		}
		f := mustParse(t, text)
		result, err := f.Run(t.Context(), newSession(t, f, &answers{pages: map[string]answer{"GET /page": html200("<p>" + strings.Repeat("x", size))}}), Env{})
		if failed := err != nil; failed != (c.want < 0) || failed && !strings.Contains(err.Error(), "all captures of the flow have more than") {
			t.Errorf("%s: error %v", name, err)
		}
		if err == nil && len(result.Captures) != c.want {
			t.Errorf("%s: %d captures, want %d", name, len(result.Captures), c.want)
		}
	}
}
