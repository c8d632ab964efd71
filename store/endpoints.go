package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

type endpointRow struct {
	bun.BaseModel `bun:"table:endpoints,alias:e"`
	revised
	AccountID    string `bun:"account_id"`
	CustomerID   string `bun:"customer_id,nullzero"`
	ReferenceID  string `bun:"reference_id"`
	Kind         string `bun:"kind"`
	DisplayName  string `bun:"display_name"`
	FlowID       string `bun:"flow_id,nullzero"`
	FlowParams   string `bun:"flow_params"`
	Data         string `bun:"data"`
	MusicOnHold  string `bun:"music_on_hold"`
	Number       string `bun:"number"`
	Virtual      bool   `bun:"is_virtual"`
	FirstName    string `bun:"first_name"`
	LastName     string `bun:"last_name"`
	EmailAddress string `bun:"email_address"`
	UserMode     string `bun:"user_mode"`
	SipUserName  string `bun:"sip_user_name"`
	Trunk        string `bun:"trunk"`     // JSON, without the password
	Secrets      string `bun:"secrets"`   // secrets as JSON, sealed
	Members      string `bun:"members"`   // of a team: ids as JSON, in order
	Voicemail    string `bun:"voicemail"` // JSON, without the PIN's hash

	Scheduled      bool   `bun:"scheduled"`
	Schedule       string `bun:"schedule"`
	ScheduledFlows string `bun:"scheduled_flows"`
	Tags           string `bun:"tags"`         // ids as JSON
	More           string `bun:"more"`         // endpointMore as JSON
	TextCarrier    string `bun:"text_carrier"` // empty: none of its own
}

// endpointMore is what of an endpoint nothing searches for.
type endpointMore struct {
	endpoints.Portal
	Bot   *endpoints.Bot   `json:"bot,omitempty"`   // without its secrets
	Texts *endpoints.Texts `json:"texts,omitempty"` // without its secret

	WebChat bool `json:"webChat,omitempty"`
}

// secrets are what of an endpoint nobody may read in the database.
type secrets struct {
	HA1MD5    string `json:"md5,omitempty"`
	HA1SHA256 string `json:"sha256,omitempty"`
	Password  string `json:"password,omitempty"`
	Token     string `json:"token,omitempty"` // of a bot
	Signing   string `json:"signing,omitempty"`
	AppToken  string `json:"appToken,omitempty"`
	Page      string `json:"page,omitempty"`  // what opens a bot's web chat
	Texts     string `json:"texts,omitempty"` // of a number's or trunk's carrier of texts
	PINHash   string `json:"pin,omitempty"`   // of the voicemail box: so few digits are soon found, hashed or not
}

// fromEndpoint is e's row; the values of its data that have secret names are sealed.
func (s *Store) fromEndpoint(e *endpoints.Endpoint, secret map[string]bool) (*endpointRow, error) {
	r := &endpointRow{
		revised: fromRevised(e.Entity), AccountID: e.AccountID, CustomerID: e.CustomerID, ReferenceID: e.ReferenceID,
		Kind: string(e.Kind), DisplayName: e.DisplayName, FlowID: e.FlowID, FlowParams: text(e.FlowParams), Data: s.seal.closeData("endpoints/"+e.ID, e.Data, secret), MusicOnHold: e.MusicOnHold,
		Number: e.Number, Virtual: e.Virtual, FirstName: e.FirstName, LastName: e.LastName, EmailAddress: e.EmailAddress,
		UserMode: string(e.UserMode), SipUserName: e.SipUserName,
		Scheduled: e.Scheduled, Schedule: text(e.Schedule), ScheduledFlows: text(e.ScheduledFlows),
		Tags: text(e.TagIDs), More: text(endpointMore{e.Portal, e.Bot, e.Texts, e.WebChat}),
	}
	if e.Voicemail != (endpoints.Voicemail{PINHash: e.Voicemail.PINHash}) {
		r.Voicemail = text(e.Voicemail)
	}
	if e.Team != nil {
		r.Members = text(e.Team.MemberIDs)
	}
	hidden := secrets{HA1MD5: e.SipHA1MD5, HA1SHA256: e.SipHA1SHA256, PINHash: e.Voicemail.PINHash}
	if e.Bot != nil {
		hidden.Token, hidden.Signing, hidden.AppToken, hidden.Page = e.Bot.Token, e.Bot.SigningSecret, e.Bot.AppToken, e.Bot.DirectLineSecret
	}
	if e.Texts != nil {
		hidden.Texts, r.TextCarrier = e.Texts.Secret, string(e.Texts.Carrier)
	}
	if e.Trunk != nil {
		open := *e.Trunk
		hidden.Password, open.Password = open.Password, ""
		raw, err := json.Marshal(open)
		if err != nil {
			return nil, fmt.Errorf("trunk: %w", err)
		}
		r.Trunk = string(raw)
	}
	r.Secrets = s.seal.close("endpoints/"+e.ID, text(hidden))
	return r, nil
}

