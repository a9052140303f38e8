package record

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hotspot-helper/internal/file"
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
}

// Question is what the user is asked for an input.
type Question struct {
	Input, Prompt string
	Secret        bool
}

// caseName is the name of the recorded case.
const caseName = "login"

// DraftPack drafts a pack in a new directory, whose base name is that of the pack. The draft
// contains no typed value. It is an error if the capture contains no login.
func (c *Capture) DraftPack(ctx context.Context, dir string) (*PackDraft, error) {
	name := filepath.Base(dir)
	if err := pack.CheckName(name); err != nil {
		return nil, fmt.Errorf("name pack: %w", err)
	}
	s, err := findSession(c)
	if err != nil {
		return nil, err
	}
	d := newDraft(s, name)
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
		made.Questions = append(made.Questions, Question{in.name, in.prompt, in.secret})
	}
	return made, nil
}

// try runs the draft on the capture and records that as its case. What the case masks is
// then masked in the draft, too.
func (d *draft) try(ctx context.Context, s *session, dir string) error {
	loaded, err := d.write(dir)
	if err != nil {
		return err
	}
	r := &replay.Recorder{Transport: newCaptureTransport(s), Fakes: d.fakes(), Typed: true}
	result, err := loaded.Authenticate(ctx, r.Record(replay.NewJob(s.evidence(), r, d.values())))
	switch {
	case err != nil:
		d.doubt(nil, "the draft fails on the capture: %s", r.Redact(err.Error()))
	case result.Outcome != flow.Submitted:
		d.doubt(nil, "on the capture the draft ends as %s: %s", result.Outcome, r.Redact(result.Reason))
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
		d.doubt(nil, "the recorded case does not replay: %s", r.Redact(outcome.Mismatch.Error()))
	}
	recorded.Trace = outcome.Trace
	return recorded.Write(filepath.Join(dir, replay.Dir))
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
