package smpp

import (
	"bytes"
	"encoding/binary"
)

// Tag names an optional parameter, 5.3.2.
type Tag uint16

const (
	TagReceiptedID    Tag = 0x001e // receipted_message_id
	TagReference      Tag = 0x0204 // user_message_reference
	TagSARRef         Tag = 0x020c // sar_msg_ref_num
	TagSARTotal       Tag = 0x020e // sar_total_segments
	TagSARSeq         Tag = 0x020f // sar_segment_seqnum
	TagVersion        Tag = 0x0210 // sc_interface_version
	TagPayload        Tag = 0x0424 // message_payload
	TagMessageState   Tag = 0x0427
	TagNetworkError   Tag = 0x0423 // network_error_code
	TagAdditionalInfo Tag = 0x001d // additional_status_info_text
)

// TLV is an optional parameter.
type TLV struct {
	Tag   Tag
	Value []byte
}

// TLVs are the optional parameters of a PDU, in their order.
type TLVs []TLV

// maxTLVs are as many as are read of one PDU.
const maxTLVs = 100

// Get is the value of the first one with that tag; nil: there is none.
func (t TLVs) Get(tag Tag) []byte {
	for _, v := range t {
		if v.Tag == tag {
			return v.Value
		}
	}
	return nil
}

// Int is the value of one that holds a number of size bytes.
func (t TLVs) Int(tag Tag, size int) (n int, ok bool) {
	v := t.Get(tag)
	if len(v) != size {
		return 0, false
	}
	for _, c := range v {
		n = n<<8 | int(c)
	}
	return n, true
}

// Text is the value of one that holds a C-Octet String; some leave the NUL out.
func (t TLVs) Text(tag Tag) string {
	s, _, _ := bytes.Cut(t.Get(tag), []byte{0})
	return string(s)
}

func (t TLVs) append(b []byte) []byte {
	for _, v := range t {
		b = binary.BigEndian.AppendUint16(b, uint16(v.Tag))
		b = binary.BigEndian.AppendUint16(b, uint16(len(v.Value)))
		b = append(b, v.Value...)
	}
	return b
}

// tlvs reads all that is left.
func (f *fields) tlvs() (t TLVs) {
	for len(f.b) > 0 {
		if len(f.b) < 4 {
			f.fail("an optional parameter has %d bytes", len(f.b))
			return nil
		}
		if len(t) == maxTLVs {
			f.fail("there are more than %d optional parameters", maxTLVs)
			return nil
		}
		tag, n := Tag(binary.BigEndian.Uint16(f.b)), int(binary.BigEndian.Uint16(f.b[2:]))
		f.b = f.b[4:]
		v := f.bytes("an optional parameter", n)
		if f.err != nil {
			return nil
		}
		t = append(t, TLV{tag, v})
	}
	return t
}

// Uint8 and Uint16 are optional parameters that hold numbers.
func Uint8(tag Tag, n byte) TLV { return TLV{tag, []byte{n}} }

func Uint16(tag Tag, n uint16) TLV { return TLV{tag, []byte{byte(n >> 8), byte(n)}} }