func (s *Store) endpoint(r *endpointRow) (*endpoints.Endpoint, error) {
	e := &endpoints.Endpoint{
		Entity: r.whole(), AccountID: r.AccountID, CustomerID: r.CustomerID, ReferenceID: r.ReferenceID,
		Kind: endpoints.Kind(r.Kind), DisplayName: r.DisplayName, FlowID: r.FlowID, MusicOnHold: r.MusicOnHold,
		Number: r.Number, Virtual: r.Virtual, FirstName: r.FirstName, LastName: r.LastName, EmailAddress: r.EmailAddress,
		UserMode: endpoints.UserMode(r.UserMode), SipUserName: r.SipUserName, Scheduled: r.Scheduled,
	}
	var hidden secrets
	var more endpointMore
	open, err := s.seal.open("endpoints/"+r.ID, r.Secrets)
	if err != nil {
		return nil, err
	}
	for _, part := range []struct {
		text string
		v    any
	}{{open, &hidden}, {r.FlowParams, &e.FlowParams}, {r.Trunk, &e.Trunk}, {r.Schedule, &e.Schedule}, {r.ScheduledFlows, &e.ScheduledFlows}, {r.Voicemail, &e.Voicemail}, {r.Tags, &e.TagIDs}, {r.More, &more}} {
		if err := fromText("endpoint "+r.ID, part.text, part.v); err != nil {
			return nil, err
		}
	}
	if e.Data, err = s.seal.openData("endpoints/"+r.ID, r.Data); err != nil {
		return nil, err
	}
	if e.Kind == endpoints.Team {
		e.Team = &endpoints.TeamMembers{}
		if err := fromText("endpoint "+r.ID, r.Members, &e.Team.MemberIDs); err != nil {
			return nil, err
		}
	}
	e.Portal, e.Bot, e.Texts, e.WebChat = more.Portal, more.Bot, more.Texts, more.WebChat
	if e.Texts != nil {
		e.Texts.Secret = hidden.Texts
	}
	if e.Bot != nil {
		e.Bot.Token, e.Bot.SigningSecret, e.Bot.AppToken, e.Bot.DirectLineSecret = hidden.Token, hidden.Signing, hidden.AppToken, hidden.Page
	}
	e.SipHA1MD5, e.SipHA1SHA256 = hidden.HA1MD5, hidden.HA1SHA256
	e.Voicemail.PINHash = hidden.PINHash
	if e.Trunk != nil {
		e.Trunk.Password = hidden.Password
	}
	return e, nil
}

var endpointSorting = entities.and(map[string]string{
	"displayName": "display_name", "type": "kind", "phoneNumber": "number", "sipUserName": "sip_user_name",
	"emailAddress": "email_address", "userMode": "user_mode", "referenceId": "reference_id", "firstName": "first_name", "lastName": "last_name",
	"name": "display_name", "userEmailAddress": "email_address", "customerId": "customer_id", "flowId": "flow_id",
}).with(sorting{"accountName": byAccount, "customerName": byCustomer, "flowName": byFlow, "isVirtualPhoneNumber": {name: "is_virtual"}})

// Endpoint is the endpoint with this id.
func (s *Store) Endpoint(ctx context.Context, id string) (*endpoints.Endpoint, error) {
	return s.oneEndpoint(ctx, "endpoint", "id", id)
}

// EndpointByNumber is the PhoneNumber endpoint of an E.164 number.
func (s *Store) EndpointByNumber(ctx context.Context, e164 string) (*endpoints.Endpoint, error) {
	if s.r != s.w { // most numbers are nobody's here, and a whole row takes longer to ask for
		if known, err := s.has(ctx, anyEndpointNumber, e164); err != nil {
			return nil, err
		} else if !known {
			return nil, unknown("phone number", e164)
		}
	}
	return s.oneEndpoint(ctx, "phone number", "number", e164)
}

// UserBySipName is the user with this sipUserName (lower case).
func (s *Store) UserBySipName(ctx context.Context, name string) (*endpoints.Endpoint, error) {
	return s.oneEndpoint(ctx, "user", "sip_user_name", name)
}

func (s *Store) oneEndpoint(ctx context.Context, what, column, value string) (*endpoints.Endpoint, error) {
	if value == "" { // of those there may be many
		return nil, unknown(what, value)
	}
	var r endpointRow
	if err := s.r.NewSelect().Model(&r).Where("?0 = ?1 AND ?0 <> ''", bun.Ident(column), value).Scan(ctx); err != nil { // as their indexes have it
		return nil, one(err, what, value)
	}
	return s.endpoint(&r)
}

// Trunks are all SipTrunk endpoints of the server.
func (s *Store) Trunks(ctx context.Context) ([]*endpoints.Endpoint, error) {
	all, _, err := s.Endpoints(ctx, endpoints.EndpointFilter{Types: []endpoints.Kind{endpoints.SipTrunk}, List: endpoints.List{All: true, Simplified: true}})
	return all, err
}

// OwnedNumbers are the numbers that the account may show as caller ID.
func (s *Store) OwnedNumbers(ctx context.Context, accountID string) ([]string, error) {
	var numbers []string
	err := s.r.NewSelect().TableExpr("endpoints").Column("number").Where("account_id = ? AND number <> ''", accountID).Order("created", "id").Scan(ctx, &numbers)
	return numbers, err
}
