package dial

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// response is the relevant part of a name server's answer.
type response struct {
	server    netip.Addr
	code      dnsmessage.RCode
	truncated bool
	records   []dnsmessage.Resource
}

// errOtherID says that an answer has the ID of another query.
var errOtherID = errors.New("answer to another query")

// readReply reads the answer to a query. It reads a truncated answer as far as it goes.
func readReply(message []byte, query dnsmessage.Message) (*response, error) {
	var p dnsmessage.Parser
	header, err := p.Start(message)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if header.ID != query.ID {
		return nil, errOtherID
	}
	questions, err := p.AllQuestions()
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if !answers(header, questions, query.Questions[0]) {
		return nil, errors.New("server answers another question")
	}
	r := &response{code: header.RCode, truncated: header.Truncated}
	for {
		next, err := readRecord(&p)
		switch {
		case errors.Is(err, dnsmessage.ErrSectionDone), err != nil && r.truncated:
			return r, nil
		case err != nil:
			return nil, fmt.Errorf("read answer: %w", err)
		}
		r.records = append(r.records, next)
	}
}

// answers reports whether a reply repeats the question. An error reply may omit it.
func answers(header dnsmessage.Header, questions []dnsmessage.Question, want dnsmessage.Question) bool {
	if !header.Response {
		return false
	}
	if len(questions) == 0 {
		return header.RCode != dnsmessage.RCodeSuccess
	}
	got := questions[0]
	return got.Type == want.Type && got.Class == want.Class && strings.EqualFold(got.Name.String(), want.Name.String())
}

// readRecord reads the next record of an answer. It skips the body of a record that is
// neither an address nor an alias, which may be malformed.
func readRecord(p *dnsmessage.Parser) (dnsmessage.Resource, error) {
	header, err := p.AnswerHeader()
	if err != nil {
		return dnsmessage.Resource{}, err
	}
	switch header.Type {
	case dnsmessage.TypeA, dnsmessage.TypeAAAA, dnsmessage.TypeCNAME:
		return p.Answer()
	}
	return dnsmessage.Resource{Header: header}, p.SkipAnswer()
}

// codeName returns the common name of a response code (RFC 1035, section 4.1.1).
func codeName(code dnsmessage.RCode) string {
	names := map[dnsmessage.RCode]string{
		dnsmessage.RCodeFormatError: "FORMERR", dnsmessage.RCodeServerFailure: "SERVFAIL", dnsmessage.RCodeNameError: "NXDOMAIN",
		dnsmessage.RCodeNotImplemented: "NOTIMP", dnsmessage.RCodeRefused: "REFUSED",
	}
	if name, ok := names[code]; ok {
		return name
	}
	return fmt.Sprintf("code %d", code)
}

// typeName returns the common name of a record type.
func typeName(t dnsmessage.Type) string { return strings.TrimPrefix(t.String(), "Type") }
