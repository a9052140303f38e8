package link

import (
	"strconv"
	"strings"
)

// leaseScanner splits the text of dhclient.leases(5) into statements.
type leaseScanner struct{ rest string }

// statement returns the words up to the next brace or semicolon, without quotes, and that
// character; 0 at the end of the text.
func (s *leaseScanner) statement() (words []string, end byte) {
	for {
		s.skip()
		if s.rest == "" {
			return words, 0
		}
		switch c := s.rest[0]; c {
		case '{', '}', ';':
			s.rest = s.rest[1:]
			return words, c
		case '"':
			words = append(words, s.quoted())
		default:
			n := strings.IndexAny(s.rest, " \t\r\n\";{}#")
			if n < 0 {
				n = len(s.rest)
			}
			words = append(words, s.rest[:n])
			s.rest = s.rest[n:]
		}
	}
}

// skip skips white space and comments.
func (s *leaseScanner) skip() {
	for {
		s.rest = strings.TrimLeft(s.rest, " \t\r\n")
		if !strings.HasPrefix(s.rest, "#") {
			return
		}
		_, s.rest, _ = strings.Cut(s.rest, "\n")
	}
}

// quoted reads a string, in which \OOO is a byte in octal, and another character after a
// backslash is itself.
func (s *leaseScanner) quoted() string {
	var text strings.Builder
	rest := s.rest[1:]
	for rest != "" && rest[0] != '"' {
		if rest[0] != '\\' || len(rest) == 1 {
			text.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		rest = rest[1:]
		if n, err := strconv.ParseUint(rest[:min(3, len(rest))], 8, 8); err == nil && len(rest) >= 3 {
			text.WriteByte(byte(n))
			rest = rest[3:]
			continue
		}
		text.WriteByte(rest[0])
		rest = rest[1:]
	}
	s.rest = strings.TrimPrefix(rest, `"`)
	return text.String()
}
