package flow

// rawFlow and the types below are the decoded file. The loader compiles them to a Flow.
type rawFlow struct {
	Format    int                 `toml:"format"`
	Hosts     []string            `toml:"hosts"`
	Shared    []string            `toml:"shared_hosts"`
	Inputs    map[string]rawInput `toml:"inputs"`
	ExpiresIn string              `toml:"expires_in"`
	Every     int                 `toml:"every"`
	Terms     string              `toml:"terms"`
	InAddress bool                `toml:"secret_in_address"`
	Steps     []rawStep           `toml:"step"`
}

type rawInput struct {
	Prompt   string `toml:"prompt"`
	Secret   bool   `toml:"secret"`
	Optional bool   `toml:"optional"`
	Default  string `toml:"default"`
}

type rawStep struct {
	ID    string `toml:"id"`
	Terms string `toml:"terms"`

	Open   string            `toml:"open"`
	Submit string            `toml:"submit"`
	Fields map[string]string `toml:"fields"`
	Drop   []string          `toml:"drop"`
	Button string            `toml:"button"`
	Post   string            `toml:"post"`
	Form   map[string]string `toml:"form"`
	JSON   any               `toml:"json"`
	Follow string            `toml:"follow"`
	Wait   rawWait           `toml:"wait"`
	Visit  string            `toml:"visit"`

	Headers map[string]string `toml:"headers"`
	Basic   rawBasic          `toml:"basic"`
	Next    string            `toml:"next"`
	Closed  rawClosed         `toml:"closed"`

	Cases   []rawCase             `toml:"case"`
	Expect  []rawQuery            `toml:"expect"`
	Capture map[string]rawCapture `toml:"capture"`
}

type rawClosed struct {
	Goto string `toml:"goto"`
	Late string `toml:"late"`
}

type rawBasic struct {
	User     string `toml:"user"`
	Password string `toml:"password"`
}

type rawWait struct {
	Seconds int        `toml:"seconds"`
	Open    string     `toml:"open"`
	Every   int        `toml:"every"`
	AtMost  int        `toml:"at_most"`
	Until   []rawQuery `toml:"until"`
}

type rawCase struct {
	When   []rawQuery `toml:"when"`
	Result string     `toml:"result"`
	Cause  string     `toml:"cause"`
	Reason string     `toml:"reason"`
	After  string     `toml:"after"`
	Goto   string     `toml:"goto"`
}

type rawQuery struct {
	CSS    string `toml:"css"`
	Attr   string `toml:"attr"`
	URL    string `toml:"url"`
	Via    string `toml:"via"`
	Param  string `toml:"param"`
	JSON   string `toml:"json"`
	Script string `toml:"script"`
	Nth    int    `toml:"nth"`
	Header string `toml:"header"`
	Cookie string `toml:"cookie"`
	WISPr  string `toml:"wispr"`
	XML    string `toml:"xml"`
	Regex  string `toml:"regex"`
	Status []int  `toml:"status"`
	Input  string `toml:"input"`

	Session string `toml:"session"`

	Decode []string `toml:"decode"`

	Text    string `toml:"text"`
	Equals  string `toml:"equals"`
	Matches string `toml:"matches"`
	Absent  bool   `toml:"absent"`
}

type rawCapture struct {
	rawQuery
	Optional bool `toml:"optional"`
}
