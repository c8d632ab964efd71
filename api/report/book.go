package report

import (
	"errors"
	"io"

	"github.com/xuri/excelize/v2"
)

// maxRows of a sheet; a spreadsheet has 1,048,576.
const maxRows = 1_000_000

// errFull says that no more rows go into a book.
var errFull = errors.New("the sheet is full")

// book is a spreadsheet of one sheet of rows, and one that tells about it. Rows go to
// a temporary file once there are many, so it takes little memory.
type book struct {
	file  *excelize.File
	sheet *excelize.StreamWriter
	rows  int // with the heading
	about [][]any
}

const (
	sheetName = "Report"
	aboutName = "About"
)

func newBook(columns ...string) (*book, error) {
	b := &book{file: excelize.NewFile()}
	err := b.file.SetSheetName(b.file.GetSheetName(0), sheetName)
	if err == nil {
		b.sheet, err = b.file.NewStreamWriter(sheetName)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	heading := make([]any, len(columns))
	for i, c := range columns {
		heading[i] = c
	}
	if err := b.row(heading...); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// row adds a row of texts and numbers. A text is a text, whatever it begins with: what
// a caller calls himself is no formula.
func (b *book) row(cells ...any) error {
	if b.rows > maxRows {
		return errFull
	}
	b.rows++
	at, err := excelize.CoordinatesToCellName(1, b.rows)
	if err != nil {
		return err
	}
	for i, c := range cells {
		if yes, is := c.(bool); is {
			cells[i] = map[bool]string{true: "Yes", false: "No"}[yes]
		}
	}
	return b.sheet.SetRow(at, cells)
}

// tell adds a line to the sheet about the report.
func (b *book) tell(name, value string) { b.about = append(b.about, []any{name, value}) }

// write ends the book.
func (b *book) write(w io.Writer) error {
	if err := b.sheet.Flush(); err != nil {
		return err
	}
	if _, err := b.file.NewSheet(aboutName); err != nil {
		return err
	}
	for i, line := range b.about {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := b.file.SetSheetRow(aboutName, at, &line); err != nil {
			return err
		}
	}
	_, err := b.file.WriteTo(w)
	return err
}

// Close removes the temporary files.
func (b *book) Close() error { return b.file.Close() }
