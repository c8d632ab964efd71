package endpoints

// LogEntry tells of one change: who did what, to what, from where.
type LogEntry struct {
	Entity      // DateCreated is when
	AccountID   string
	CustomerID  string
	UserName    string // e-mail address of the login
	APIKeyName  string // the API key that it came with; empty: none
	Operation   string // PatchFlow
	EntityID    string
	Description string // never has a value that somebody gave, but names
	IPAddress   string
}
