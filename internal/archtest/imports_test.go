package archtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything matches all packages of the project.
const everything = "*"

// layers lists which packages of the project each package may import. Imports run
// downwards only. A "/*" matches every package below. A package P/…test that is not
// in the table may import P and what is below P.
func layers() map[string][]string {
	return map[string][]string{
		"cmd/helper":                   {everything},
		"internal/daemon":              {"agent", "configs", "consent", "internal/bus", "internal/desktop", "internal/file", "internal/link", "internal/link/dial", "internal/maker", "internal/strict", "internal/systembus", "internal/tunnel", "internal/wait", "ondemand", "plugins", "plugins/builtin", "plugins/live", "plugins/pack", "plugins/packs", "plugins/remember", "plugins/replay", "plugins/trust", "portal", "portal/flow", "probe", "secrets", "wifi", "wifi/nl80211"},
		"internal/bus":                 {"agent", "annotate", "claims", "internal/bus/wire", "wifi"},
		"agent":                        {"annotate", "claims", "consent", "internal/file", "internal/maker", "internal/redact", "internal/statefile", "internal/wait", "internal/web", "ondemand", "plugins", "portal", "portal/flow", "probe", "wifi"},
		"plugins":                      {"claims", "consent", "internal/maker", "portal", "portal/flow", "probe", "wifi"},
		"plugins/pack":                 {"claims", "internal/file", "internal/maker", "internal/strict", "internal/web", "plugins", "portal", "portal/flow"},
		"plugins/packs":                {},
		"plugins/live":                 {"claims", "internal/confine", "internal/file", "internal/maker", "internal/redact", "internal/strict", "internal/wait", "internal/web", "plugins", "plugins/pack", "portal", "portal/flow", "probe", "wifi"},
		"plugins/builtin":              {"claims", "internal/wait", "internal/web", "plugins", "plugins/builtin/clickthrough", "portal", "portal/flow", "portal/wispr", "probe"},
		"plugins/builtin/clickthrough": {"internal/strict", "internal/web", "portal"},
		"plugins/replay":               {"claims", "consent", "internal/file", "internal/redact", "internal/strict", "internal/wait", "internal/web", "plugins", "plugins/pack", "portal", "portal/flow", "probe", "wifi"},
		"plugins/record":               {"internal/file", "internal/redact", "internal/strict", "internal/web", "plugins", "plugins/builtin/clickthrough", "plugins/pack", "plugins/packs", "plugins/replay", "portal", "portal/flow", "probe"},
		"internal/devtools":            {"plugins/record", "portal"},
		"plugins/remember":             {"claims", "internal/file", "internal/statefile", "internal/strict", "internal/web", "plugins/builtin/clickthrough", "plugins/pack", "plugins/record", "plugins/replay", "portal", "wifi"},
		"plugins/archive":              {"internal/file", "plugins/live", "plugins/pack"},
		"plugins/trust":                {"internal/file", "internal/maker", "internal/statefile", "plugins/archive", "plugins/live", "plugins/pack"},
		"consent":                      {"internal/maker", "internal/statefile", "wifi"},
		"secrets":                      {"internal/bus/wire", "internal/maker", "internal/statefile"},
		"annotate":                     {"claims", "wifi"},
		"claims":                       {"internal/web", "probe", "wifi"},
		"wifi/*":                       {"internal/wait", "wifi"},
		"portal/flow":                  {"internal/strict", "internal/wait", "internal/web", "portal", "portal/wispr"},
		"portal/wispr":                 {"internal/wait", "internal/web", "portal"},
		"configs":                      {"internal/file", "internal/statefile", "internal/strict"},

		"ondemand":                   {"probe", "wifi"},
		"wifi":                       {},
		"probe":                      {"internal/strict", "internal/web"},
		"portal":                     {"internal/redact", "internal/web"},
		"portal/portaltest":          {"internal/wait"},
		"probe/probetest":            {"internal/wait", "portal/portaltest", "probe"},
		"internal/appear":            {},
		"internal/browser":           {"internal/file", "internal/statefile"},
		"internal/proxy":             {"portal"},
		"internal/bus/bustest":       {},
		"internal/confine":           {},
		"internal/bus/wire":          {"internal/appear", "internal/wait"},
		"internal/desktop":           {"agent", "internal/bus/wire", "internal/notify", "internal/systembus", "internal/wait", "probe", "wifi"},
		"internal/notify":            {"internal/systembus"},
		"internal/file":              {},
		"internal/link":              {"internal/appear", "internal/file", "internal/systembus", "internal/wait"},
		"internal/link/dial":         {"internal/web"},
		"internal/schema/schematest": {"internal/strict"},
		"internal/maker":             {},
		"internal/manpage":           {},
		"internal/redact":            {"internal/web"},
		"internal/statefile":         {"internal/file"},
		"internal/strict":            {},
		"internal/systembus":         {"internal/bus/wire", "internal/wait"},
		"internal/resident":          {"internal/file"},
		"internal/tunnel":            {"internal/file", "internal/statefile", "internal/wait", "ondemand"},
		"internal/wait":              {},
		"internal/web":               {},
		"internal/archtest":          {},

		// Live helpers: programs of their own.
		"examples":   {},
		"examples/*": {},

		// Rigs: nothing of the product imports them.
		"test/*": {everything},
	}
}

