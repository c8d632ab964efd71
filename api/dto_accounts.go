package api

import "encoding/json"

// AccountInfo is an account, the tenant.
type AccountInfo struct {
	_ struct{} `ns:"Voice.Api.Accounts"`
	EntityInfo
	Name               string
	ParentAccountId    string
	AncestorIds        []string // the topmost first
	MaxPhoneNumbers    int      // 0: no limit
	IsBYOA             bool     // twilioAccountSid is set
	TwilioAccountSid   string   // kept for clients, as what follows
	TrustHubProfileSid string
	LogoId             string // a file of the account
	LogoUri            string // where it is
	BillingSettings    json.RawMessage
}

// ListAccounts lists the caller's accounts.
type ListAccounts struct {
	_ struct{} `ns:"Voice.Api.Accounts"`
	ListRequest
	NameFilter string
}

// accounts are named by specificIds here.
func (q *ListAccounts) accounts() *[]string { return &q.SpecificIds }

// GetAccount shows an account.
type GetAccount struct {
	_         struct{} `ns:"Voice.Api.Accounts"`
	AccountId string
}

func (q *GetAccount) account() string { return q.AccountId }

// NewAccount makes an account. A twilioAuthToken is taken and not kept: there is
// no carrier to use it with.
type NewAccount struct {
	_                  struct{} `ns:"Voice.Api.Accounts"`
	Name               string
	ParentAccountId    string
	MaxPhoneNumbers    int
	TwilioAccountSid   string
	TwilioAuthToken    string
	TrustHubProfileSid string
	BillingSettings    json.RawMessage
}

// PatchAccount changes the members that are given.
type PatchAccount struct {
	_                  struct{} `ns:"Voice.Api.Accounts"`
	AccountId          string
	Name               *string
	ParentAccountId    *string // empty: to the top
	MaxPhoneNumbers    *int
	TwilioAccountSid   *string
	TwilioAuthToken    *string
	TrustHubProfileSid *string
	LogoId             *string
	BillingSettings    json.RawMessage
}

func (q *PatchAccount) account() string { return q.AccountId }

// DeleteAccount deletes an account that nothing belongs to any more.
type DeleteAccount struct {
	_         struct{} `ns:"Voice.Api.Accounts"`
	AccountId string
}

func (q *DeleteAccount) account() string { return q.AccountId }

// CheckAccount looks for what keeps an account's calls from working.
type CheckAccount struct {
	_         struct{} `ns:"Voice.Api.Accounts"`
	AccountId string
}

func (q *CheckAccount) account() string { return q.AccountId }

// CheckAccountResponse is what was found. It is healthy without a problem of
// severity Error.
type CheckAccountResponse struct {
	_                struct{} `ns:"Voice.Api.Accounts"`
	AccountId        string
	IsHealthy        bool
	PhoneNumbers     int
	Users            int
	Trunks           int
	TrunksRegistered int
	FlowsInUse       int
	Problems         []AccountProblem
}

// AccountProblem is one thing that is wrong.
type AccountProblem struct {
	_          struct{} `ns:"Voice.Api.Accounts"`
	Severity   ProblemSeverities
	EntityId   string // of an endpoint or a flow
	EntityName string
	Message    string
}

// ProblemSeverities: an Error keeps calls from working, a Warning may.
type ProblemSeverities string

func (ProblemSeverities) Members() []string { return []string{"Error", "Warning"} }

// RegenerateTokens ends what the logins of an account are logged in with.
type RegenerateTokens struct {
	_         struct{} `ns:"Voice.Api.Accounts"`
	AccountId string
}

func (q *RegenerateTokens) account() string { return q.AccountId }

// RegenerateTokensResponse counts what has ended.
type RegenerateTokensResponse struct {
	_              struct{} `ns:"Voice.Api.Accounts"`
	AccountId      string
	SessionsEnded  int // web sessions, and tokens that went out by mail
	TokensEnded    int // one-time tokens
	ApiKeysRevoked int
}
