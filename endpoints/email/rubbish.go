package email

import (
	"bufio"
	"bytes"
	"io"
)

// withoutRubbish is a mail without the lines of its header that are none, such as the "From " line of
// a mailbox file, or what a filter on the way has broken: people read such mail, too. One that
// has no field at all is no mail, and stays as it is.
func withoutRubbish(r io.Reader) io.Reader {
	in := bufio.NewReaderSize(r, maxMailHeader)
	head, _ := in.Peek(maxMailHeader)
	var kept bytes.Buffer
	size, fields, dropped := 0, 0, false
	for line := range bytes.Lines(head) {
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			if fields == 0 {
				return in
			}
			_, _ = in.Discard(size)
			return io.MultiReader(&kept, in)
		}
		size += len(line)
		switch more := line[0] == ' ' || line[0] == '\t'; {
		case more && !dropped && fields > 0, !more && isField(line):
			if !more {
				fields++
			}
			dropped = false
			kept.Write(line)
		default:
			dropped = true
		}
	}
	return in // its header doesn't end, or is too long
}

// isField tells whether a line begins a field of a header (RFC 5322 2.2).
func isField(line []byte) bool {
	name, _, ok := bytes.Cut(line, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	return ok && len(name) > 0 && bytes.IndexFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
