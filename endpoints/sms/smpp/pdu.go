package smpp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Header sizes, 3.2. MaxPDU bounds what is read: the longest message_payload and
// all else that a deliver_sm has, several times.
const (
	headerSize = 16
	MaxPDU     = 72 << 10
)

// PDU is one unit as it travels. Its body is read by the Parse function of its command.
type PDU struct {
	Command Command
	Status  Status
	Seq     uint32
	Body    []byte
}

// ErrLength tells of a command_length that none can have. What comes after it
// can't be told apart: the connection is of no use any more.
var ErrLength = errors.New("smpp: command_length")

// errMalformed tells of a body that isn't one.
var errMalformed = errors.New("smpp: malformed")

// ReadPDU reads one. Only as much is allocated as has a right to come. With ErrLength
// the PDU's Seq and Command are those read, for the generic_nack.
func ReadPDU(r io.Reader) (PDU, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return PDU{}, err
	}
	p := PDU{Command: Command(binary.BigEndian.Uint32(h[4:])), Status: Status(binary.BigEndian.Uint32(h[8:])), Seq: binary.BigEndian.Uint32(h[12:])}
	n := binary.BigEndian.Uint32(h[:])
	if n < headerSize || n > MaxPDU {
		return p, fmt.Errorf("%w is %d; %d to %d is allowed", ErrLength, n, headerSize, MaxPDU)
	}
	if n == headerSize {
		return p, nil
	}
	p.Body = make([]byte, n-headerSize)
	if _, err := io.ReadFull(r, p.Body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return p, err
	}
	return p, nil
}

// Append writes p at the end of b.
func (p PDU) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(headerSize+len(p.Body)))
	b = binary.BigEndian.AppendUint32(b, uint32(p.Command))
	b = binary.BigEndian.AppendUint32(b, uint32(p.Status))
	b = binary.BigEndian.AppendUint32(b, p.Seq)
	return append(b, p.Body...)
}

// fields reads the fields of a body one after the other; after an error all are empty.
type fields struct {
	b   []byte
	err error
}

func (f *fields) fail(format string, a ...any) {
	if f.err == nil {
		f.err = fmt.Errorf("%w: "+format, append([]any{errMalformed}, a...)...)
	}
	f.b = nil
}

func (f *fields) byte(name string) byte {
	if len(f.b) == 0 {
		f.fail("%s is missing", name)
		return 0
	}
	c := f.b[0]
	f.b = f.b[1:]
	return c
}

func (f *fields) bytes(name string, n int) []byte {
	if n > len(f.b) {
		f.fail("%s has %d bytes of %d", name, len(f.b), n)
		return nil
	}
	out := f.b[:n:n]
	f.b = f.b[n:]
	return out
}

// text reads a C-Octet String of size bytes at most, its NUL included, 3.1.
func (f *fields) text(name string, size int) string {
	for i, c := range f.b {
		if i >= size {
			break
		}
		if c == 0 {
			s := string(f.b[:i])
			f.b = f.b[i+1:]
			return s
		}
	}
	f.fail("%s doesn't end within %d bytes", name, size)
	return ""
}

// appendText writes a C-Octet String; what doesn't fit, and all from a NUL on, is left out.
func appendText(b []byte, s string, size int) []byte {
	for i := 0; i < len(s) && i < size-1 && s[i] != 0; i++ {
		b = append(b, s[i])
	}
	return append(b, 0)
}
