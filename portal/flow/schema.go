package flow

import _ "embed"

//go:embed schema.json
var schemaJSON string

// Schema returns the JSON Schema of a flow, for editors. It is made of the types by this
// package's tests. [Parse] knows more: what goes
// together, and in which order.
func Schema() string { return schemaJSON }
