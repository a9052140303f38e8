package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hotspot-helper/portal"
)

// found are the values of the references in a template.
type found struct {
	values map[string]map[string]string // by name space and name
	secret map[ref]bool
	// given says that a secret among them can only be one that the user keeps as such, of
	// inputs that the flow does not call secret.
	given bool
}

func (f found) isSecret() bool { return len(f.secret) > 0 }

// find looks the references of a template up.
func (r *run) find(t *template) (found, error) {
	f := found{values: map[string]map[string]string{}, secret: map[ref]bool{}, given: true}
	for _, name := range t.refs {
		value, err := r.lookup(name)
		if err != nil {
			return found{}, err
		}
		put(f.values, name, value.Reveal())
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

func (r *run) runtime() runtime { return runtime{now: r.env.Now, random: r.env.Random} }

// render evaluates a template. The result is secret if any value that it reads is.
func (r *run) render(t *template) (portal.Value, error) {
	f, err := r.find(t)
	if err != nil {
		return portal.Value{}, err
	}
	text, err := t.execute(f.values, r.runtime())
	if err != nil {
		return portal.Value{}, err
	}
	if f.isSecret() {
		return portal.Secret(text), nil
	}
	return portal.Plain(text), nil
}

var errSecret = errors.New("a secret is not allowed here: it goes only into fields, form, json or headers")

// plain evaluates a template that may not contain a secret. A capture may contain one, which
// the loader cannot know. An input that the flow does not call secret may be one anyway,
// because the user keeps it as such: the session decides where that may be sent.
func (r *run) plain(t *template) (string, error) {
	f, err := r.find(t)
	if err != nil {
		return "", err
	}
	if f.isSecret() && !f.given {
		return "", errSecret
	}
	return t.execute(f.values, r.runtime())
}

// address evaluates the template of a URL. It declares what is computed of secrets, also
// short and derived texts, so that they are masked everywhere.
func (r *run) address(t *template) (address string, secret bool, err error) {
	f, err := r.find(t)
	if err != nil {
		return "", false, err
	}
	if f.isSecret() && !f.given && !r.flow.secretInAddress {
		return "", false, errSecret
	}
	texts, err := t.texts(f.values, r.runtime())
	if err != nil {
		return "", false, err
	}
	for i, text := range texts {
		if slices.ContainsFunc(t.partRefs[i], func(name ref) bool { return f.secret[name] }) {
			r.session.Declare(portal.Secret(text))
		}
	}
	return strings.Join(texts, ""), f.isSecret(), nil
}

func (r *run) lookup(name ref) (portal.Value, error) {
	switch name.space {
	case spaceInput:
		return r.input(name.name)
	case spaceCapture:
		if value, ok := r.captures[name.name]; ok || r.flow.isOptional(name.name) {
			return value, nil
		}
	case spaceProbe:
		return known(r.env.Probe, name)
	case spaceLink:
		return known(r.env.Link, name)
	case spaceSession:
		if text, ok := r.env.Session[name.name]; ok {
			r.gave = r.gave || text != ""
			return portal.Plain(text), nil
		}
	}
	return portal.Value{}, fmt.Errorf("read %s: it is not there", name)
}

// known returns a fact, which may be missing on this network.
func known(facts map[string]string, name ref) (portal.Value, error) {
	if text := facts[name.name]; text != "" {
		return portal.Plain(text), nil
	}
	return portal.Value{}, fmt.Errorf("read %s: it is not known on this network", name)
}

func (r *run) input(name string) (portal.Value, error) {
	in, _ := r.flow.input(name)
	value, ok, err := r.provided(in)
	switch {
	case err != nil, ok:
		r.gave = r.gave || ok && value.Reveal() != ""
		return value, err
	case in.Default != "" || in.Optional:
		return portal.Plain(in.Default), nil
	}
	return portal.Value{}, &missingInput{name: in.Name, prompt: in.Prompt}
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

// name evaluates the name of a field, a header or a key.
func (r *run) name(text string, t *template) (string, error) {
	if t == nil {
		return text, nil
	}
	return r.plain(t)
}

func (r *run) jsonTable(members []member) (any, error) {
	table := make(map[string]any, len(members))
	for _, m := range members {
		key, err := r.name(m.key, m.template)
		if err != nil {
			return nil, err
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
