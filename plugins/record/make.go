package record

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal/flow"
)

// PackDraft is what was made of a capture.
type PackDraft struct {
	Name   string   `json:"name"`
	Steps  []string `json:"steps"`  // their ids
	Inputs []string `json:"inputs"` // that a person is asked for
	Unsure []string `json:"unsure"` // what to look at, as sentences
	Online bool     `json:"online"` // the capture goes on to the Internet: the login worked
}

// caseName is the name of the one recorded case.
const caseName = "login"

// DraftPack drafts a pack in a directory, which it makes, and whose name is that of the pack.
// What was typed is not in it. The error is that there is no login in the capture, or that
// the directory cannot be made.
func (c *Capture) DraftPack(ctx context.Context, dir string) (*PackDraft, error) {
	name := filepath.Base(dir)
	if err := pack.CheckName(name); err != nil {
		return nil, fmt.Errorf("name pack: %w", err)
	}
	s, err := tell(c)
	if err != nil {
		return nil, err
	}
	p := draft(s, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make pack: %w", err)
	}
	if err := p.try(ctx, s, dir); err != nil {
		// A half of it may have what was typed in it.
		return nil, errors.Join(fmt.Errorf("make pack: %w", err), os.RemoveAll(dir))
	}
	made := &PackDraft{Name: name, Unsure: p.unsure, Online: s.after != nil}
	for _, s := range p.steps {
		made.Steps = append(made.Steps, s.id)
	}
	for _, in := range p.inputs {
		made.Inputs = append(made.Inputs, in.name)
	}
	return made, nil
}

// try plays the draft on the capture, and keeps that as its recorded case. What is masked
// there is then masked in the draft, too.
func (p *plan) try(ctx context.Context, s *story, dir string) error {
	loaded, err := p.write(dir)
	if err != nil {
		return err
	}
	r := &replay.Recorder{Transport: newTape(s), Fakes: p.fakes()}
	result, err := loaded.Authenticate(ctx, r.Record(p.job(s, r)))
	switch {
	case err != nil:
		p.doubt(nil, "the draft breaks off where the capture goes on: %s", r.Redact(err.Error()))
	case result.Outcome != flow.Submitted:
		p.doubt(nil, "on the capture the draft ends as %s: %s", result.Outcome, r.Redact(result.Reason))
	}
	recorded := r.Case(caseName, plugins.FlowAuthenticate, "as it was done by hand")
	p.hide(r.Redact)
	if loaded, err = p.write(dir); err != nil {
		return err
	}
	outcome := recorded.Run(ctx, loaded)
	if outcome.Mismatch != nil {
		p.doubt(nil, "the recorded case does not play as it was recorded: %s", r.Redact(outcome.Mismatch.Error()))
	}
	recorded.Trace = outcome.Trace
	if err := recorded.Write(filepath.Join(dir, replay.Dir)); err != nil {
		return err
	}
	return p.writeFile(dir, "README.md", p.readme())
}

// write writes the files of the pack, and loads it.
func (p *plan) write(dir string) (*pack.Pack, error) {
	err := errors.Join(p.writeFile(dir, "pack.toml", p.about()), p.writeFile(dir, "authenticate.toml", p.flow()))
	if err != nil {
		return nil, err
	}
	loaded, err := pack.Load(os.DirFS(filepath.Dir(dir)), p.name, filepath.Dir(dir))
	if err != nil {
		return nil, fmt.Errorf("the draft has mistakes, which is one of this program: %w", err)
	}
	return loaded, nil
}

func (p *plan) writeFile(dir, name, text string) error {
	return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
}

// fakes are what stands for what was typed. Their base64 has no padding, since what has
// theirs in it may go on behind it.
func (p *plan) fakes() map[string]string {
	fakes := map[string]string{}
	for _, in := range p.inputs {
		fake := "fake-" + in.name
		fakes[in.name] = fake + "xx"[:(3-len(fake)%3)%3]
	}
	return fakes
}

// hide takes out of the plan what is masked in the recorded case.
func (p *plan) hide(mask func(string) string) {
	for _, s := range p.steps {
		if s.action == "open" || s.action == "post" {
			s.target = mask(s.target)
		}
		for i := range s.sent {
			s.sent[i].template = mask(s.sent[i].template)
		}
		s.json = hidden(s.json, mask)
		for i := range s.comments {
			s.comments[i] = mask(s.comments[i])
		}
	}
	for i := range p.unsure {
		p.unsure[i] = mask(p.unsure[i])
	}
}

// hidden masks the texts of a document.
func hidden(value any, mask func(string) string) any {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			value[key] = hidden(below, mask)
		}
	case []any:
		for i, below := range value {
			value[i] = hidden(below, mask)
		}
	case string:
		return mask(value)
	}
	return value
}
