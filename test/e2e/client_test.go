package e2e

import "time"

// Status codes of the witness.
const (
	online      = "204"
	intercepted = "307"
	silent      = "000"
)

const checkURL = "http://connectivitycheck.gstatic.com/generate_204"

// curl runs curl in the client's namespace through one of its interfaces.
func (l *lab) curl(ifname string, args ...string) result {
	return l.exec(time.Minute, nil, in(l.client, append([]string{"curl", "-sS", "-m", "30", "--interface", ifname}, args...)...)...)
}

// witness is the status code of a connectivity check that is independent of the helper; 000 without a response.
func (l *lab) witness(ifname string) string {
	return l.curl(ifname, "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", checkURL).stdout
}

// awaitWitness polls until the witness sees the code.
func (l *lab) awaitWitness(ifname, want string) {
	l.t.Helper()
	took := eventually(l.t, patience, "witness on "+ifname+" sees "+want, func() (bool, string) {
		code := l.witness(ifname)
		return code == want, code
	})
	l.t.Logf("witness on %s sees %s after %v", ifname, want, took.Round(100*time.Millisecond))
}
