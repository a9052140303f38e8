package flow

import (
	"errors"
	"fmt"
	"slices"

	"hotspot-helper/portal"
)

// found are the values of the references in a template.
type found struct {
	values map[string]map[string]string // by name space and name
	secret map[ref]bool
	own    map[ref]bool // given by the user, or of the session that goes on; not empty
	// given says that a secret among them can only be one that the user keeps as such, of
	// inputs that the flow does not call secret.
	given bool
}

func (f *found) isSecret() bool { return len(f.secret) > 0 }

// find looks the references of a template up.
func (r *run) find(t *template) (found, error) {
	f := found{values: map[string]map[string]string{}, secret: map[ref]bool{}, own: map[ref]bool{}, given: true}
	for _, name := range t.refs {
		value, own, err := r.lookup(name)
		if _, isAbsent := errors.AsType[*absentError](err); isAbsent && !slices.Contains(t.bound, name) {
			continue
		}
		if err != nil {
			return found{}, err
		}
		if !r.work.Spend(costCall + perByte*len(value.Reveal())) {
			return found{}, r.work.Err()
		}
		put(f.values, name, value.Reveal())
		if own {
			f.own[name] = true
		}
		if !value.IsSecret() {
			continue
		}
		f.secret[name] = true
		if in, isInput := r.flow.input(name.name); name.space != spaceInput || !isInput || in.Secret {
			f.given = false
		}
	}
	return f, nil
}

// render evaluates a template. The result is secret if any value that it reads is.
func (r *run) render(t *template) (portal.Value, error) {
	f, err := r.find(t)
	if err != nil {
		return portal.Value{}, err
	}
	return r.sent(t, f, whole)
}

// evaluate evaluates a template. It declares all that is computed from secrets, because a
// digest may be enough to log in.
func (r *run) evaluate(t *template, f found) (portal.Value, error) {
	s := r.scope(f)
	s.taint = &taint{secret: f.secret, texts: map[string]bool{}}
	text, err := t.evaluate(s)
	r.session.Declare(s.taint.values()...)
	if many := r.session.SecretsErr(); many != nil {
		return portal.Value{}, many
	}
	if err != nil {
		return portal.Value{}, err
	}
	if f.isSecret() {
		return portal.Secret(text), nil
	}
	return portal.Plain(text), nil
}

// scope returns what a template is evaluated with.
func (r *run) scope(f found) scope {
	return scope{values: f.values, work: r.work, env: runtime{now: r.env.Now, random: r.env.Random}}
}

// sent evaluates a template that is sent; part returns what is sent of a result.
func (r *run) sent(t *template, f found, part func(string) (string, bool)) (portal.Value, error) {
	if len(f.own) == 0 || !t.changesWith(r.scope(f), f.own, part) {
		return r.evaluate(t, f)
	}
	r.gave = true
	r.noteGiven(t, f, part)
	return r.evaluate(t, f)
}

var errSecret = errors.New("a secret is not allowed here: it goes only into fields, form, json, headers or basic")

// errSecretHost is the error of a secret in host or port. Name servers, and anyone on the way
// to them, read the host, so no consent lifts this.
var errSecretHost = errors.New("a secret is not allowed in the host or port of a URL; a value that is none can be in the configuration")

// plain evaluates a template that is not sent. It may decide what is opened next, or become a time that is
// shown, so no secret is in it: neither in a capture, which the loader cannot know, nor in an input that the
// flow does not call secret, and that the user keeps as such.
func (r *run) plain(t *template) (string, error) {
	f, err := r.find(t)
	if err != nil {
		return "", err
	}
	if f.isSecret() {
		return "", errSecret
	}
	value, err := r.evaluate(t, f)
	return value.Reveal(), err
}

// address evaluates the template of a URL. If it is a secret, the session decides where it may
// be sent. Only a flow that says so puts those that it calls secret there.
func (r *run) address(t *template) (portal.Value, error) {
	f, err := r.find(t)
	switch {
	case err != nil:
		return portal.Value{}, err
	case f.isSecret() && !f.given && !r.flow.secretInAddress:
		return portal.Value{}, errSecret
	}
	value, err := r.sent(t, f, r.sentURL)
	if err == nil && f.isSecret() && !r.hasCleanOrigin(t, value.Reveal(), f) {
		return portal.Value{}, errSecretHost
	}
	return value, err
}

