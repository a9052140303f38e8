package bus

import (
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

// export puts the service on the connection with its property and its description.
func export(conn *dbus.Conn, s *service, version string) error {
	if err := conn.Export(s, Path, Interface); err != nil {
		return err
	}
	properties, err := prop.Export(conn, Path, prop.Map{Interface: {
		propertyVersion: {Value: text(version), Emit: prop.EmitConst},
	}})
	if err != nil {
		return err
	}
	description := introspect.NewIntrospectable(&introspect.Node{Interfaces: []introspect.Interface{
		prop.IntrospectData, describe(properties.Introspection(Interface)),
	}})
	return conn.Export(description, Path, "org.freedesktop.DBus.Introspectable")
}

// describe is what introspection shows of the interface.
func describe(properties []introspect.Property) introspect.Interface {
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
		Properties: properties,
	}
}

// documented is a comment as GDBus and its tools read it.
func documented(comment string) []introspect.Annotation {
	return []introspect.Annotation{{Name: "org.gtk.GDBus.DocString", Value: comment}}
}
