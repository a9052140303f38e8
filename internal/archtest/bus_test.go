package archtest

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// connecting are the functions of godbus that connect to a bus.
var connecting = regexp.MustCompile(`^(Connect|Dial|SessionBus|SystemBus|NewConn)`)

// TestConnections requires that one package alone connects to buses, because it bounds the wait, the
// messages and the calls. Tests, and packages for them, connect as they like.
func TestConnections(t *testing.T) {
	found := 0
	for _, s := range repository(t) {
		if s.isTest() || strings.HasPrefix(s.name, "test/") || strings.HasSuffix(s.dir(), "test") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := selector.X.(*ast.Ident)
			if !ok || pkg.Name != "dbus" || pkg.Obj != nil || !connecting.MatchString(selector.Sel.Name) {
				return true
			}
			if found++; s.dir() != "internal/bus/wire" {
				t.Errorf("%s uses dbus.%s: use wire.Dial", s.name, selector.Sel.Name)
			}
			return true
		})
	}
	if found == 0 {
		t.Error("nothing connects to a bus: the test looks for the wrong names")
	}
}
