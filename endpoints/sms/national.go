package sms

// Shift is in which tables of national languages the septets of an SMS are, 3GPP TS 23.038 6.2.1.2: the locking table is in the
// place of the default alphabet, the single one in that of its extension. 0, and languages that we have no table of: neither.
type Shift struct{ Locking, Single byte }

// National languages, 3GPP TS 23.038 6.2.1.2.4.
const (
	turkish    = 1
	spanish    = 2 // has no locking table
	portuguese = 3
)

// Elements of the user data header that choose them, 3GPP TS 23.040 9.2.3.24.15 and 16.
const (
	singleShift  = 0x24
	lockingShift = 0x25
)

// lockingTables are annex A.3, by where they differ from the default alphabet.
var lockingTables = map[byte][128]rune{
	turkish: instead(fromGSM7, map[int]string{0x04: "€", 0x07: "ı", 0x0b: "Ğğ", 0x1c: "Şş", 0x40: "İ", 0x60: "ç"}),
	portuguese: instead(fromGSM7, map[int]string{
		0x04: "êéúíóç\nÔô\rÁáΔ_ªÇÀ∞^\\€Ó|", 0x1c: "ÂâÊÉ", 0x24: "º", 0x40: "Í", 0x5b: "ÃÕÚÜ§~", 0x7b: "ãõ`üà",
	}),
}

// singleTables are annex A.2, by what they have beside the extension of the default alphabet.
var singleTables = map[byte][128]rune{
	turkish: instead(fromGSM7Extension, map[int]string{0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş"}),
	spanish: instead(fromGSM7Extension, map[int]string{0x09: "ç", 0x41: "Á", 0x49: "Í", 0x4f: "Ó", 0x55: "Ú", 0x61: "á", 0x69: "í", 0x6f: "ó", 0x75: "ú"}),
	portuguese: instead(fromGSM7Extension, map[int]string{
		0x05: "ê", 0x09: "ç", 0x0b: "Ôô", 0x0e: "Áá", 0x12: "ΦΓ^ΩΠΨΣΘ", 0x1f: "Ê", 0x41: "À", 0x49: "Í", 0x4f: "Ó", 0x55: "Ú", 0x5b: "ÃÕ", 0x61: "Â",
		0x69: "í", 0x6f: "ó", 0x75: "ú", 0x7b: "ãõ", 0x7f: "â",
	}),
}

// instead is a table with other characters from these places on.
func instead(table [128]rune, other map[int]string) [128]rune {
	for at, text := range other {
		for _, r := range text {
			table[at] = r
			at++
		}
	}
	return table
}

// tables are those of s.
func (s Shift) tables() (basic, extended [128]rune) {
	basic, extended = fromGSM7, fromGSM7Extension
	if t, ok := lockingTables[s.Locking]; ok {
		basic = t
	}
	if t, ok := singleTables[s.Single]; ok {
		extended = t
	}
	return basic, extended
}

// ShiftOf is what a user data header says of languages. One that makes no sense says nothing.
func ShiftOf(header []byte) (s Shift) {
	_ = elements(header, func(id byte, value []byte) {
		switch {
		case len(value) != 1:
		case id == singleShift:
			s.Single = value[0]
		case id == lockingShift:
			s.Locking = value[0]
		}
	})
	return s
}
