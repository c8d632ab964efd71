package api

// FileInfo is a stored file; its bytes are at Uri.
type FileInfo struct {
	_ struct{} `ns:"Voice.Api.Files"`
	EntityInfo
	Type               FileTypes
	AccountId          string
	AccountName        string
	CustomerId         string
	CustomerName       string
	CustomerBreadcrumb []CustomerBreadcrumb
	UserId             string
	UserName           string
	SessionId          string // ours
	FileName           string
	Uri                string
	ContentType        string
	ContentLength      int64
	RecordingSid       string // of a recording: the file's id
	RecordingDuration  int    // seconds
	RecordingFrom      string
	Transcription      string
	FromAddress        string
	ToAddress          string
	AITranscription    string // the same as transcription: machines write all of ours
	FromName           string // ours, and of a voice message alone
	IsUnread           *bool  // the same
}

// FileTypes are what a file is.
type FileTypes string

func (FileTypes) Members() []string {
	return []string{"Upload", "VoiceMessage", "CallRecording", "Fax", "Attachment", "FaxOutgoing", "LiveAnswerRecording"}
}

// ListFiles lists files.
type ListFiles struct {
	_ struct{} `ns:"Voice.Api.Files"`
	ListRequest
	AccountIds       []string
	CustomerIds      []string
	SessionId        string
	FileName         string
	ContentType      string
	Type             FileTypes
	DateCreatedStart string
	DateCreatedEnd   string
	UserId           string
	IsUnread         *bool // ours: voice messages that are new, or are not

	TranscriptionContains string
}

func (q *ListFiles) accounts() *[]string { return &q.AccountIds }

// GetFile shows a file.
type GetFile struct {
	_      struct{} `ns:"Voice.Api.Files"`
	FileId string
}

func (q *GetFile) file() string { return q.FileId }

// NewFile stores a file: multipart/form-data with a part named file.
type NewFile struct {
	_          struct{} `ns:"Voice.Api.Files"`
	AccountId  string
	CustomerId string
	FileName   string
}

func (q *NewFile) account() string { return q.AccountId }

// PatchFile changes what is told of a file.
type PatchFile struct {
	_          struct{} `ns:"Voice.Api.Files"`
	FileId     string
	FileName   *string
	CustomerId *string // empty: the account's; phone users can't give their files away
	IsUnread   *bool   // of a voice message
}

func (q *PatchFile) file() string { return q.FileId }

// DeleteFile deletes a file and its bytes.
type DeleteFile struct {
	_      struct{} `ns:"Voice.Api.Files"`
	FileId string
}

func (q *DeleteFile) file() string { return q.FileId }

// GetFileContent answers with a file's bytes, or the part that Range asks for.
type GetFileContent struct {
	_      struct{} `ns:"Voice.Api.Files"`
	FileId string
}

func (q *GetFileContent) file() string { return q.FileId }
