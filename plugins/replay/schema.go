package replay

import _ "embed"

//go:embed schema.json
var schemaJSON string

// Schema returns the JSON Schema of a recorded case, for editors. The tests generate it from
// the types.
func Schema() string { return schemaJSON }
