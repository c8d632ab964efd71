package endpoints

import (
	"slices"
	"strings"
	"time"
)

// FileType is what a file is, in the API's names.
type FileType string

const (
	Upload        FileType = "Upload"
	VoiceMessage  FileType = "VoiceMessage"
	CallRecording FileType = "CallRecording"
	Attachment    FileType = "Attachment" // came with a message
)

// FileTypes are all there are.
var FileTypes = []FileType{Upload, VoiceMessage, CallRecording, Attachment}

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
	FromName               string // who left a voice message, as it was shown
	Unread                 bool   // a voice message that nobody has listened to
	Transcription          string // what is said in it; empty: it was not transcribed
}

// Validate tells what of f cannot be kept (*Invalid). The file name is only
// shown, never used as a path; still it names no folder.
func (f *File) Validate() error {
	if f.AccountID == "" {
		return invalid("accountId", "is missing")
	}
	if !slices.Contains(FileTypes, f.Type) {
		return invalid("type", "%.32q is no type of file; there are %v", f.Type, FileTypes)
	}
	if strings.ContainsAny(f.FileName, `/\`) {
		return invalid("fileName", "%.64q has a slash; write the name alone", f.FileName)
	}
	if f.Unread && f.Type != VoiceMessage {
		return invalid("isUnread", "is of a VoiceMessage alone, not of a %s", f.Type)
	}
	if f.ContentLength < 0 || f.RecordingDuration < 0 {
		return invalid("contentLength", "is negative")
	}
	return first(text("fileName", &f.FileName, required), text("contentType", &f.ContentType, optional), text("fromName", &f.FromName, optional))
}
