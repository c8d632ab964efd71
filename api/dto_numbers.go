package api

// SearchPhoneNumbers looks for numbers that nobody has been given. There is no
// carrier to ask for more.
type SearchPhoneNumbers struct {
	_           struct{} `ns:"Voice.Api.Endpoints"`
	AccountId   string
	AreaCode    string
	CountryCode string // ISO 3166; null: the account's
	Contains    string // digits
	IsFaxNumber *bool
	PostalCode  string // known of no number here, as what follows: it narrows nothing
	Region      string
	Distance    int
}

func (q *SearchPhoneNumbers) account() string { return q.AccountId }

// AvailablePhoneNumber is a number of the account without flow and customer.
type AvailablePhoneNumber struct {
	_            struct{} `ns:"Voice.Api.Endpoints"`
	EndpointId   string
	PhoneNumber  string
	FriendlyName string
	IsFaxNumber  bool
}

// SyncPhoneNumbers lets calls know of the numbers as they are stored.
type SyncPhoneNumbers struct {
	_         struct{} `ns:"Voice.Api.Endpoints"`
	AccountId string
}

func (q *SyncPhoneNumbers) account() string { return q.AccountId }

// VerifyCallerId asks which number an endpoint's outside calls show.
type VerifyCallerId struct {
	_          struct{} `ns:"Voice.Api.Endpoints"`
	EndpointId string
}

func (q *VerifyCallerId) endpoint() string { return q.EndpointId }

// VerifyCallerIdResponse is that number; without one, why there is none.
type VerifyCallerIdResponse struct {
	_          struct{} `ns:"Voice.Api.Endpoints"`
	EndpointId string
	CallerId   string
	IsVerified bool
	Message    string
}

// ListDuplicateEndpoints looks for values that more than one endpoint has.
type ListDuplicateEndpoints struct {
	_                 struct{} `ns:"Voice.Api.Endpoints"`
	AccountId         string
	EndpointFieldName string // an Endpoint Field, or PhoneNumber, EmailAddress, DisplayName, FirstName, LastName, SipUserName
}

func (q *ListDuplicateEndpoints) account() string { return q.AccountId }

// ListDuplicateEndpointsResponse are those values, the most frequent first.
type ListDuplicateEndpointsResponse struct {
	_          struct{} `ns:"Voice.Api.Endpoints"`
	Duplicates []DuplicateValue
}

// DuplicateValue is a value and who has it, the oldest first.
type DuplicateValue struct {
	_         struct{} `ns:"Voice.Api.Endpoints"`
	Value     string
	Count     int
	Endpoints []EndpointReference
}

// EndpointReference names an endpoint.
type EndpointReference struct {
	_           struct{} `ns:"Voice.Api.Endpoints"`
	Id          string
	DisplayName string
	Type        EndpointTypes
	CustomerId  string
}
