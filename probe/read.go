package probe

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Bounds of evidence that is read from a file. The checks and the notes of a probe are far fewer.
const (
	maxReadList   = 1000
	maxReadValues = 100_000 // of JSON: an empty object takes three bytes there, and a hundred times that in memory
)

// ReadEvidence reads evidence that was encoded as JSON. It may come from someone else: lists are bounded by what a
// probe makes, before memory is taken for them.
func ReadEvidence(data []byte) (*Evidence, error) {
	if countValues(data) > maxReadValues {
		return nil, fmt.Errorf("it has more than %d values", maxReadValues)
	}
	evidence := &Evidence{}
	if err := json.Unmarshal(data, evidence); err != nil {
		return nil, err
	}
	switch {
	case evidence.Verdict == VerdictUnknown:
		return nil, errors.New("it has no verdict")
	case len(evidence.Hops) > maxHops:
		return nil, fmt.Errorf("it has %d hops, a probe at most %d", len(evidence.Hops), maxHops)
	case len(evidence.Checks) > maxReadList:
		return nil, fmt.Errorf("it has more than %d checks", maxReadList)
	case len(evidence.Families) > maxReadList || len(evidence.Notes) > maxReadList:
		return nil, fmt.Errorf("it has more than %d families or notes", maxReadList)
	}
	return evidence, nil
}

// countValues returns a number that is no less than that of the values in a JSON text.
func countValues(data []byte) int {
	count, inText, escapes := 1, false, false
	for _, c := range data {
		switch {
		case escapes:
			escapes = false
		case inText && c == '\\':
			escapes = true
		case c == '"':
			inText = !inText
		case !inText && (c == ',' || c == '[' || c == '{'):
			count++
		}
	}
	return count
}
