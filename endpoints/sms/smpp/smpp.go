// Package smpp is a client of message centres by SMPP 3.4 (SMPP Protocol Specification
// v3.4, Issue 1.2): one link, bound as transceiver, for each phone number and trunk that
// texts so. Section numbers in comments are those of that document.
//
// An incoming text goes from its link by one of the link's strands (those of one sender
// keep their order) to the Inbox, and only then is deliver_sm answered. An outgoing one
// comes from the outbox: Hub is its Sender. What a message centre sends is not trusted:
// it is bounded before it is read, and what can't be understood is refused.
package smpp

import "fmt"

// Command is a command_id, 5.1.2.1.
type Command uint32

const (
	GenericNack     Command = 0x80000000
	BindReceiver    Command = 0x00000001
	BindTransmitter Command = 0x00000002
	SubmitSM        Command = 0x00000004
	DeliverSM       Command = 0x00000005
	Unbind          Command = 0x00000006
	BindTransceiver Command = 0x00000009
	EnquireLink     Command = 0x00000015
	AlertNotice     Command = 0x00000102 // alert_notification: nothing answers it
	DataSM          Command = 0x00000103

	response Command = 0x80000000
)

// Response is the answer to c.
func (c Command) Response() Command { return c | response }

// IsResponse tells answers from requests.
func (c Command) IsResponse() bool { return c&response != 0 }

var commandNames = map[Command]string{
	BindReceiver: "bind_receiver", BindTransmitter: "bind_transmitter", BindTransceiver: "bind_transceiver", SubmitSM: "submit_sm",
	DeliverSM: "deliver_sm", Unbind: "unbind", EnquireLink: "enquire_link", AlertNotice: "alert_notification", DataSM: "data_sm",
}

func (c Command) String() string {
	if c == GenericNack {
		return "generic_nack"
	}
	name, ok := commandNames[c&^response]
	switch {
	case !ok:
		return fmt.Sprintf("command %#08x", uint32(c))
	case c.IsResponse():
		return name + "_resp"
	}
	return name
}

// Status is a command_status, 5.1.3. All but OK are errors.
type Status uint32

const (
	OK               Status = 0x00
	InvalidMsgLen    Status = 0x01
	InvalidCmdLen    Status = 0x02
	InvalidCmdID     Status = 0x03
	InvalidBindState Status = 0x04
	AlreadyBound     Status = 0x05
	InvalidPriority  Status = 0x06
	InvalidRegDlv    Status = 0x07
	SystemError      Status = 0x08
	InvalidSource    Status = 0x0a
	InvalidDest      Status = 0x0b
	InvalidMsgID     Status = 0x0c
	BindFailed       Status = 0x0d
	InvalidPassword  Status = 0x0e
	InvalidSystemID  Status = 0x0f
	QueueFull        Status = 0x14 // ESME_RMSGQFUL
	InvalidService   Status = 0x15
	InvalidESMClass  Status = 0x43
	SubmitFailed     Status = 0x45
	InvalidSourceTON Status = 0x48
	InvalidSourceNPI Status = 0x49
	InvalidDestTON   Status = 0x50
	InvalidDestNPI   Status = 0x51
	Throttled        Status = 0x58 // ESME_RTHROTTLED
	TryLater         Status = 0x64 // ESME_RX_T_APPN
	NeverTry         Status = 0x65 // ESME_RX_P_APPN
	Rejected         Status = 0x66 // ESME_RX_R_APPN
	InvalidTLVs      Status = 0xc0
	ForbiddenTLV     Status = 0xc1
	InvalidTLVLen    Status = 0xc2
	MissingTLV       Status = 0xc3
	InvalidTLVValue  Status = 0xc4
	DeliveryFailed   Status = 0xfe
	UnknownError     Status = 0xff
)

var statusNames = map[Status]string{
	OK: "ESME_ROK", InvalidMsgLen: "ESME_RINVMSGLEN", InvalidCmdLen: "ESME_RINVCMDLEN", InvalidCmdID: "ESME_RINVCMDID",
	InvalidBindState: "ESME_RINVBNDSTS", AlreadyBound: "ESME_RALYBND", InvalidPriority: "ESME_RINVPRTFLG", InvalidRegDlv: "ESME_RINVREGDLVFLG",
	SystemError: "ESME_RSYSERR", InvalidSource: "ESME_RINVSRCADR", InvalidDest: "ESME_RINVDSTADR", InvalidMsgID: "ESME_RINVMSGID",
	BindFailed: "ESME_RBINDFAIL", InvalidPassword: "ESME_RINVPASWD", InvalidSystemID: "ESME_RINVSYSID", QueueFull: "ESME_RMSGQFUL",
	InvalidService: "ESME_RINVSERTYP", InvalidESMClass: "ESME_RINVESMCLASS", SubmitFailed: "ESME_RSUBMITFAIL",
	InvalidSourceTON: "ESME_RINVSRCTON", InvalidSourceNPI: "ESME_RINVSRCNPI", InvalidDestTON: "ESME_RINVDSTTON", InvalidDestNPI: "ESME_RINVDSTNPI",
	Throttled: "ESME_RTHROTTLED", TryLater: "ESME_RX_T_APPN", NeverTry: "ESME_RX_P_APPN", Rejected: "ESME_RX_R_APPN",
	InvalidTLVs: "ESME_RINVOPTPARSTREAM", ForbiddenTLV: "ESME_ROPTPARNOTALLWD", InvalidTLVLen: "ESME_RINVPARLEN",
	MissingTLV: "ESME_RMISSINGOPTPARAM", InvalidTLVValue: "ESME_RINVOPTPARAMVAL", DeliveryFailed: "ESME_RDELIVERYFAILURE", UnknownError: "ESME_RUNKNOWNERR",
}

// Error is the status in the document's name, so that who looks it up finds it.
func (s Status) Error() string {
	if name := statusNames[s]; name != "" {
		return fmt.Sprintf("%s (%#x)", name, uint32(s))
	}
	return fmt.Sprintf("the message centre's status %#x", uint32(s))
}

// Final tells that the same message will get the same answer however often it is tried.
func (s Status) Final() bool {
	switch s {
	case InvalidMsgLen, InvalidPriority, InvalidRegDlv, InvalidSource, InvalidDest, InvalidService, InvalidESMClass,
		InvalidSourceTON, InvalidSourceNPI, InvalidDestTON, InvalidDestNPI, NeverTry, Rejected,
		InvalidTLVs, ForbiddenTLV, InvalidTLVLen, MissingTLV, InvalidTLVValue:
		return true
	}
	return false
}

// Slower tells that we are to send less.
func (s Status) Slower() bool { return s == Throttled || s == QueueFull }
