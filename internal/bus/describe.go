package bus

import (
	"errors"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/introspect"
	"github.com/godbus/dbus/v5/prop"
)

// The members of [Interface].
const (
	methodGetStatus     = "GetStatus"
	methodGetNetworks   = "GetNetworks"
	methodGetClaims     = "GetClaims"
	methodLogin         = "Login"
	methodLogoff        = "Logoff"
	methodAcceptChanged = "AcceptChanged"
	signalTransition    = "Transition"
	propertyVersion     = "Version"
)

// export puts the service on the connection, with its property and its description. It
// uses tables of methods: a library that finds exported methods by reflection makes the
// linker keep those of every type.
func export(conn *dbus.Conn, s *service, version string) error {
	version = text(version)
	description := introspect.NewIntrospectable(&introspect.Node{Interfaces: []introspect.Interface{prop.IntrospectData, describe()}})
	return errors.Join(
		conn.ExportMethodTable(s.methods(), Path, Interface),
		conn.ExportMethodTable(properties{propertyVersion: dbus.MakeVariant(version)}.methods(), Path, prop.IntrospectData.Name),
		conn.ExportMethodTable(map[string]any{"Introspect": description.Introspect}, Path, introspect.IntrospectData.Name),
	)
}

// describe returns the introspection data of the interface.
func describe() introspect.Interface {
	iface := introspect.Arg{Name: "interface", Type: "s", Direction: "in"}
	return introspect.Interface{
		Name: Interface,
		Annotations: documented("The captive-portal agent. Dictionaries have the keys of the JSON output of 'helper status' and 'helper networks'; " +
			"keys may be added. SSIDs are bytes, times are microseconds since 1970 (UTC). What is not known is left out."),
		Methods: []introspect.Method{
			{
				Name:        methodGetStatus,
				Args:        []introspect.Arg{{Name: "status", Type: "a{sv}", Direction: "out"}},
				Annotations: documented("The state of the agent: every watched interface with its network, phase, verdict and helper."),
			},
			{
				Name:        methodGetNetworks,
				Args:        []introspect.Arg{{Name: "networks", Type: "aa{sv}", Direction: "out"}},
				Annotations: documented("The scanned networks, with the helper that would log in to each, and how the last login went."),
			},
			{
				Name: methodGetClaims,
				Args: []introspect.Arg{
					{Name: "ssid", Type: "ay", Direction: "in"},
					{Name: "claims", Type: "aa{sv}", Direction: "out"},
				},
				Annotations: documented("The answer of every helper about a network, best first."),
			},
			{
				Name: methodLogin, Args: []introspect.Arg{iface},
				Annotations: documented("Log in on the interface, or on every one if it is empty. The answer says that the request is taken; " +
					"Transition says how it goes."),
			},
			{
				Name: methodLogoff, Args: []introspect.Arg{iface},
				Annotations: documented("Log off on the interface, or on every one if it is empty, and leave the network alone until Login."),
			},
			{
				Name: methodAcceptChanged, Args: []introspect.Arg{iface, {Name: "accept", Type: "s", Direction: "in"}},
				Annotations: documented("Like Login, and a secret may go to the changed destination that the need of the status shows with this 'accept'."),
			},
		},
		Signals: []introspect.Signal{{
			Name:        signalTransition,
			Args:        []introspect.Arg{{Name: "transition", Type: "a{sv}"}},
			Annotations: documented("An association changed its phase."),
		}},
		Properties: []introspect.Property{{
			Name: propertyVersion, Type: "s", Access: "read",
			Annotations: []introspect.Annotation{{Name: "org.freedesktop.DBus.Property.EmitsChangedSignal", Value: "const"}},
		}},
	}
}

// documented returns the annotation that GDBus and its tools show as a comment.
func documented(comment string) []introspect.Annotation {
	return []introspect.Annotation{{Name: "org.gtk.GDBus.DocString", Value: comment}}
}
