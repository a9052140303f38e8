package pack

import _ "embed"

//go:embed schema.json
var schemaJSON string

// Schema returns the JSON Schema of a pack.toml, for editors. The tests of this package generate
// it from the types.
func Schema() string { return schemaJSON }
