package session

import "context"

// Mailer sends e-mail.
type Mailer interface {
	// Mail returns once m is certain to be sent, also after a crash, or at least
	// tried for days. A Key that was given before is not sent again: that is no error.
	Mail(ctx context.Context, m Mail) error
}

// Mail is one e-mail in plain text.
type Mail struct {
	AccountID     string
	Key           string // of what it tells, such as a file's id: sent once
	To            []string
	Subject, Text string
	Attach        []MailFile
}

// MailFile is a stored file that goes with an e-mail.
type MailFile struct {
	FileID      string
	Name        string // as it is shown
	ContentType string
	MP3         bool // a WAV that goes as MP3, where that can be made
}