// lookup returns the value of a reference. Own says that the user gave it, also if the portal returned
// it, or that it is of the session that goes on, and that it is not empty.
func (r *run) lookup(name ref) (value portal.Value, own bool, err error) {
	switch name.space {
	case spaceInput:
		return r.input(name.name)
	case spaceCapture:
		if value, ok := r.kept(name.name); ok || r.flow.isOptional(name.name) {
			return value, r.isOwn(value), nil
		}
	case spaceProbe:
		value, err = known(r.env.Probe, name)
		return value, false, err
	case spaceLink:
		value, err = known(r.env.Link, name)
		return value, false, err
	case spaceSession:
		if text, ok := r.env.Session[name.name]; ok {
			return portal.Plain(text), text != "", nil
		}
		if slices.Contains(r.env.SessionLeftOut, name.name) {
			return portal.Value{}, false, &absentError{fmt.Errorf("read %s: %w", name, errLeftOut)}
		}
	}
	return portal.Value{}, false, &absentError{fmt.Errorf("read %s: it is not there", name)}
}

// isOwn reports whether a captured value, or the query of a captured URL, is a secret that the flow sent.
func (r *run) isOwn(value portal.Value) bool {
	if !value.IsSecret() {
		return false
	}
	u, err := r.session.Resolve(value.Reveal())
	return r.isReturned(value.Reveal()) || err == nil && r.hasReturned(u)
}

// errLeftOut says why a value of the session is not known any more.
var errLeftOut = errors.New("it is lost since the agent restarted: a value that contains a secret is not stored")

// absentError is a value that is not there in this run, which [functionOr] passes over.
type absentError struct{ err error }

func (e *absentError) Error() string { return e.err.Error() }

func (e *absentError) Unwrap() error { return e.err }

// known returns a fact, which may be missing on this network.
func known(facts map[string]string, name ref) (portal.Value, error) {
	if text := facts[name.name]; text != "" {
		return portal.Plain(text), nil
	}
	return portal.Value{}, &absentError{fmt.Errorf("read %s: it is not known on this network", name)}
}

func (r *run) input(name string) (value portal.Value, own bool, err error) {
	in, _ := r.flow.input(name)
	value, ok, err := r.provided(in)
	switch {
	case err != nil, ok:
		return value, ok && value.Reveal() != "", err
	case in.Default != "" || in.Optional:
		return portal.Plain(in.Default), false, nil
	}
	return portal.Value{}, false, &missingInput{name: in.Name, prompt: in.Prompt}
}

// provided returns the user's value of an input, if any.
func (r *run) provided(in Input) (portal.Value, bool, error) {
	if r.env.Inputs == nil {
		return portal.Value{}, false, nil
	}
	value, ok, err := r.env.Inputs(in.Name)
	if err != nil {
		return portal.Value{}, false, fmt.Errorf("look up input %s: %w", in.Name, err)
	}
	if !ok {
		return portal.Value{}, false, nil
	}
	return r.protect(in, value), true, nil
}

// isGiven reports whether the user gave an input that is not empty.
func (r *run) isGiven(name string) (bool, error) {
	in, _ := r.flow.input(name)
	value, ok, err := r.provided(in)
	return ok && value.Reveal() != "", err
}

// protect makes the value of a secret input secret and declares it to the session, which
// then redacts it even if only a value derived from it is sent.
func (r *run) protect(in Input, value portal.Value) portal.Value {
	if in.Secret {
		value = portal.Secret(value.Reveal())
	}
	if value.IsSecret() {
		r.session.Declare(value)
	}
	return value
}

func (r *run) fields(fields []field) ([]portal.Field, error) {
	rendered := make([]portal.Field, len(fields))
	for i, f := range fields {
		name, err := r.name(f.name, f.template)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.name, err)
		}
		value, err := r.render(f.value)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.name, err)
		}
		rendered[i] = portal.Field{Name: name, Value: value}
	}
	return rendered, nil
}

// name evaluates the name of a field or key. It is no secret, because traces show it.
func (r *run) name(text string, t *template) (string, error) {
	if t == nil {
		return text, nil
	}
	f, err := r.find(t)
	switch {
	case err != nil:
		return "", err
	case f.isSecret():
		return "", errSecret
	}
	name, err := r.sent(t, f, whole)
	return name.Reveal(), err
}

func (r *run) jsonTable(members []member) (any, error) {
	table := make(map[string]any, len(members))
	for _, m := range members {
		key, err := r.name(m.key, m.template)
		if err != nil {
			return nil, err
		}
		if _, has := table[key]; has {
			return nil, fmt.Errorf("json: two members are named %q", key)
		}
		if table[key], err = r.json(m.value); err != nil {
			return nil, err
		}
	}
	return table, nil
}

// json evaluates the templates of a JSON body.
func (r *run) json(node any) (any, error) {
	switch node := node.(type) {
	case *template:
		return r.render(node)
	case []any:
		list := make([]any, len(node))
		for i, entry := range node {
			value, err := r.json(entry)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	case []member:
		return r.jsonTable(node)
	case null:
		return nil, nil
	default:
		return node, nil
	}
}
