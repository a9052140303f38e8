package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxAnswerLine is the length of the longest answer in bytes.
const maxAnswerLine = 4096

// maxTries is how often a question is asked that got no usable answer.
const maxTries = 5

// questions asks a person, line by line: that works in every terminal, over ssh, with a screen reader, and from a
// pipe.
type questions struct {
	in           *bufio.Reader
	out          io.Writer
	takeDefaults bool // nothing is asked
}

// line asks for one line. An empty one takes the default. check returns what is wrong with an answer; nil takes all.
func (q *questions) line(question, shown, otherwise string, check func(answer string) error) (string, error) {
	if q.takeDefaults {
		return otherwise, nil
	}
	for range maxTries {
		fmt.Fprintf(q.out, "%s [%s] ", question, printable(shown))
		line, err := q.in.ReadSlice('\n')
		answer := strings.TrimSpace(string(line))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return "", fmt.Errorf("read answer: more than %d bytes", maxAnswerLine)
		case errors.Is(err, io.EOF) && answer == "":
			fmt.Fprintln(q.out)
			return "", hinted(errors.New("read answer: the input ended, and nothing is changed"), "--yes takes every default without asking")
		case err != nil && !errors.Is(err, io.EOF):
			return "", fmt.Errorf("read answer: %w", err)
		case answer == "":
			return otherwise, nil
		}
		if err := check(answer); err != nil {
			fmt.Fprintf(q.out, "  %s\n", printable(firstLine(err)))
			continue
		}
		return answer, nil
	}
	return "", fmt.Errorf("read answer: %d were of no use, and nothing is changed", maxTries)
}

// choice asks for one of several words; its beginning is enough.
func (q *questions) choice(question, otherwise string, words ...string) (string, error) {
	find := func(answer string) string {
		matching := slices.DeleteFunc(slices.Clone(words), func(word string) bool { return !strings.HasPrefix(word, strings.ToLower(answer)) })
		if len(matching) != 1 {
			return ""
		}
		return matching[0]
	}
	answer, err := q.line(question+" ("+strings.Join(words, ", ")+")", otherwise, otherwise, func(answer string) error {
		if find(answer) == "" {
			return fmt.Errorf("want one of %s", strings.Join(words, ", "))
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return find(answer), nil
}

// yesNo asks whether to do something.
func (q *questions) yesNo(question string, otherwise bool) (bool, error) {
	answer, err := q.choice(question, yesNo(otherwise), "yes", "no")
	return answer == "yes", err
}

// section prints what the next question is about.
func (q *questions) section(title, explanation string) {
	if !q.takeDefaults {
		fmt.Fprintf(q.out, "\n%s\n%s\n", title, explanation)
	}
}
