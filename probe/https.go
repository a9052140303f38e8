package probe

import (
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"time"
)

// unlessPlain turns full into limited if HTTPS does not work.
func (o observation) unlessPlain(d decision) decision {
	broken := o.brokenHTTPS()
	if len(broken) == 0 {
		return d
	}
	at := max(d.at, broken[len(broken)-1].Elapsed)
	return decision{verdict: VerdictLimited, reason: "http works, https does not: " + describe(broken), at: at, until: d.until, plain: true}
}

// brokenHTTPS returns a failed check over TLS of each operator, the earliest first, if HTTPS
// works for no check and fails for two operators. The failure of one may be a filter. It
// returns nothing while a check is pending.
func (o observation) brokenHTTPS() []checkState {
	secure := o.secure()
	if slices.ContainsFunc(secure, func(c checkState) bool { return c.Result == "" || c.securedTLS() }) {
		return nil
	}
	failed := slices.DeleteFunc(slices.Concat(o.with(CheckPortal, true), o.with(CheckFailed, true)), func(c checkState) bool { return !c.failedTLS() })
	broken := operators(sortByTime(failed))
	if len(broken) < 2 {
		return nil
	}
	return broken
}

// awaitsHTTPS reports whether a pending check may still tell if HTTPS works.
func (o observation) awaitsHTTPS() bool {
	secure := o.secure()
	pending := slices.ContainsFunc(secure, func(c checkState) bool { return c.Result == "" })
	return pending && len(operators(secure)) > 1 && !o.worksHTTPS()
}

// worksHTTPS reports whether a check proves that HTTPS works.
func (o observation) worksHTTPS() bool { return slices.ContainsFunc(o.secure(), checkState.securedTLS) }

// failHTTPS fails the pending checks over TLS.
func (o observation) failHTTPS(at time.Duration) {
	for i := range o.checks {
		if c := &o.checks[i]; c.Result == "" && c.endpoint.secure() {
			c.Result, c.Detail, c.Elapsed = CheckFailed, "no answer", at
		}
	}
}

// secure returns the checks over TLS.
func (o observation) secure() []checkState {
	return slices.DeleteFunc(slices.Clone(o.checks), func(c checkState) bool { return !c.endpoint.secure() })
}

// securedTLS reports whether a check over TLS reached its operator: the certificate was
// verified. A wrong answer after that is the operator's own.
func (c checkState) securedTLS() bool {
	return c.Result == CheckOnline || c.page != nil || c.stage >= stageSecured
}

// failedTLS reports whether the failure of a check over TLS speaks against the network. One
// to resolve the name may be a filter, and one for a certificate that is out of date a wrong
// clock.
func (c checkState) failedTLS() bool {
	if c.Result == CheckPortal {
		return true
	}
	_, nameless := errors.AsType[*net.DNSError](c.err)
	invalid, dated := errors.AsType[x509.CertificateInvalidError](c.err)
	unresolved := c.err == nil && c.stage < stageConnecting
	return !nameless && !unresolved && !(dated && invalid.Reason == x509.Expired)
}
