package flow

import _ "embed"

//go:embed schema.json
var schemaJSON string

// Schema returns the JSON Schema of a flow, for editors. The tests generate it from the
// types. [ParseWith] checks more.
func Schema() string { return schemaJSON }
