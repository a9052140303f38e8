package desktop

import (
	"errors"
	"strings"

	"github.com/godbus/dbus/v5"
)

// isDenied reports whether a service refused a method by its policy, or the bus by its own.
func isDenied(err error) bool {
	answer, ok := errors.AsType[dbus.Error](err)
	return ok && (strings.HasSuffix(answer.Name, ".PermissionDenied") || strings.HasSuffix(answer.Name, ".AccessDenied"))
}
