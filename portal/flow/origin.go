package flow

import (
	"net/url"
	"slices"

	"hotspot-helper/internal/web"
)

// cleanHead returns the text of an expression up to what depends on a secret. All says that
// nothing does.
type cleanHead func(s scope, secret map[ref]bool) (text string, all bool, err error)

// headOf returns the head of a call. That of most functions is empty, since any byte of the
// result may depend on each argument.
func headOf(name string, args []operand) cleanHead {
	switch name {
	case "concat":
		return func(s scope, secret map[ref]bool) (string, bool, error) { return headOfAll(args, s, secret) }
	case "setquery":
		return func(s scope, secret map[ref]bool) (string, bool, error) {
			address, all, err := args[0].clean(s, secret)
			if err == nil && all {
				address = setQuery(address, "", "")
			}
			return address, false, err
		}
	}
	return nil
}

func headOfAll(parts []operand, s scope, secret map[ref]bool) (head string, all bool, err error) {
	for _, part := range parts {
		text, all, err := part.clean(s, secret)
		head += text
		if err != nil || !all {
			return head, false, err
		}
	}
	return head, true, nil
}

// clean evaluates an operand up to what depends on a secret.
func (o operand) clean(s scope, secret map[ref]bool) (text string, all bool, err error) {
	switch {
	case !slices.ContainsFunc(o.refs, func(r ref) bool { return secret[r] }):
		text, err = o.expression(s)
		return text, err == nil, err
	case o.head != nil:
		return o.head(s, secret)
	}
	return "", false, nil
}

// hasCleanOrigin reports whether scheme, host and port of a URL that the template gave come
// from what reads no secret: what stands before the first value of a secret is a URL with the
// same ones. So a secret decides at most whether the URL is opened, never where.
func (r *run) hasCleanOrigin(t *template, address string, f found) bool {
	head, _, err := headOfAll(t.parts, r.scope(f), f.secret)
	if err != nil {
		return false
	}
	fromNowhere := func(text string) (*url.URL, error) { return web.ResolveReference(nil, text) }
	return haveOneOrigin(head, address, fromNowhere) && haveOneOrigin(head, address, r.session.Resolve)
}

// haveOneOrigin reports whether two URLs have the same scheme, host and port.
func haveOneOrigin(a, b string, resolve func(string) (*url.URL, error)) bool {
	first, err := resolve(a)
	if err != nil {
		return false
	}
	second, err := resolve(b)
	return err == nil && first.Scheme == second.Scheme && first.Host == second.Host
}

// union appends the references that are missing.
func union(refs, more []ref) []ref {
	for _, r := range more {
		if !slices.Contains(refs, r) {
			refs = append(refs, r)
		}
	}
	return refs
}
