package form

import (
	"errors"
	"io"
	"mime/multipart"
	"net/url"
	"reflect"
)

const (
	maxFields = 100      // parts of a form
	maxField  = 64 << 10 // bytes of a part that is no file
)

// bindMultipart reads a form part by part: members into the DTO, files to who
// takes them.
func (c *Codec) bindMultipart(v reflect.Value, in Input, boundary string) error {
	if boundary == "" {
		return unbound("the multipart body has no boundary")
	}
	form := multipart.NewReader(in.Body, boundary)
	fields := url.Values{}
	for range maxFields {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return c.bindValues(v, fields)
		}
		if err != nil {
			return ReadError(err)
		}
		if part.FileName() != "" && in.File != nil {
			if err := in.File(part); err != nil {
				return err
			}
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, maxField+1))
		if err != nil {
			return ReadError(err)
		}
		if len(text) > maxField {
			return refuse(part.FormName(), "is longer than %d bytes", maxField)
		}
		fields.Add(part.FormName(), string(text))
	}
	return unbound("the form has more than %d parts", maxFields)
}
