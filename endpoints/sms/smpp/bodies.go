package smpp

// Address is a source or destination address with how it is to be read, 5.2.5 to 5.2.8.
type Address struct {
	TON, NPI byte
	Addr     string
}

// Longest C-Octet Strings, NUL included, 4.1.1 and 4.4.1.
const (
	systemIDSize, passwordSize, systemTypeSize, rangeSize = 16, 9, 13, 41
	serviceTypeSize, addressSize, timeSize                = 6, 21, 17
	messageIDSize                                         = 65
	// maxShort is the longest short_message, 5.2.22.
	maxShort = 254
)

// version is interface_version of 3.4, 5.2.4.
const version = 0x34

// Bind is the body of the bind commands, 4.1.
type Bind struct {
	SystemID, Password, SystemType string
	Version                        byte
	Range                          Address // address_range
}

func (m Bind) Body() []byte {
	b := appendText(nil, m.SystemID, systemIDSize)
	b = appendText(b, m.Password, passwordSize)
	b = appendText(b, m.SystemType, systemTypeSize)
	b = append(b, m.Version, m.Range.TON, m.Range.NPI)
	return appendText(b, m.Range.Addr, rangeSize)
}

func ParseBind(body []byte) (m Bind, err error) {
	f := &fields{b: body}
	m.SystemID, m.Password, m.SystemType = f.text("system_id", systemIDSize), f.text("password", passwordSize), f.text("system_type", systemTypeSize)
	m.Version, m.Range.TON, m.Range.NPI = f.byte("interface_version"), f.byte("addr_ton"), f.byte("addr_npi")
	m.Range.Addr = f.text("address_range", rangeSize)
	return m, f.err
}

// BindResp is the body of their answers; in that of an error it may be left out, and is.
type BindResp struct {
	SystemID string
	TLVs     TLVs
}

func (m BindResp) Body() []byte { return m.TLVs.append(appendText(nil, m.SystemID, systemIDSize)) }

func ParseBindResp(body []byte) (m BindResp, err error) {
	if len(body) == 0 {
		return m, nil
	}
	f := &fields{b: body}
	m.SystemID, m.TLVs = f.text("system_id", systemIDSize), f.tlvs()
	return m, f.err
}

// What ESMClass says, 5.2.12.
const (
	classType    byte = 0x3c // the bits of the message's type
	classReceipt byte = 0x04 // SMSC delivery receipt
	classSMEAck  byte = 0x08
	classUser    byte = 0x10
	classAbort   byte = 0x18
	classMiddle  byte = 0x20 // intermediate delivery notification
	classUDHI    byte = 0x40 // short_message begins with a user data header
)

// Message is the body of submit_sm and deliver_sm, 4.4.1 and 4.6.1.
type Message struct {
	ServiceType            string
	Source, Dest           Address
	ESMClass, Protocol     byte
	Priority               byte
	ScheduleTime, Validity string
	Registered, Replace    byte
	Coding, Default        byte
	Short                  []byte // short_message, 254 bytes at most
	TLVs                   TLVs
}

func (m Message) Body() []byte {
	b := appendText(nil, m.ServiceType, serviceTypeSize)
	b = m.Source.append(b)
	b = m.Dest.append(b)
	b = append(b, m.ESMClass, m.Protocol, m.Priority)
	b = appendText(b, m.ScheduleTime, timeSize)
	b = appendText(b, m.Validity, timeSize)
	short := m.Short[:min(len(m.Short), maxShort)]
	b = append(b, m.Registered, m.Replace, m.Coding, m.Default, byte(len(short)))
	return m.TLVs.append(append(b, short...))
}

func (a Address) append(b []byte) []byte {
	return appendText(append(b, a.TON, a.NPI), a.Addr, addressSize)
}

func (f *fields) address(name string) (a Address) {
	a.TON, a.NPI, a.Addr = f.byte(name+"_ton"), f.byte(name+"_npi"), f.text(name, addressSize)
	return a
}

func ParseMessage(body []byte) (m Message, err error) {
	f := &fields{b: body}
	m.ServiceType = f.text("service_type", serviceTypeSize)
	m.Source, m.Dest = f.address("source_addr"), f.address("destination_addr")
	m.ESMClass, m.Protocol, m.Priority = f.byte("esm_class"), f.byte("protocol_id"), f.byte("priority_flag")
	m.ScheduleTime, m.Validity = f.text("schedule_delivery_time", timeSize), f.text("validity_period", timeSize)
	m.Registered, m.Replace, m.Coding, m.Default = f.byte("registered_delivery"), f.byte("replace_if_present_flag"), f.byte("data_coding"), f.byte("sm_default_msg_id")
	n := int(f.byte("sm_length"))
	if n > maxShort {
		f.fail("sm_length is %d; %d is allowed", n, maxShort)
	}
	m.Short = f.bytes("short_message", n)
	m.TLVs = f.tlvs()
	return m, f.err
}

// Data is what the message carries: message_payload where there is one, 5.3.2.32.
func (m Message) Data() []byte {
	if p := m.TLVs.Get(TagPayload); p != nil && len(m.Short) == 0 {
		return p
	}
	return m.Short
}

// MessageResp is the body of their answers. In that of an error it may be left out.
type MessageResp struct{ MessageID string }

func (m MessageResp) Body() []byte { return appendText(nil, m.MessageID, messageIDSize) }

func ParseMessageResp(body []byte) (m MessageResp, err error) {
	if len(body) == 0 {
		return m, nil
	}
	f := &fields{b: body}
	m.MessageID = f.text("message_id", messageIDSize)
	return m, f.err
}

// ParseData reads data_sm, 4.7.1, as the deliver_sm that says the same.
func ParseData(body []byte) (m Message, err error) {
	f := &fields{b: body}
	m.ServiceType = f.text("service_type", serviceTypeSize)
	m.Source, m.Dest = f.longAddress("source_addr"), f.longAddress("destination_addr")
	m.ESMClass, m.Registered, m.Coding = f.byte("esm_class"), f.byte("registered_delivery"), f.byte("data_coding")
	m.TLVs = f.tlvs()
	return m, f.err
}

// longAddress is that of data_sm, which may be longer.
func (f *fields) longAddress(name string) (a Address) {
	a.TON, a.NPI, a.Addr = f.byte(name+"_ton"), f.byte(name+"_npi"), f.text(name, 65)
	return a
}
