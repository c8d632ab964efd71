package api

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"unicode"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/session"
)

func (s *Server) listFiles(r *Request, q *ListFiles) (*ListResponse[FileInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	f := endpoints.FileFilter{
		List: list, AccountIDs: q.AccountIds, CustomerIDs: q.CustomerIds, SessionID: q.SessionId, UserID: q.UserId,
		FileName: q.FileName, ContentType: q.ContentType,
	}
	f.Unread = q.IsUnread
	f.Transcription = q.TranscriptionContains
	if q.Type != "" {
		f.Types = []endpoints.FileType{endpoints.FileType(q.Type)}
	}
	if f.Start, f.End, err = days("dateCreatedStart", q.DateCreatedStart, "dateCreatedEnd", q.DateCreatedEnd); err != nil {
		return nil, err
	}
	files, total, err := s.Store.Files(r.Context(), f)
	if err != nil {
		return nil, err
	}
	items, err := s.fileInfos(r.Context(), files)
	return page(&q.ListRequest, items, total), err
}

func (s *Server) getFile(r *Request, _ *GetFile) (*FileInfo, error) {
	return s.fileInfo(r.Context(), r.found.file)
}

// newFile keeps the uploaded part: its bytes are on disk before its row is.
func (s *Server) newFile(r *Request, q *NewFile) (*FileInfo, error) {
	ctx := r.Context()
	if r.file == nil {
		return nil, &endpoints.Invalid{Field: "file", Text: "is missing: send multipart/form-data with a part of this name"}
	}
	if err := s.sameAccountCustomer(ctx, r.found.accountID, q.CustomerId); err != nil {
		return nil, err
	}
	name := q.FileName
	if name == "" {
		name = r.file.name
	}
	f := &endpoints.File{
		AccountID: r.found.accountID, CustomerID: q.CustomerId, Type: endpoints.Upload, FileName: plainName(name),
		ContentType: r.file.contentType, ContentLength: r.file.size,
	}
	f.ID, f.CreatedBy, f.LastModifiedBy = r.file.id, r.Who.login.EmailAddress, r.Who.login.EmailAddress
	if own, confined := r.Who.ownEndpoint(); confined {
		f.UserID = own
	}
	if err := session.Announce(s.Blob, f.ID); err != nil {
		return nil, err
	}
	if err := r.file.keep(); err != nil {
		s.forget(f.ID)
		return nil, err
	}
	if err := s.Store.PutFile(ctx, f); err != nil {
		s.removeBytes(f.ID)
		return nil, err
	}
	s.forget(f.ID)
	return s.fileInfo(ctx, f)
}

func (s *Server) deleteFile(r *Request, _ *DeleteFile) error {
	if err := session.Erase(r.Context(), s.Store, s.Blob, r.found.file.ID, s.log()); err != nil {
		return err
	}
	s.boxChanged(r.found.file)
	return nil
}

// removeBytes is for bytes that no row names: if it fails, the next start does so.
func (s *Server) removeBytes(id string) {
	if err := s.Blob.Remove(id); err != nil {
		s.log().Warn("bytes without a file stay until the next start", zap.String("file", id), zap.Error(err))
		return
	}
	s.forget(id)
}

// forget forgets the note of an upload: one that stays is for a file that is there, or
// gone, which the next start finds out.
func (s *Server) forget(id string) {
	if err := s.Blob.Forget(id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log().Warn("the note of an upload stays", zap.String("file", id), zap.Error(err))
	}
}

// getFileContent answers with the bytes, in such a way that no browser runs them.
func (s *Server) getFileContent(r *Request, _ *GetFileContent) (raw, error) {
	f := r.found.file
	body, _, err := s.Blob.Open(f.ID)
	if err != nil {
		return nil, missing(err, "content of file", f.ID)
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		defer body.Close()
		h := w.Header()
		h.Set("Content-Type", f.ContentType)
		h.Set("Content-Disposition", disposition(f))
		h.Set("Cache-Control", "private, no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("ETag", `"`+f.ID+"-"+f.DateLastModified.UTC().Format("20060102150405.000000")+`"`)
		http.ServeContent(&slowWriter{ResponseWriter: w, rc: http.NewResponseController(w)}, r, "", f.DateLastModified, body)
		return nil
	}, nil
}

// disposition lets a browser play sounds where it is, and saves all else.
func disposition(f *endpoints.File) string {
	how := "attachment"
	if strings.HasPrefix(f.ContentType, "audio/") {
		how = "inline"
	}
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%/`, r) {
			return '_'
		}
		return r
	}, f.FileName)
	return how + `; filename="` + ascii + `"; filename*=UTF-8''` + encodeName(f.FileName)
}

// encodeName is RFC 8187's ext-value.
func encodeName(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-' || c == '_' {
			b.WriteByte(c)
			continue
		}
		const hex = "0123456789ABCDEF"
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}

// longest shown file name, in bytes.
const maxFileName = 255

// plainName is a name to show: never a path, nothing that steers a terminal.
func plainName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	for len(name) > maxFileName {
		name = name[1:]
		name = strings.ToValidUTF8(name, "")
	}
	if name == "" || name == "." || name == ".." || name == "/" {
		return "file"
	}
	return name
}

func (s *Server) fileInfo(ctx context.Context, f *endpoints.File) (*FileInfo, error) {
	infos, err := s.fileInfos(ctx, []*endpoints.File{f})
	if err != nil {
		return nil, err
	}
	return &infos[0], nil
}

func (s *Server) fileInfos(ctx context.Context, files []*endpoints.File) ([]FileInfo, error) {
	var ids, customers []string
	for _, f := range files {
		ids, customers = append(ids, f.AccountID, f.UserID), append(customers, f.CustomerID)
	}
	names, err := s.shown(ctx, ids, customers)
	out := make([]FileInfo, len(files))
	for i, f := range files {
		out[i] = FileInfo{
			EntityInfo: entityInfo(f.Entity), Type: FileTypes(f.Type), AccountId: f.AccountID, AccountName: names.of(f.AccountID),
			CustomerId: f.CustomerID, CustomerName: names.of(f.CustomerID), CustomerBreadcrumb: names.crumbs[f.CustomerID],
			UserId: f.UserID, UserName: names.of(f.UserID), SessionId: f.SessionID, FileName: f.FileName,
			Uri:         s.fileURI(f.ID),
			ContentType: f.ContentType, ContentLength: f.ContentLength, RecordingDuration: int(f.RecordingDuration.Seconds()),
			RecordingFrom: f.RecordingFrom, Transcription: f.Transcription, AITranscription: f.Transcription, FromAddress: f.FromAddress, ToAddress: f.ToAddress,
		}
	}
	for i, f := range files {
		if f.Type == endpoints.VoiceMessage || f.Type == endpoints.CallRecording {
			out[i].RecordingSid = f.ID
		}
		if f.Type == endpoints.VoiceMessage {
			out[i].FromName, out[i].IsUnread = f.FromName, &files[i].Unread
		}
	}
	return out, err
}
