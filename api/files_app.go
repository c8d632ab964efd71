package api

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"

	"ringflow/endpoints"
	"ringflow/session"
)

// maxMyFiles is how many files a phone user is shown, the newest.
const maxMyFiles = 1_000

// uploadFile keeps a phone user's file, as its own.
func (s *Server) uploadFile(r *Request, q *UploadFile) (*FileInfo, error) {
	u, err := s.ownUser(r, r.Who.login.EndpointID)
	if err != nil {
		return nil, err
	}
	if q.Data == "" {
		return nil, &endpoints.Invalid{Field: "data", Text: "is missing: send the file's bytes in base64"}
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(q.Data))
	if err != nil {
		return nil, &endpoints.Invalid{Field: "data", Text: "is no base64"}
	}
	name := plainName(q.FileName)
	if q.ConvertToWav {
		if data, err = session.ToWav(bytes.NewReader(data)); err != nil {
			return nil, &endpoints.Invalid{Field: "data", Text: "can't be converted to WAV: " + err.Error()}
		}
		if stem, _, ok := cutLast(name, "."); ok {
			name = stem
		}
		name += ".wav"
	}
	f := &endpoints.File{
		AccountID: u.AccountID, CustomerID: u.CustomerID, UserID: u.ID, Type: endpoints.Upload, FileName: name,
		ContentType: sniff(data[:min(len(data), sniffed)]), ContentLength: int64(len(data)),
	}
	f.ID, f.CreatedBy, f.LastModifiedBy = endpoints.NewID(), r.Who.login.EmailAddress, r.Who.login.EmailAddress
	if err := session.Announce(s.Blob, f.ID); err != nil {
		return nil, err
	}
	if err := s.putBytes(f.ID, bytes.NewReader(data)); err != nil {
		s.forget(f.ID)
		return nil, err
	}
	if err := s.Store.PutFile(r.Context(), f); err != nil {
		s.removeBytes(f.ID)
		return nil, err
	}
	s.forget(f.ID)
	return s.fileInfo(r.Context(), f)
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i <= 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// putBytes makes the bytes of a file durable, in the place of those that there may be.
func (s *Server) putBytes(id string, from io.Reader) error {
	w, err := s.Blob.Create(id)
	if err != nil {
		return err
	}
	defer w.Close() // after Commit it does nothing
	if _, err := io.Copy(w, from); err != nil {
		return err
	}
	_, err = w.Commit()
	return err
}

func (s *Server) getMyFiles(r *Request, q *GetMyFiles) (*GetMyFilesResponse, error) {
	u, err := s.ownUser(r, r.Who.login.EndpointID)
	if err != nil {
		return nil, err
	}
	f := endpoints.FileFilter{List: endpoints.List{CountPerPage: maxMyFiles, Simplified: true, SortOrder: endpoints.Descend}, AccountIDs: []string{u.AccountID}, UserID: u.ID}
	for _, t := range q.FileTypes {
		f.Types = append(f.Types, endpoints.FileType(t))
	}
	files, _, err := s.Store.Files(r.Context(), f)
	if err != nil {
		return nil, err
	}
	infos, err := s.fileInfos(r.Context(), files)
	return &GetMyFilesResponse{Files: infos}, err
}

// appUploadFile is newFile for everybody; a phone user's file is its own.
func (s *Server) appUploadFile(r *Request, q *AppUploadFile) (*FileInfo, error) {
	return s.newFile(r, &NewFile{AccountId: q.AccountId, CustomerId: q.CustomerId, FileName: q.FileName})
}

// appGetFiles lists files for everybody; a phone user sees its own.
func (s *Server) appGetFiles(r *Request, q *AppGetFiles) (*ListResponse[FileInfo], error) {
	list := &ListFiles{
		ListRequest: q.ListRequest, AccountIds: *q.accounts(), FileName: q.FileNameFilter, Type: q.Type,
		DateCreatedStart: q.DateCreatedStart, DateCreatedEnd: q.DateCreatedEnd,
	}
	if list.CustomerIds = keptTo(r.Context()); q.CustomerId != "" {
		if err := s.within(r.Context(), q.CustomerId, "customer", q.CustomerId); err != nil {
			return nil, err
		}
		list.CustomerIds = []string{q.CustomerId}
	}
	if own, confined := r.Who.ownEndpoint(); confined {
		if list.UserId = own; own == "" {
			return page[FileInfo](&q.ListRequest, nil, 0), nil
		}
	}
	return s.listFiles(r, list)
}
