package api

import (
	"mime/multipart"
	"net/http"
	"reflect"
	"strings"

	"ringflow/api/form"
)

// bind fills a request DTO from body, form, query and path; a file of an Upload
// operation goes to the blob store.
func (h *handler) bind(r *Request, in reflect.Value, vars map[string]string, suffix form.Format) error {
	from := form.Input{Request: r.Request, Vars: vars, Suffix: suffix, Whole: r.Operation.Whole}
	limit := r.Operation.Limit
	if limit == 0 || from.Multipart() {
		limit = maxBody
	}
	if r.Operation.Upload {
		from.File = func(part *multipart.Part) error { return h.receiveFile(r, part) }
		if from.Multipart() {
			limit = maxUpload
		}
	}
	direct := r.Operation.Direct && from.Bytes()
	if direct {
		limit = maxUpload
	}
	from.Body = http.MaxBytesReader(r.W, r.Body, limit)
	if from.Multipart() || direct {
		from.Body = &slowReader{r: from.Body, rc: http.NewResponseController(r.W)}
	}
	if direct {
		var err error
		if r.file, err = h.receive(from.Body, ""); err != nil {
			return err
		}
		from.Body = http.NoBody
	}
	return h.codec.Bind(in, from)
}

// receiveFile takes the one file of an Upload operation.
func (h *handler) receiveFile(r *Request, part *multipart.Part) (err error) {
	if !strings.EqualFold(part.FormName(), "file") || r.file != nil {
		return badValue(part.FormName(), "one file is taken, in a part named file")
	}
	r.file, err = h.receive(part, part.FileName())
	return err
}
