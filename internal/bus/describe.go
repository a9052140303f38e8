package bus

import (
	"errors"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/introspect"
	"github.com/godbus/dbus/v5/prop"
)

// The members of [Interface].
const (
	methodGetStatus   = "GetStatus"
	methodGetNetworks = "GetNetworks"
	methodGetClaims   = "GetClaims"
	methodLogin       = "Login"
	methodLogoff      = "Logoff"
	signalTransition  = "Transition"
	propertyVersion   = "Version"
)

// export puts the service on the connection with its property and its description,
// by tables of methods: where a library looks for exported methods by itself, the
// binary has to keep those of every type.
func export(conn *dbus.Conn, s *service, version string) error {
	version = text(version)
	description := introspect.NewIntrospectable(&introspect.Node{Interfaces: []introspect.Interface{prop.IntrospectData, describe()}})
	return errors.Join(
		conn.ExportMethodTable(s.methods(), Path, Interface),
		conn.ExportMethodTable(properties{propertyVersion: dbus.MakeVariant(version)}.methods(), Path, prop.IntrospectData.Name),
		conn.ExportMethodTable(map[string]any{"Introspect": description.Introspect}, Path, introspect.IntrospectData.Name),
	)
}

// describe is what introspection shows of the interface.
func describe() introspect.Interface {
	iface := introspect.Arg{Name: "interface", Type: "s", Direction: "in"}
	return introspect.Interface{
		Name: Interface,
		Annotations: documented("The captive-portal agent. Dictionaries have the keys of the JSON that 'helper status' and its like write; " +
			"keys may be added. SSIDs are octets, times microseconds since 1970 (UTC); what is not known is left out."),
		Methods: []introspect.Method{
			{
				Name:        methodGetStatus,
				Args:        []introspect.Arg{{Name: "status", Type: "a{sv}", Direction: "out"}},
				Annotations: documented("Where the agent stands: every watched interface with its network, phase, verdict and helper."),
			},
			{
				Name:        methodGetNetworks,
				Args:        []introspect.Arg{{Name: "networks", Type: "aa{sv}", Direction: "out"}},
				Annotations: documented("The networks on the air, with who would log in to each and how that went last."),
			},
			{
				Name: methodGetClaims,
				Args: []introspect.Arg{
					{Name: "ssid", Type: "ay", Direction: "in"},
					{Name: "claims", Type: "aa{sv}", Direction: "out"},
				},
				Annotations: documented("What every helper says of a network, best first."),
			},
			{
				Name: methodLogin, Args: []introspect.Arg{iface},
				Annotations: documented("Log in on the interface, or on every one where it is empty. The answer says that the request is taken; " +
					"Transition tells how it goes."),
			},
			{
				Name: methodLogoff, Args: []introspect.Arg{iface},
				Annotations: documented("Log off on the interface, or on every one where it is empty, and leave the network alone until Login."),
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

// documented is a comment as GDBus and its tools read it.
func documented(comment string) []introspect.Annotation {
	return []introspect.Annotation{{Name: "org.gtk.GDBus.DocString", Value: comment}}
}
