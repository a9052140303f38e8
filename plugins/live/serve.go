package live

import (
	"bufio"
	"context"
	_ "embed" // for the text of the interface
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// interfaceText is the definition of the protocol in Varlink's language.
//
//go:embed org.hotspothelper.Live1.varlink
var interfaceText string

// The interface that every Varlink service has, and its methods.
const (
	serviceIface  = "org.varlink.service"
	methodGetInfo = serviceIface + ".GetInfo"
	methodGetText = serviceIface + ".GetInterfaceDescription"
	serviceText   = `interface org.varlink.service
method GetInfo() -> (vendor: string, product: string, version: string, url: string, interfaces: []string)
method GetInterfaceDescription(interface: string) -> (description: string)
error InterfaceNotFound (interface: string)
error MethodNotFound (method: string)
error MethodNotImplemented (method: string)
error InvalidParameter (parameter: string)
`
)

// Serve answers the calls of one Varlink client, such as varlinkctl, until it closes the connection or the
// time of a flow is over: the program runs, and gets what the client calls. Its own calls are refused: there
// is no portal. The error is what breaks the connection, or why the program does not answer.
func (h *Helper) Serve(ctx context.Context, client io.ReadWriter) error {
	return h.converse(ctx, command{h.capacity.flows, flowTime, nil}, func(c *conn) error {
		calls := bufio.NewReaderSize(client, 64<<10)
		for {
			call, err := readCall(calls)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err == nil {
				err = h.serve(c, call, client)
			}
			if err != nil {
				return err
			}
		}
	})
}

// serve answers one call of a client.
func (h *Helper) serve(c *conn, call clientCall, client io.Writer) error {
	answer, err := h.forward(c, call)
	if failed, ok := errors.AsType[*callError](err); ok {
		answer, err = map[string]any{"error": failed.Name, "parameters": failed.Parameters}, nil
	}
	if err != nil || call.Oneway {
		return err
	}
	line, err := json.Marshal(answer)
	if err == nil {
		_, err = client.Write(append(line, 0))
	}
	if err != nil {
		return fmt.Errorf("answer the client: %w", err)
	}
	return nil
}

// clientCall is a call of a Varlink client.
type clientCall struct {
	Method     string         `json:"method"`
	Parameters map[string]any `json:"parameters"`
	Oneway     bool           `json:"oneway"`
}

// readCall reads up to the byte 0 that ends a message. [io.EOF]: there is none.
func readCall(client *bufio.Reader) (call clientCall, err error) {
	text, err := readUpTo(client, 0, maxLine)
	switch {
	case len(text) > maxLine:
		return call, fmt.Errorf("read a call: more than %d bytes", maxLine)
	case err != nil && len(text) == 0:
		return call, err
	case err != nil:
		return call, fmt.Errorf("read a call: %w", err)
	}
	text = text[:len(text)-1]
	if err := checkShape(text); err != nil {
		return call, fmt.Errorf("read a call: %w", err)
	}
	if err := json.Unmarshal(text, &call); err != nil {
		return call, fmt.Errorf("read a call: %w", err)
	}
	return call, nil
}

// forward answers a call about the service, and gives the others to the program.
func (h *Helper) forward(c *conn, call clientCall) (map[string]any, error) {
	var answer any
	switch call.Method {
	case methodGetInfo:
		answer = map[string]any{
			"vendor": "", "product": h.description.Label, "version": h.description.Version, "url": "",
			"interfaces": []string{serviceIface, strings.TrimSuffix(iface, ".")},
		}
	case methodGetText:
		name, _ := call.Parameters["interface"].(string)
		text := map[string]string{serviceIface: serviceText, strings.TrimSuffix(iface, "."): interfaceText}[name]
		if text == "" {
			return nil, &callError{serviceIface + ".InterfaceNotFound", call.Parameters}
		}
		answer = map[string]any{"description": text}
	case methodCancel:
		return nil, noMethod(call.Method) // the connection's end cancels
	default:
		if call.Parameters == nil {
			call.Parameters = map[string]any{}
		}
		reply, err := c.call(call.Method, call.Parameters, nil)
		if err != nil {
			return nil, err
		}
		answer = reply
	}
	return map[string]any{"parameters": answer}, nil
}
