package email

import (
	"fmt"
	"io"
	"os"
)

// spool is a mail in a file without a name, so that nothing of it stays when we die; it is
// never held in memory as a whole.
type spool struct {
	file *os.File
	size int64
}

// newSpool takes a mail of at most most bytes; errTooBig tells that there is more.
func newSpool(dir string, r io.Reader, most int64) (_ *spool, err error) {
	f, err := os.CreateTemp(dir, "mail-*.half")
	if err != nil {
		return nil, err
	}
	s := &spool{file: f}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := os.Remove(f.Name()); err != nil {
		return nil, err
	}
	if s.size, err = io.Copy(f, io.LimitReader(r, most+1)); err != nil {
		return nil, fmt.Errorf("the mail: %w", err)
	}
	if s.size > most {
		return nil, errTooBig
	}
	return s, nil
}

// reader reads the mail from its beginning.
func (s *spool) reader() io.Reader { return io.NewSectionReader(s.file, 0, s.size) }

func (s *spool) close() { _ = s.file.Close() } // nothing of it was to stay
