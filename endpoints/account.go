package endpoints

import "time"

// Account is the tenant.
type Account struct {
	Entity
	Name string
}

// Settings are an account's SystemSettings that calls depend on.
type Settings struct {
	AccountID         string
	DefaultCountry    string        // ISO 3166, US
	TimeZoneID        string        // IANA, UTC
	Voice             string        // empty: the engine's
	CallerID          string        // the account's default number; empty: any owned
	AllowedCountries  []string      // beyond the home country
	MaxCallsPerUser   int           // outside calls at once: 2
	MaxCallsPerMinute int           // outside calls a minute a user: 6
	MaxSteps          int           // 10,000
	MaxStepsNoWait    int           // 1,000
	MaxCallDuration   time.Duration // 4 h
}

// Customer is a customer of the account; customers form a tree.
type Customer struct {
	Entity
	AccountID        string
	ParentCustomerID string
	Name             string
	ReferenceID      string
	Data             map[string]Value
}

// Role is a right of a login, in the API's names.
type Role string

const (
	SystemAdministrator Role = "SystemAdministrator"
	Manager             Role = "Manager"
	CustomerRole        Role = "Customer"
	UserRole            Role = "User"
	CallCenterDashboard Role = "CallCenterDashboard"
)

// Login is a person who may use the API. The e-mail address is unique on the server.
type Login struct {
	Entity
	EmailAddress        string
	FirstName, LastName string
	PasswordHash        string // PHC string, argon2id
	Roles               []Role
	AccountIDs          []string // a SystemAdministrator sees all, whatever stands here
	EndpointID          string   // role User: the user endpoint
}

// FileType is what a file is, in the API's names.
type FileType string

const (
	Upload        FileType = "Upload"
	VoiceMessage  FileType = "VoiceMessage"
	CallRecording FileType = "CallRecording"
)

// File is a stored file; its bytes are in the blob store under its id.
type File struct {
	Entity
	AccountID, CustomerID  string
	UserID                 string // endpoint id
	SessionID              string
	Type                   FileType
	FileName               string
	ContentType            string
	ContentLength          int64
	RecordingDuration      time.Duration
	RecordingFrom          string
	FromAddress, ToAddress string
}
