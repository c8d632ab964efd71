package email

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// decoded undoes a Content-Transfer-Encoding (RFC 2045 6) as far as it goes: programs leave out the padding of base64,
// and label as quoted-printable what isn't. What is encoded in an unknown way stays as it is.
func decoded(encoding string, r io.Reader) io.Reader {
	encoding, _, _ = strings.Cut(encoding, ";")
	switch strings.ToLower(strings.Trim(encoding, " \t\"'")) {
	case "base64":
		return &base64Reader{r: bufio.NewReader(r)}
	case "quoted-printable", "quotedprintable":
		return &quotedReader{r: bufio.NewReader(r)}
	}
	return r
}

// base64Reader ends at the padding, at what is no base64, or where the data ends: whatever is whole until there counts.
type base64Reader struct {
	r    *bufio.Reader
	bits uint32
	n    int // bits that wait for more
	err  error
}

func (d *base64Reader) Read(p []byte) (n int, err error) {
	for n < len(p) && d.err == nil {
		c, err := d.r.ReadByte()
		if err != nil {
			d.err = err
			break
		}
		var v byte
		switch {
		case c >= 'A' && c <= 'Z':
			v = c - 'A'
		case c >= 'a' && c <= 'z':
			v = c - 'a' + 26
		case c >= '0' && c <= '9':
			v = c - '0' + 52
		case c == '+':
			v = 62
		case c == '/':
			v = 63
		case c == '\r' || c == '\n' || c == ' ' || c == '\t':
			continue
		default:
			d.err = io.EOF
			continue
		}
		d.bits, d.n = d.bits<<6|uint32(v), d.n+6
		if d.n >= 8 {
			d.n -= 8
			p[n] = byte(d.bits >> d.n)
			n++
		}
	}
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, d.err
}

// quotedReader leaves an equals sign that encodes nothing as it stands.
type quotedReader struct {
	r    *bufio.Reader
	line []byte // decoded, not yet given
	cut  []byte // the end of a piece of a line, which may go on
	err  error
}

func (d *quotedReader) Read(p []byte) (int, error) {
	for len(d.line) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		piece, err := d.r.ReadSlice('\n')
		raw := append(d.cut, piece...)
		if d.cut = nil; errors.Is(err, bufio.ErrBufferFull) {
			end := max(0, len(raw)-3)
			if at := bytes.IndexAny(raw[end:], "= \t"); at >= 0 {
				d.cut, raw = bytes.Clone(raw[end+at:]), raw[:end+at]
			}
		} else if err != nil {
			d.err = err
		}
		d.line = unquote(raw, err == nil || d.err != nil)
	}
	n := copy(p, d.line)
	d.line = d.line[n:]
	return n, nil
}

// unquote decodes a line; whole: it ends here, so that blanks at its end don't count.
func unquote(raw []byte, whole bool) []byte {
	var end []byte
	if whole {
		text := bytes.TrimRight(raw, "\r\n")
		end = raw[len(text):]
		if text = bytes.TrimRight(text, " \t"); bytes.HasSuffix(text, []byte("=")) { // a soft break
			text, end = text[:len(text)-1], nil
		}
		raw = text
	}
	out := make([]byte, 0, len(raw)+len(end))
	for i := 0; i < len(raw); i++ {
		if raw[i] == '=' && i+2 < len(raw) {
			if hi, lo := hexDigit(raw[i+1]), hexDigit(raw[i+2]); hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, raw[i])
	}
	return append(out, end...)
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
