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
	methodResume        = "Resume"
	methodLogoff        = "Logoff"
	methodAcceptChanged = "AcceptChanged"
	methodSuspect       = "Suspect"
	methodProbe         = "Probe"
	signalTransition    = "Transition"
	propertyVersion     = "Version"
)

// exported returns the methods of the service's object, by interface, with those of its property and its description. They
// are tables of methods: a library that finds exported methods by reflection makes the linker keep those of every type.
func exported(s *service, version string) map[string]map[string]any {
	description := introspect.NewIntrospectable(&introspect.Node{Interfaces: []introspect.Interface{prop.IntrospectData, describe()}})
	return map[string]map[string]any{
		Interface:                s.methods(),
		prop.IntrospectData.Name: properties{s, map[string]dbus.Variant{propertyVersion: dbus.MakeVariant(text(version))}}.methods(),
		introspect.IntrospectData.Name: {"Introspect": func(call dbus.Message) (string, *dbus.Error) {
			if err := s.admit(call); err != nil {
				return "", err
			}
			return description.Introspect()
		}},
	}
}

// export puts the service on the connection.
func export(conn *dbus.Conn, s *service, version string) error {
	var errs []error
	for iface, methods := range exported(s, version) {
		errs = append(errs, conn.ExportMethodTable(methods, Path, iface))
	}
	return errors.Join(errs...)
}

// describe returns the introspection data of the interface.
func describe() introspect.Interface {
	return introspect.Interface{
		Name: Interface,
		Annotations: documented("The captive-portal agent. Dictionaries have the keys of the JSON output of 'helper status' and 'helper networks'; " +
			"keys may be added. SSIDs are bytes, times are microseconds since 1970 (UTC). What is not known is left out. On the system bus a caller needs the group hotspot-helper " +
			"or the polkit action org.hotspothelper.manage; otherwise the error is org.hotspothelper.Error.NotAuthorized, or " +
			"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired if polkit would ask for a password and the call does not allow that."),
		Methods: append([]introspect.Method{
			{
				Name: methodGetStatus, Args: []introspect.Arg{{Name: "status", Type: "a{sv}", Direction: "out"}},
				Annotations: documented("The state of the agent: every watched interface with its network, phase, verdict and helper."),
			},
			{
				Name: methodGetNetworks, Args: []introspect.Arg{{Name: "networks", Type: "aa{sv}", Direction: "out"}},
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
		}, requests()...),
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

// requests are the methods that ask the agent to do something.
func requests() []introspect.Method {
	iface := introspect.Arg{Name: "interface", Type: "s", Direction: "in"}
	return []introspect.Method{
		{
			Name: methodLogin, Args: []introspect.Arg{iface},
			Annotations: documented("Log in on the interface, or on every one if it is empty. The answer says that the request is taken; " +
				"Transition says how it goes."),
		},
		{
			Name: methodResume, Args: []introspect.Arg{iface, {Name: "given", Type: "s", Direction: "in"}},
			Annotations: documented("Like Login, by a user who gave what the login waited for: 'consent' or 'input'. The cause of the transition says so."),
		},
		{
			Name: methodLogoff, Args: []introspect.Arg{iface},
			Annotations: documented("Log off on the interface, or on every one if it is empty, and leave the network alone until Login."),
		},
		{
			Name: methodAcceptChanged, Args: []introspect.Arg{iface, {Name: "accept", Type: "s", Direction: "in"}},
			Annotations: documented("Like Login, and a secret may go to the changed destination that the need of the status shows with this 'accept'."),
		},
		{
			Name: methodSuspect, Args: []introspect.Arg{iface},
			Annotations: documented("A person uses the portal of the interface, or of every one if it is empty: probe whether that let in. " +
				"Such probes have a pace. A metered link is left alone."),
		},
		{
			Name: methodProbe, Args: []introspect.Arg{iface},
			Annotations: documented("Look again what the interface, or every one if it is empty, reaches. A metered link and a network that was logged off from are left alone."),
		},
	}
}

// documented returns the annotation that GDBus and its tools show as a comment.
func documented(comment string) []introspect.Annotation {
	return []introspect.Annotation{{Name: "org.gtk.GDBus.DocString", Value: comment}}
}
