package endpoints

import (
	"net"
	"regexp"
	"slices"
	"strings"
)

// Trunk is the carrier's side of a SipTrunk endpoint.
type Trunk struct {
	Host                  string
	Port                  int    // 5060
	Transport             string // udp, tcp, tls
	UserName              string
	Password              string // sealed at rest, never shown
	Register              bool
	AllowedIPs            []string // ip[/n][:port]
	Priority              int      // 1; lower first
	Prefixes              []string // of the E.164 number, plus sign included; none: all
	CallerIDFormat        string   // E164, E164NoPlus, National
	AllowOriginalCallerID bool
	AllowTransfers        bool     // its far end may transfer its calls, to numbers of the account
	MaxCalls              int      // 0: no limit
	Codecs                []string // PCMU, PCMA
}

// longest lists of a trunk.
const maxTrunkList = 100

var (
	prefixForm = regexp.MustCompile(`^\+[1-9][0-9]{0,14}$`)
	hostForm   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9.])?$`)
	transports = []string{"udp", "tcp", "tls"}
	formats    = []string{E164, E164NoPlus, National}
	codecs     = []string{"PCMU", "PCMA"}
)

// Validate fills in the defaults and tells what of t cannot be kept (*Invalid).
func (t *Trunk) Validate() error { return t.validate(false) }

// validate is Validate; one that has texts by other ways than SIP needs no calls.
func (t *Trunk) validate(texts bool) error {
	t.defaults()
	t.Host = strings.Trim(t.Host, "[]")
	if t.Host != "" && net.ParseIP(t.Host) == nil && !hostForm.MatchString(t.Host) {
		return invalid("host", "%.64q is neither a host name nor an IP address", t.Host)
	}
	if t.Host == "" && t.Register {
		return invalid("host", "is missing: there is nobody to register with")
	}
	if t.Host == "" && len(t.AllowedIPs) == 0 && t.UserName == "" && !texts {
		return invalid("host", "is missing, and so are allowedIps and userName: no call could go or come")
	}
	if t.Register && t.UserName == "" {
		return invalid("userName", "is missing: a trunk that registers needs one")
	}
	if t.Port < 1 || t.Port > 65535 {
		return invalid("port", "is %d; 1 to 65535 is allowed", t.Port)
	}
	if t.MaxCalls < 0 {
		return invalid("maxCalls", "is %d; 0 is no limit", t.MaxCalls)
	}
	if t.Priority < 0 {
		return invalid("priority", "is %d; 0 or more, lower first", t.Priority)
	}
	if max(len(t.AllowedIPs), len(t.Prefixes), len(t.Codecs)) > maxTrunkList {
		return invalid("allowedIps", "allowedIps, prefixes and codecs have at most %d entries each", maxTrunkList)
	}
	for i, p := range t.Prefixes {
		if t.Prefixes[i] = strings.TrimSpace(p); !prefixForm.MatchString(t.Prefixes[i]) {
			return invalid("prefixes", "%.32q can't be one: plus sign and digits of the E.164 number, such as +1", p)
		}
	}
	for i, text := range t.AllowedIPs {
		a, err := ParseAllowedIP(text)
		if err != nil {
			return err
		}
		t.AllowedIPs[i] = a.String()
	}
	return first(
		text("userName", &t.UserName, optional),
		oneOf("transport", t.Transport, transports), oneOf("callerIdFormat", t.CallerIDFormat, formats),
		allOf("codecs", t.Codecs, codecs),
	)
}

func (t *Trunk) defaults() {
	t.Host = strings.TrimSpace(t.Host)
	t.Transport = strings.ToLower(strings.TrimSpace(t.Transport))
	if t.Transport == "" {
		t.Transport = "udp"
	}
	if t.Port == 0 {
		t.Port = 5060
	}
	if t.Priority == 0 {
		t.Priority = 1
	}
	if t.CallerIDFormat == "" {
		t.CallerIDFormat = E164
	}
	if len(t.Codecs) == 0 {
		t.Codecs = slices.Clone(codecs)
	}
	for i := range t.Codecs {
		t.Codecs[i] = strings.ToUpper(strings.TrimSpace(t.Codecs[i]))
	}
}

func oneOf(field, value string, allowed []string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return invalid(field, "%.32q is none; there are %s", value, strings.Join(allowed, ", "))
}

func allOf(field string, values, allowed []string) error {
	for _, v := range values {
		if err := oneOf(field, v, allowed); err != nil {
			return err
		}
	}
	return nil
}
