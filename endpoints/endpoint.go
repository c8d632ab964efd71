// Package endpoints holds the nouns of an account and their pure rules: who
// can be reached, under which number, and which caller ID may be shown.
package endpoints

import (
	"strings"
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
	Assistant    Kind = "Assistant"
	SlackBot     Kind = "SlackBot"
	SkypeBot     Kind = "SkypeBot"
)

// Kinds are all that can be kept.
var Kinds = []Kind{PhoneNumber, User, FaxNumber, EmailAddress, Team, SipTrunk, SlackBot, SkypeBot}

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
	// Revision counts the changes, from 1. Who puts what it has read back
	// replaces only that revision; 0 (never read) replaces any.
	Revision int64
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
	MusicOnHold string           // id of an audio file, for who waits in a call of it; empty: the account's
	TagIDs      []string         // of the account's tags
	Portal      Portal
	WebChat     bool // visitors without a login may write to it

	// With Scheduled, the flow of the schedule's state runs, FlowID's for a state without one.
	Scheduled      bool
	Schedule       *Schedule // nil: the customer's
	ScheduledFlows []ScheduledFlow

	// A phone number or a fax number.
	Number  string // E.164 with +
	Virtual bool   // isVirtualPhoneNumber

	// A user. The address is an e-mail endpoint's, too, and there unique on the server.
	FirstName, LastName string
	EmailAddress        string
	UserMode            UserMode
	SipUserName         string // unique on the server, lower case
	SipHA1MD5           string // RFC 7616 HA1 for the server's realm; sealed at rest
	SipHA1SHA256        string

	// A trunk.
	Trunk *Trunk

	// A phone number, a fax number or a trunk; nil: none of its own.
	Texts *Texts

	// A team.
	Team *TeamMembers

	// A bot.
	Bot *Bot

	// A user or a team.
	Voicemail Voicemail
}

// Validate tells what of e cannot be kept (*Invalid), and brings the rest into
// its normal form; country is the account's. Whether account, customer and
// flow exist, and whether number and names are free, is the store's to say.
func (e *Endpoint) Validate(country string) error {
	if e.AccountID == "" {
		return invalid("accountId", "is missing")
	}
	if err := first(
		text("displayName", &e.DisplayName, optional), text("referenceId", &e.ReferenceID, optional),
		ValidateStruct("data", e.Data), ValidateStruct("flowParams", e.FlowParams),
		e.Schedule.Validate(), validateScheduledFlows(e.ScheduledFlows), checkTagIDs(&e.TagIDs), e.Portal.validate(e.Kind),
	); err != nil {
		return err
	}
	if err := checkMusic(e.MusicOnHold); err != nil {
		return err
	}
	if e.Kind != SipTrunk && e.Trunk != nil {
		return invalid("type", "a %s has nothing of a trunk", e.Kind)
	}
	if e.WebChat && (e.Kind == SipTrunk || e.Kind == Team || e.Kind == User && e.UserMode != ModeFlow) {
		return invalid("webChat", "is of endpoints whose flow a message runs: numbers, addresses, bots, users of the mode Flow")
	}
	if e.Kind != Team && e.Team != nil {
		return invalid("type", "a %s has no members", e.Kind)
	}
	if e.Kind != SlackBot && e.Kind != SkypeBot && e.Bot != nil {
		return invalid("type", "a %s has nothing of a bot", e.Kind)
	}
	if e.Kind != User && e.Kind != Team && e.Voicemail != (Voicemail{}) {
		return invalid("type", "a %s has no voicemail box", e.Kind)
	}
	if err := first(e.Voicemail.Validate(), e.Texts.validate(e.Kind)); err != nil {
		return err
	}
	switch e.Kind {
	case PhoneNumber, FaxNumber:
		return e.validateNumber(country)
	case EmailAddress:
		return e.validateEmail()
	case SlackBot, SkypeBot:
		if e.DisplayName == "" {
			return invalid("displayName", "is missing")
		}
		if e.Bot == nil {
			e.Bot = &Bot{}
		}
		return e.Bot.validate(e.Kind)
	case User:
		return e.validateUser()
	case SipTrunk:
		if e.Trunk == nil {
			e.Trunk = &Trunk{}
		}
		if e.DisplayName == "" {
			return invalid("displayName", "is missing")
		}
		return e.Trunk.validate(e.Texts != nil && e.Texts.Carrier != CarrierSIP)
	case Team:
		if e.Team == nil {
			e.Team = &TeamMembers{}
		}
		if e.DisplayName == "" {
			return invalid("displayName", "is missing")
		}
		return e.Team.validate()
	}
	return invalid("type", "%.32q can't be kept; there are %v", e.Kind, Kinds)
}

// validateEmail checks the address that an e-mail endpoint is.
func (e *Endpoint) validateEmail() error {
	if e.EmailAddress = NormalEmail(e.EmailAddress); e.EmailAddress == "" {
		return invalid("emailAddress", "is missing")
	}
	if err := CheckEmail("emailAddress", e.EmailAddress); err != nil {
		return err
	}
	if e.DisplayName == "" {
		e.DisplayName = e.EmailAddress
	}
	return nil
}

func (e *Endpoint) validateNumber(country string) error {
	if e.Number == "" {
		return invalid("number", "is missing")
	}
	e164, err := ParseNumber(e.Number, country)
	if err != nil {
		return invalid("number", "%.64q isn't a telephone number; write it with its country code, such as +18005550100", e.Number)
	}
	e.Number = e164
	if e.DisplayName == "" {
		e.DisplayName = e164
	}
	return nil
}

func (e *Endpoint) validateUser() error {
	if err := first(text("firstName", &e.FirstName, optional), text("lastName", &e.LastName, optional)); err != nil {
		return err
	}
	if e.EmailAddress = NormalEmail(e.EmailAddress); e.EmailAddress != "" {
		if err := CheckEmail("emailAddress", e.EmailAddress); err != nil {
			return err
		}
	}
	if e.DisplayName == "" {
		e.DisplayName = strings.TrimSpace(e.FirstName + " " + e.LastName)
	}
	if e.DisplayName == "" {
		return invalid("firstName", "is missing: a user needs a name")
	}
	e.SipUserName = strings.ToLower(strings.TrimSpace(e.SipUserName))
	switch e.UserMode {
	case "":
		e.UserMode = SoftPhone
		fallthrough
	case SoftPhone, SipPhone:
		if !ValidSipUserName(e.SipUserName) {
			return invalid("sipUserName", "%.64q can't be one: a letter first, then letters, digits, dot, dash or underscore, 32 at most", e.SipUserName)
		}
	case ModeFlow:
		e.SipUserName, e.SipHA1MD5, e.SipHA1SHA256 = "", "", ""
	default:
		return invalid("userMode", "%.32q is none; there are %s, %s and %s", e.UserMode, SoftPhone, SipPhone, ModeFlow)
	}
	return nil
}