// forTests says what the tests of a package may import beyond what [layers] gives them:
// those of whole logins run real helpers.
func forTests() map[string][]string {
	return map[string][]string{
		"agent":          {"plugins/builtin", "plugins/pack", "plugins/packs", "plugins/replay"},
		"plugins/pack":   {"plugins/packs", "plugins/replay", "internal/schema/schematest"},
		"probe":          {"internal/wait"},
		"plugins/packs":  {"plugins/builtin", "plugins/replay"},
		"plugins/replay": {"plugins/packs", "internal/schema/schematest"},
		"plugins/live":   {"plugins/replay", "internal/file/filetest"},
		"portal/flow":    {"internal/schema/schematest"},
		// A real bus.
		"secrets":            {"internal/bus/bustest"},
		"internal/desktop":   {"internal/bus/bustest", "internal/notify/notifytest"},
		"internal/notify":    {"internal/bus/bustest"},
		"internal/daemon":    {"internal/bus/wire"},
		"internal/link":      {"internal/bus/bustest"},
		"internal/systembus": {"internal/bus/bustest"},
		"internal/tunnel":    {"internal/bus/bustest", "internal/file/filetest", "internal/systembus"},
		// Programs that they write.
		"internal/bus/bustest": {"internal/file/filetest"},
		"internal/confine":     {"internal/file/filetest"},
	}
}

// matches reports whether a pattern of the table matches a package.
func matches(pattern, pkg string) bool {
	below, isTree := strings.CutSuffix(pattern, "/*")
	return pattern == everything || pattern == pkg || isTree && strings.HasPrefix(pkg, below+"/")
}

// allowed returns what a package may import, and whether it has a place in the table.
func allowed(table map[string][]string, pkg string) ([]string, bool) {
	if list, found := table[pkg]; found {
		return list, true
	}
	if subject := path.Dir(pkg); strings.HasSuffix(pkg, "test") && table[subject] != nil {
		return below(table, subject), true
	}
	for pattern, list := range table {
		if pattern != everything && matches(pattern, pkg) {
			return list, true
		}
	}
	return nil, false
}

// below returns a package and all that it may reach.
func below(table map[string][]string, pkg string) []string {
	list := []string{pkg}
	for i := 0; i < len(list); i++ {
		for _, next := range table[list[i]] {
			if !slices.Contains(list, next) {
				list = append(list, next)
			}
		}
	}
	return list
}

// violation describes what is wrong with one import of a package of the project; it
// is empty when the table allows the import. Tests may also import what lies further
// below, the test packages of all that, and the packages inside their own, as those of
// plugins import plugins/replay.
func violation(table map[string][]string, pkg, imported string, test bool) string {
	list, found := allowed(table, pkg)
	if !found {
		return fmt.Sprintf("package %s is not in the table of imports", pkg)
	}
	if test {
		list = append(below(table, pkg), list...)
		list = append(list, pkg+"/*")
		for _, more := range forTests()[pkg] {
			list = append(list, below(table, more)...)
		}
	}
	for _, pattern := range list {
		subject := imported
		if test && strings.HasSuffix(imported, "test") && !matches(pattern, imported) {
			subject = path.Dir(imported)
		}
		if matches(pattern, subject) {
			return ""
		}
	}
	return fmt.Sprintf("%s imports %s; it may import %q", pkg, imported, list)
}

func TestImports(t *testing.T) {
	table := layers()
	for _, s := range repository(t) {
		if _, found := allowed(table, s.dir()); !found {
			t.Errorf("%s: package %s is not in the table of imports", s.name, s.dir())
		}
		for _, imported := range s.imports() {
			own, found := strings.CutPrefix(imported, module+"/")
			if !found {
				continue
			}
			if v := violation(table, s.dir(), own, s.isTest()); v != "" {
				t.Errorf("%s: %s", s.name, v)
			}
		}
	}
}

func TestViolation(t *testing.T) {
	for _, test := range []struct {
		pkg, imported string
		test          bool
		want          bool // a violation
	}{
		{"agent", "plugins", false, false},
		{"agent", "internal/bus", false, true},
		{"agent", "wifi/nl80211", false, true},
		{"plugins/builtin", "portal/wispr", false, false},
		{"plugins", "plugins/pack", false, true},
		{"plugins", "plugins/builtin", false, true},
		{"plugins", "plugins/replay", false, true},
		{"plugins", "plugins/replay", true, false},
		{"portal", "wifi", false, true},
		{"portal", "portal/flow", false, true},
		{"wifi/iwd", "wifi", false, false},
		{"wifi/iwd", "wifi/nl80211", false, true},
		{"wifi", "wifi/nl80211", false, true},
		{"probe/probetest", "probe", false, false},
		{"probe/probetest", "wifi", false, true},
		{"agent/agenttest", "wifi", false, false},
		{"agent/agenttest", "internal/bus", false, true},
		{"agent", "agent/agenttest", false, true},
		{"agent", "agent/agenttest", true, false},
		{"agent", "portal/portaltest", false, true},
		{"agent", "portal/portaltest", true, false},
		{"agent", "plugins/pack", false, true},
		{"agent", "plugins/pack", true, false},
		{"annotate", "plugins/pack", true, true},
		{"claims", "portal/portaltest", true, true},
		{"wifi", "wifi", true, false},
		{"cmd/helper", "internal/bus", false, false},
		{"elsewhere", "wifi", false, true},
	} {
		v := violation(layers(), test.pkg, test.imported, test.test)
		if got := v != ""; got != test.want {
			t.Errorf("%s → %s, in a test %v: %q", test.pkg, test.imported, test.test, v)
		}
	}
}

// TestLayersAreLayers requires that no two packages may import each other.
func TestLayersAreLayers(t *testing.T) {
	table := layers()
	for pkg, list := range table {
		for _, next := range list {
			if next != everything && slices.Contains(below(table, next), pkg) {
				t.Errorf("%s and %s may import each other", pkg, next)
			}
		}
	}
	if diff := cmp.Diff([]string{"annotate", "claims", "wifi", "internal/web", "probe", "internal/strict"}, below(table, "annotate")); diff != "" {
		t.Error(diff)
	}
}
