package pack

import _ "embed"

//go:embed schema.json
var schemaJSON string

// Schema returns the JSON Schema of a pack.toml, for editors. It is made of the types by this
// package's tests.
func Schema() string { return schemaJSON }
