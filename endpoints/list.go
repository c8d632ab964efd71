package endpoints

import "time"

// SortOrder of a list, in the API's words.
type SortOrder string

const (
	Ascend  SortOrder = "Ascend"
	Descend SortOrder = "Descend"
)

// DefaultPage is how many items a page has when nobody says.
const DefaultPage = 25

// List says which part of a list is wanted, and in what order. The zero value
// is the first page in order of creation.
type List struct {
	Page         int // from 0
	CountPerPage int // 0: DefaultPage
	All          bool
	SpecificIDs  []string
	SortField    string // in the API's name; empty: dateCreated
	SortOrder    SortOrder
	Simplified   bool // no total is counted: -1
	// Most bounds what All may give: more are an error (*Invalid). 0: no bound.
	Most int
}

// AccountFilter chooses accounts.
type AccountFilter struct {
	List
	NameFilter string // contains
}

// CustomerFilter chooses customers.
type CustomerFilter struct {
	List
	AccountIDs        []string
	NameFilter        string
	ParentCustomerIDs []string
	ShallowParent     bool     // direct children only, without parents what stands at the top; else the whole tree below
	Within            []string // these customers and all below them only
	TagIDs            []string // all of them
}

// EndpointFilter chooses endpoints. Empty members let everything pass.
type EndpointFilter struct {
	List
	AccountIDs        []string
	CustomerIDs       []string // with all below them, unless ShallowParent
	ShallowParent     bool
	ReferenceIDs      []string
	FlowIDs           []string // always, or by a schedule
	FlowState         string   // have a flow for this state; with FlowIDs: one of those
	TagIDs            []string // all of them
	Types             []Kind
	NameFilter        string // contains
	PhoneNumberFilter string // contains
	UserMode          UserMode
	SipUserName       string
	DataFilters       []string         // Field=Value: this text, exactly
	FlowParams        map[string]Value // exactly these
	EmailAddress      string           // exactly, in its normal form
	NumberPrefix      string           // numbers that begin with it: +1415
	WithoutFlow       bool             // always or by a state
	WithoutCustomer   bool
}

// LoginFilter chooses logins.
type LoginFilter struct {
	List
	AccountIDs  []string
	EmailFilter string // contains
	EndpointID  string
	NoneOf      []Role // without those that have one of these roles
}

// APIKeyFilter chooses API keys.
type APIKeyFilter struct {
	List
	LoginIDs []string // of these logins
	// ManagedBy adds, to those of LoginIDs, the keys of logins that have no other
	// accounts than these, and no role that manages any.
	ManagedBy  []string
	NameFilter string // contains
}

// LogEntryFilter chooses entries of the audit log.
type LogEntryFilter struct {
	List
	AccountIDs  []string
	CustomerIDs []string  // with all below them; AccountLevel: those of no customer
	Start, End  time.Time // written in [Start, End); zero: open
	Description string    // contains
}

// AccountLevel stands in LogEntryFilter for what is of no customer.
const AccountLevel = "_"

// FileFilter chooses files.
type FileFilter struct {
	List
	AccountIDs    []string
	CustomerIDs   []string // with all below them
	SessionID     string
	UserID        string
	FileName      string // contains
	ContentType   string // contains
	Types         []FileType
	From, To      string    // contains; addresses
	Unread        *bool     // voice messages that are, or are not
	Start, End    time.Time // created in [Start, End); zero: open
	Transcription string    // contains
}
