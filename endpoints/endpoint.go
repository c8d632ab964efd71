// Package endpoints holds the nouns of an account and their pure rules: who
// can be reached, under which number, and which caller ID may be shown.
package endpoints

import (
	"time"
)

// Kind is the type of an endpoint, in the API's names.
type Kind string

const (
	PhoneNumber  Kind = "PhoneNumber"
	User         Kind = "User"
	SipTrunk     Kind = "SipTrunk"
	Team         Kind = "Team"
	EmailAddress Kind = "EmailAddress"
	FaxNumber    Kind = "FaxNumber"
)

// UserMode tells what rings when a user is called.
type UserMode string

const (
	SoftPhone UserMode = "SoftPhone"
	SipPhone  UserMode = "SipPhone"
	ModeFlow  UserMode = "Flow" // no device: the user's flow runs
)

// Entity is what every row carries. Times are UTC.
type Entity struct {
	ID               string
	DateCreated      time.Time
	DateLastModified time.Time
	CreatedBy        string // e-mail of a login, or "system"
	LastModifiedBy   string
}

// Endpoint is anything that can start or receive a communication.
type Endpoint struct {
	Entity
	AccountID   string
	CustomerID  string
	ReferenceID string
	Kind        Kind
	DisplayName string
	FlowID      string
	FlowParams  map[string]Value
	Data        map[string]Value // values of the account's Endpoint Fields

	// A phone number.
	Number  string // E.164 with +
	Virtual bool   // isVirtualPhoneNumber

	// A user.
	FirstName, LastName string
	EmailAddress        string
	UserMode            UserMode
	SipUserName         string // unique on the server, lower case
	SipHA1MD5           string // RFC 7616 HA1 for the server's realm; sealed at rest
	SipHA1SHA256        string

	// A trunk.
	Trunk *Trunk
}

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
	MaxCalls              int      // 0: no limit
	Codecs                []string // PCMU, PCMA
}

// Value is the API's tagged union (spec of Struct and Value): at most one member is set.
type Value struct {
	Bool   *bool              `json:"boolValue,omitempty"`
	String *string            `json:"stringValue,omitempty"`
	Number *float64           `json:"numberValue,omitempty"`
	List   []map[string]Value `json:"listValue,omitempty"`
	Struct map[string]Value   `json:"structValue,omitempty"`
}
