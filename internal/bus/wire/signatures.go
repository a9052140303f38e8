package wire

import (
	"reflect"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

// Signatures returns those of the arguments that methods take: tables of functions by interface, which are exported on a
// connection. They are for [Calls].
func Signatures(exported map[string]map[string]any) []string {
	var all []string
	for _, methods := range exported {
		for _, method := range methods {
			all = append(all, argumentTypes(reflect.TypeOf(method)))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// argumentTypes returns the signature of the arguments of a method. A method may also take its call.
func argumentTypes(method reflect.Type) string {
	var signature strings.Builder
	for argument := range method.Ins() {
		if argument != reflect.TypeFor[dbus.Message]() {
			signature.WriteString(dbus.SignatureOfType(argument).String())
		}
	}
	return signature.String()
}
