package smpp

import (
	"fmt"
	"regexp"
	"strings"

	"ringflow/endpoints"
)

// receipt is what a message centre tells of a message that it took from us.
type receipt struct {
	id    string
	state endpoints.MessageState
	why   string
}

// receiptStates are message_state, 5.2.28, by their number, and the words of the
// text form, appendix B.
var receiptStates = []struct {
	number int
	word   string
	state  endpoints.MessageState
	why    string
}{
	{1, "ENROUTE", endpoints.MessageSent, ""},
	{2, "DELIVRD", endpoints.MessageDelivered, ""},
	{3, "EXPIRED", endpoints.MessageFailed, "it couldn't be delivered in time"},
	{4, "DELETED", endpoints.MessageFailed, "the message centre deleted it"},
	{5, "UNDELIV", endpoints.MessageFailed, "it can't be delivered"},
	{6, "ACCEPTD", endpoints.MessageSent, ""},
	{7, "UNKNOWN", endpoints.MessageSent, ""},
	{8, "REJECTD", endpoints.MessageFailed, "it was rejected"},
}

// A receipt as text, such as "id:42 sub:001 dlvrd:001 submit date:2611220101 done
// date:2611220102 stat:DELIVRD err:000 text:Hello". Centres leave fields out, and write
// some in another case.
var (
	receiptID    = regexp.MustCompile(`(?i)(?:^|\s)id:\s*([^\s]{1,64})`)
	receiptState = regexp.MustCompile(`(?i)\sstat:\s*([A-Za-z]{1,16})`)
	receiptError = regexp.MustCompile(`(?i)\serr:\s*([0-9A-Za-z]{1,8})`)
)

// parseReceipt reads a receipt. That the message is one must be said by esm_class or
// by the parameters: everybody can write the words.
func parseReceipt(m Message) (r receipt, ok bool) {
	kind := m.ESMClass & classType
	r.id = m.TLVs.Text(TagReceiptedID)
	number, told := m.TLVs.Int(TagMessageState, 1)
	if kind != classReceipt && kind != classMiddle && (kind != 0 || r.id == "" || !told) {
		return receipt{}, false
	}
	data := m.Data()
	if m.ESMClass&classUDHI != 0 && len(data) > 0 && 1+int(data[0]) <= len(data) {
		data = data[1+int(data[0]):]
	}
	text := string(data)
	fields, _, _ := strings.Cut(" "+text, " text:") // what follows is the sender's
	if r.id == "" {
		r.id = found(receiptID, fields)
	}
	word := strings.ToUpper(found(receiptState, fields))
	r.state = endpoints.MessageSent
	for _, s := range receiptStates {
		if told && s.number == number || !told && s.word == word {
			r.state, r.why = s.state, s.why
		}
	}
	if r.state == endpoints.MessageFailed {
		if e := found(receiptError, fields); e != "" && strings.Trim(e, "0") != "" {
			r.why += " (error " + e + ")"
		} else if e := m.TLVs.Get(TagNetworkError); len(e) == 3 {
			r.why += fmt.Sprintf(" (network error %d of type %d)", int(e[1])<<8|int(e[2]), e[0])
		}
	}
	return r, true
}

func found(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}
