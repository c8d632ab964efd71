package form

import (
	"bytes"
	"encoding/csv"
	"reflect"
	"strings"
)

// csv writes the items of a list with a header line; anything else is a list
// of one. Members that aren't simple stand in their cell as JSV.
func (c *Codec) csv(b *bytes.Buffer, v reflect.Value) {
	w := csv.NewWriter(b)
	w.UseCRLF = true
	t := reflect.Indirect(v).Type()
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	rows := c.rows(v)
	if len(rows) > 0 {
		t = rows[0].Type()
	} else if s := c.shapes[t]; s != nil {
		if m, ok := s.Member("Items"); ok {
			t = m.Type.Elem()
		}
	}
	s := c.shapes[t]
	if s == nil {
		for _, row := range rows {
			text, _ := scalar(row)
			_ = w.Write([]string{csvCell(text)}) // a Buffer doesn't fail
		}
		w.Flush()
		return
	}
	line := make([]string, len(s.Members))
	for i, m := range s.Members {
		line[i] = m.JSON
	}
	_ = w.Write(line)
	for _, row := range rows {
		for i, m := range s.Members {
			f := reflect.Indirect(row.FieldByIndex(m.Index))
			line[i] = ""
			if !f.IsValid() || absent(f) {
				continue
			}
			if text, ok := scalar(f); ok {
				line[i] = text
				if f.Kind() == reflect.String {
					line[i] = csvCell(text)
				}
				continue
			}
			var cell bytes.Buffer
			c.jsv(&cell, f)
			line[i] = csvCell(cell.String())
		}
		_ = w.Write(line)
	}
	w.Flush()
}

// csvCell keeps a spreadsheet from running a caller's name as a formula. A
// telephone number, or a negative one, is none.
func csvCell(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return s
	}
	if (s[0] == '+' || s[0] == '-') && strings.Trim(s[1:], "0123456789") == "" {
		return s
	}
	return "'" + s
}
