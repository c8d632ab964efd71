package api

// UploadFile stores a file of a phone user.
type UploadFile struct {
	_            struct{} `ns:"Voice.Api.Files"`
	Data         string   // base64
	FileName     string
	ContentType  string // told by the bytes; what is said here is not needed
	ConvertToWav bool
}

// GetMyFiles lists the files of a phone user.
type GetMyFiles struct {
	_         struct{} `ns:"Voice.Api.Files"`
	FileTypes []FileTypes
}

// GetMyFilesResponse is that list.
type GetMyFilesResponse struct {
	_     struct{} `ns:"Voice.Api.Files"`
	Files []FileInfo
}

// AppUploadFile stores a file: multipart/form-data with a part named file, or its bytes
// as the body.
type AppUploadFile struct {
	_          struct{} `ns:"Voice.Api.Files"`
	FileName   string
	AccountId  string
	CustomerId string
}

func (q *AppUploadFile) account() string { return q.AccountId }

// AppGetFiles lists files.
type AppGetFiles struct {
	_ struct{} `ns:"Voice.Api.Files"`
	ListRequest
	AccountId        string
	CustomerId       string
	DateCreatedStart string
	DateCreatedEnd   string
	FileNameFilter   string
	Type             FileTypes
	ids              []string
}

func (q *AppGetFiles) accounts() *[]string {
	if q.AccountId != "" && len(q.ids) == 0 {
		q.ids = []string{q.AccountId}
	}
	return &q.ids
}
