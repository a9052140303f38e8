package flow

import (
	"errors"
	"fmt"

	"hotspot-helper/portal"
)

// render evaluates a template. The result is secret if any value that it reads is.
func (r *run) render(t *template) (portal.Value, error) {
	value, _, err := r.renderWith(t)
	return value, err
}

// renderWith is render. Given says that a secret in the result can only be one that the user
// keeps as such, of inputs that the flow does not call secret.
func (r *run) renderWith(t *template) (value portal.Value, given bool, err error) {
	values := map[string]map[string]string{}
	secret, given := false, true
	for _, name := range t.refs {
		value, err := r.lookup(name)
		if err != nil {
			return portal.Value{}, false, err
		}
		secret = secret || value.IsSecret()
		if in, isInput := r.flow.input(name.name); value.IsSecret() && (name.space != spaceInput || !isInput || in.Secret) {
			given = false
		}
		put(values, name, value.Reveal())
	}
	text, err := t.execute(values, runtime{now: r.env.Now, random: r.env.Random})
	if err != nil {
		return portal.Value{}, false, err
	}
	if secret {
		return portal.Secret(text), given, nil
	}
	return portal.Plain(text), given, nil
}

// plain evaluates a template that may not contain a secret. A capture may contain one, which
// the loader cannot know. An input that the flow does not call secret may be one anyway,
// because the user keeps it as such: the session decides where that may be sent.
func (r *run) plain(t *template) (string, error) {
	value, given, err := r.renderWith(t)
	if err != nil {
		return "", err
	}
	if value.IsSecret() && !given {
		return "", errors.New("a secret is not allowed here: it goes only into fields, form or json")
	}
	return value.Reveal(), nil
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
		value, err := r.render(f.value)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.name, err)
		}
		rendered[i] = portal.Field{Name: f.name, Value: value}
	}
	return rendered, nil
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
	case map[string]any:
		table := make(map[string]any, len(node))
		for key, entry := range node {
			value, err := r.json(entry)
			if err != nil {
				return nil, err
			}
			table[key] = value
		}
		return table, nil
	default:
		return node, nil
	}
}
