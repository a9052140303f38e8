package record

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/redact"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// PackDraft describes a drafted pack.
type PackDraft struct {
	Name   string   `json:"name"`
	Steps  []string `json:"steps"`  // IDs
	Inputs []string `json:"inputs"` // names
	Unsure []string `json:"unsure"` // what to check, in sentences
	Online bool     `json:"online"` // the capture reaches the Internet: the login worked

	Questions []Question `json:"-"` // of the inputs
	Login     Login      `json:"-"` // what the capture says of the login beyond the pack
}

// Question is what the user is asked for an input.
type Question struct {
	Input, Prompt string
	Secret        bool
	Typed         bool         // the recording tells that a person typed it, into a control with this prompt
	Value         portal.Value // that was sent, secret or not; empty: not known
	Unexplained   bool         // nothing says that a person typed it, or that the portal sent it
}

// Login is what a capture says of a login that a person did.
type Login struct {
	Host        string   // of the portal's page
	Hosts       []string // that the flow talks to, as it names them
	Terms       string   // that it accepts; empty: none
	Marked      bool     // the portal's page has something that distinguishes it
	Unexplained string   // what was sent that nothing explains and that no question has; empty: nothing
	Unsent      bool     // a person typed something, and nothing of it was sent
	Failure     string   // why the draft does not log in on the capture; empty: it does
	Obstacle    Obstacle // what keeps it from being repeated without a person; empty: nothing that is known
	Detail      string   // where the obstacle was seen
}

// caseName is the name of the recorded case.
const caseName = "login"

// DraftPack drafts a pack in a new directory, whose base name is that of the pack. The draft
// contains no typed value. It is an error if the capture contains no login.
func (c *Capture) DraftPack(ctx context.Context, dir string) (*PackDraft, error) {
	return c.draftPack(ctx, dir, func(s *session, name string) (*drafter, error) { return newDraft(s, name), nil })
}

// DraftPrivate is [Capture.DraftPack] for a pack of the one portal of the capture: the flow talks to
// the hosts that the capture has and to no other, those that several networks share are listed as such, and the label, which
// the terms mention, is given.
func (c *Capture) DraftPrivate(ctx context.Context, dir, label string) (*PackDraft, error) {
	return c.draftPack(ctx, dir, func(s *session, name string) (*drafter, error) {
		d := &drafter{draft: draft{name: name, label: label}, session: s, typed: s.typed, isPinned: true, work: s.work}
		d.draftAll()
		return d, d.moveShared()
	})
}

func (c *Capture) draftPack(ctx context.Context, dir string, make func(*session, string) (*drafter, error)) (*PackDraft, error) {
	name := filepath.Base(dir)
	if err := pack.CheckName(name); err != nil {
		return nil, fmt.Errorf("name pack: %w", err)
	}
	work := newWork(ctx)
	defer c.forgetTrees()
	s, err := findSession(work, c)
	if err != nil {
		return nil, err
	}
	d, err := make(s, name)
	if err != nil {
		return nil, err
	}
	sent, err := c.sent(work)
	if err != nil {
		return nil, err
	}
	d.keepOut(d.unsent(sent), false)
	obstacle, detail := s.obstacle()
	if err := failure(work); err != nil {
		return nil, err
	}
	if d.isFull && !d.isKnown() { // else it is not offered
		return nil, errManyValues
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make pack: %w", err)
	}
	if err := d.try(ctx, s, dir); err != nil {
		// An unfinished draft may contain typed values.
		return nil, errors.Join(fmt.Errorf("make pack: %w", err), os.RemoveAll(dir))
	}
	made := &PackDraft{Name: name, Unsure: d.unsure, Online: s.after != nil}
	for _, s := range d.steps {
		made.Steps = append(made.Steps, s.id)
	}
	for _, in := range d.inputs {
		made.Inputs = append(made.Inputs, in.name)
		made.Questions = append(made.Questions, in.question())
	}
	made.Login = Login{
		Host: s.landing().url.Hostname(), Hosts: slices.Concat(d.hosts, d.shared), Terms: d.terms, Marked: d.marked,
		Unexplained: d.unknown, Unsent: d.isUnsent, Failure: d.failure, Obstacle: obstacle, Detail: detail,
	}
	return made, nil
}

// question returns what the user is asked for an input.
func (in *input) question() Question {
	return Question{Input: in.name, Prompt: in.prompt, Secret: in.secret, Typed: in.typed, Value: portal.Secret(in.value), Unexplained: in.unexplained}
}

