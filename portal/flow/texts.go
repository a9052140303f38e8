package flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// number parses a number that cannot overflow when it is added to a length.
func number(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < -maxValue || n > maxValue {
		return 0, fmt.Errorf("want a number from %d to %d", -maxValue, maxValue)
	}
	return n, nil
}

// slice returns count bytes of s from an index on, or less where s ends. A negative index
// counts from the end; a negative count leaves so many bytes off the end.
func slice(s, index, count string) (string, error) {
	from, err := number(index)
	if err != nil {
		return "", err
	}
	length, err := number(count)
	if err != nil {
		return "", err
	}
	if from < 0 {
		from = max(0, len(s)+from)
	}
	from = min(from, len(s))
	if length < 0 {
		return s[from:max(from, len(s)+length)], nil
	}
	return s[from:min(len(s), from+length)], nil
}

// split returns the part of s with a number, from 0, or from -1 for the last.
func split(s, separator, index string) (string, error) {
	if separator == "" {
		return "", errors.New("split wants a separator that is not empty")
	}
	n, err := number(index)
	if err != nil {
		return "", err
	}
	parts := strings.Count(s, separator) + 1
	if n < 0 {
		n += parts
	}
	if n < 0 || n >= parts {
		return "", &valueError{fmt.Sprintf("split finds no part %s", index)}
	}
	for range n {
		_, s, _ = strings.Cut(s, separator)
	}
	part, _, _ := strings.Cut(s, separator)
	return part, nil
}

// jsonQuote returns a JSON string with its quotes.
func jsonQuote(s string) string {
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a string can be encoded, and a buffer written
	return strings.TrimSuffix(quoted.String(), "\n")
}

// timeDiff returns the whole seconds from one time to another.
func timeDiff(from, to string) (string, error) {
	begin, ok := parseTime(from)
	end, also := parseTime(to)
	if !ok || !also {
		return "", &valueError{fmt.Sprintf("timediff wants two times like %s", time.RFC3339)}
	}
	return strconv.FormatInt(int64(end.Sub(begin)/time.Second), 10), nil
}
