package web

import "context"

type toPortalKey struct{}

// ToPortal marks the requests of a context as sent to a portal: a transport may use what old
// portals need and other servers must not be offered.
func ToPortal(ctx context.Context) context.Context {
	return context.WithValue(ctx, toPortalKey{}, true)
}

// IsToPortal reports whether a context is marked by [ToPortal].
func IsToPortal(ctx context.Context) bool { return ctx.Value(toPortalKey{}) != nil }