// try runs the draft on the capture and records that as its case. What the case masks is
// then masked in the draft, too.
func (d *draft) try(ctx context.Context, s *session, dir string) error {
	loaded, err := d.write(dir)
	if err != nil {
		return err
	}
	r := &replay.Recorder{Transport: newCaptureTransport(s), Fakes: d.fakes(), Typed: true, Known: d.hide()}
	result, err := loaded.Authenticate(ctx, r.Record(replay.NewJob(s.evidence(), r, d.values())))
	switch {
	case err != nil:
		d.fail("the draft fails on the capture: %s", r.Redact(err.Error()))
	case result.Outcome != flow.Submitted:
		d.fail("on the capture the draft ends as %s: %s", result.Outcome, r.Redact(result.Reason))
	}
	recorded, err := r.Case(ctx, caseName, plugins.FlowAuthenticate, "the login by hand")
	if err != nil {
		return err
	}
	d.redact(r.Redact)
	if loaded, err = d.write(dir); err != nil {
		return err
	}
	outcome := recorded.Run(ctx, loaded)
	if outcome.Mismatch != nil {
		d.fail("the recorded case does not replay: %s", r.Redact(outcome.Mismatch.Error()))
	}
	recorded.Trace = outcome.Trace
	return recorded.Write(filepath.Join(dir, replay.Dir))
}

// hide returns what masks what was typed and is no value of an input, because only a function of it was sent.
func (d *draft) hide() func(string) string {
	targets := slices.DeleteFunc(slices.Clone(d.hidden), func(hidden redact.Target) bool {
		return slices.ContainsFunc(d.inputs, func(in *input) bool { return in.value == hidden.Text })
	})
	return redact.New(targets).Redact
}

// fail records why the draft does not log in.
func (d *draft) fail(format string, args ...any) {
	d.doubt(nil, format, args...)
	d.failure = cmp.Or(d.failure, fmt.Sprintf(format, args...))
}

// write writes the pack and loads it.
func (d *draft) write(dir string) (*pack.Pack, error) {
	err := errors.Join(d.writeFile(dir, "pack.toml", d.packTOML()), d.writeFile(dir, "authenticate.toml", d.flowTOML()))
	if err != nil {
		return nil, err
	}
	loaded, err := pack.Load(file.Dir{Path: filepath.Dir(dir)}, d.name, filepath.Dir(dir))
	if err != nil {
		return nil, fmt.Errorf("the draft has mistakes, which is a bug: %w", err)
	}
	return loaded, nil
}

func (d *draft) writeFile(dir, name, text string) error {
	return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
}

// fakes returns replacements for the typed values. Their length is a multiple of 3, so that
// their base64 stays a prefix of that of longer texts.
func (d *draft) fakes() map[string]string {
	fakes := map[string]string{}
	for _, in := range d.inputs {
		fake := "fake-" + in.name
		fakes[in.name] = fake + "xx"[:(3-len(fake)%3)%3]
	}
	return fakes
}

// redact masks in the draft what is masked in the recorded case.
func (d *draft) redact(mask func(string) string) {
	for _, s := range d.steps {
		if s.action == "open" || s.action == "post" {
			s.target = redactTemplate(s.target, mask)
		}
		for i := range s.sent {
			s.sent[i].template = redactTemplate(s.sent[i].template, mask)
		}
		s.json = redactJSON(s.json, mask)
		for i := range s.comments {
			s.comments[i] = mask(s.comments[i])
		}
	}
	for i := range d.unsure {
		d.unsure[i] = mask(d.unsure[i])
	}
	d.failure = mask(d.failure)
}

// redactJSON masks the strings and numbers of JSON.
func redactJSON(value any, mask func(string) string) any {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			value[key] = redactJSON(below, mask)
		}
	case []any:
		for i, below := range value {
			value[i] = redactJSON(below, mask)
		}
	case string:
		return redactTemplate(value, mask)
	case json.Number:
		if text := mask(value.String()); text != value.String() {
			return text
		}
	}
	return value
}

// redactTemplate masks the text of a template, and not what is between braces: a value may be
// the same as the name of its input.
func redactTemplate(template string, mask func(string) string) string {
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(template, "{{")
		b.WriteString(mask(text))
		if !found {
			return b.String()
		}
		action, after, _ := strings.Cut(rest, "}}")
		b.WriteString("{{" + action + "}}")
		template = after
	}
}

// values returns the values of the inputs, which were typed or are made up.
func (d *draft) values() map[string]portal.Value {
	values := map[string]portal.Value{}
	for _, in := range d.inputs {
		text := cmp.Or(in.value, d.fakes()[in.name])
		values[in.name] = portal.Plain(text)
		if in.secret {
			values[in.name] = portal.Secret(text)
		}
	}
	return values
}
