package endpoints

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// TextCarrier is how texts of a number or trunk travel.
type TextCarrier string

const (
	CarrierSIP    TextCarrier = "Sip"    // SIP MESSAGE
	CarrierSMPP   TextCarrier = "Smpp"   // SMPP 3.4
	CarrierTwilio TextCarrier = "Twilio" // Twilio's messaging API, or one in its form
	CarrierHTTP   TextCarrier = "Http"   // a plain webhook, both ways
)

// TextCarriers are all there are.
var TextCarriers = []TextCarrier{CarrierSIP, CarrierSMPP, CarrierTwilio, CarrierHTTP}

// Channel is the channel of messages that the carrier's texts take.
func (c TextCarrier) Channel() Channel {
	switch c {
	case CarrierSMPP:
		return SMPP
	case CarrierTwilio:
		return Twilio
	case CarrierHTTP:
		return HTTPText
	default:
		return SIPText
	}
}

// Texts is how a phone number or a trunk sends and gets texts. A number without
// any uses SIP MESSAGE; one with a TrunkID texts as that trunk does.
type Texts struct {
	Carrier TextCarrier `json:"carrier,omitempty"`
	TrunkID string      `json:"trunkId,omitempty"` // of a number only, and then all else is the trunk's
	SMPP    SMPPTexts   `json:"smpp,omitzero"`
	Twilio  TwilioTexts `json:"twilio,omitzero"`
	HTTP    HTTPTexts   `json:"http,omitzero"`
	// Secret is the password of SMPP, the auth token of Twilio, the key that signs
	// requests of the webhook, both ways. Sealed at rest, never shown.
	Secret string `json:"-"`
	// PerMinute bounds the texts that leave of one number, in segments; 0: DefaultTextsPerMinute,
	// by SMPP what its Rate allows.
	PerMinute int `json:"perMinute,omitempty"`
}

// SMPPTexts is an account at a message centre.
type SMPPTexts struct {
	Host       string `json:"host"`
	Port       int    `json:"port"` // 2775, with TLS 3550
	SystemID   string `json:"systemId"`
	SystemType string `json:"systemType,omitempty"`
	TLS        bool   `json:"tls,omitempty"`
	Window     int    `json:"window,omitempty"` // submits without an answer at once: 10
	Rate       int    `json:"rate,omitempty"`   // submits a second on the link; 0: as fast as it goes
	// Alphabet is what data_coding 0 means to the message centre; empty: Gsm7.
	Alphabet TextAlphabet `json:"alphabet,omitempty"`
	// FullReference gives the message's whole id as user_message_reference, not two bytes of
	// it: against the letter of SMPP 3.4, for centres that take it.
	FullReference bool `json:"fullReference,omitempty"`
}

// TextAlphabet is how a message centre writes what has no data_coding.
type TextAlphabet string

const (
	AlphabetGSM7   TextAlphabet = "Gsm7"       // the default alphabet of GSM, a byte each
	AlphabetPacked TextAlphabet = "Gsm7Packed" // eight characters in seven bytes
	AlphabetLatin1 TextAlphabet = "Latin1"
)

// TextAlphabets are all there are.
var TextAlphabets = []TextAlphabet{AlphabetGSM7, AlphabetPacked, AlphabetLatin1}

// TwilioTexts is an account at Twilio, or at who speaks its form.
type TwilioTexts struct {
	AccountSID string `json:"accountSid"`
	BaseURL    string `json:"baseUrl,omitempty"` // empty: Twilio's own
}

// HTTPTexts is where a plain webhook's texts are posted to; without it texts only come.
type HTTPTexts struct {
	URL string `json:"url,omitempty"`
}

// What texts may have.
const (
	DefaultTextsPerMinute = 60 // one a second: what carriers allow an ordinary number
	maxTextsPerMinute     = 60_000
	maxWindow             = 1_000
	maxSubmits            = 10_000 // a second
	maxTextSecret         = 256
	// DefaultTwilioURL is where Twilio's messaging API is.
	DefaultTwilioURL = "https://api.twilio.com"
)

// Limit is how many segments a minute may leave of one number; 0: as many as the link carries.
func (t *Texts) Limit() int {
	switch {
	case t != nil && t.PerMinute != 0:
		return t.PerMinute
	case t != nil && t.Carrier == CarrierSMPP:
		return 0
	}
	return DefaultTextsPerMinute
}

// Kept is what a change of t means for its secret: one that isn't given stays, as long as it is for the same carrier.
func (t *Texts) Kept(before *Texts) {
	if t != nil && before != nil && t.Secret == "" && t.Carrier == before.Carrier && t.TrunkID == "" {
		t.Secret = before.Secret
	}
}

// validate fills in the defaults and tells what of t can't be kept (*Invalid).
// Whether its trunk exists is the store's to say.
func (t *Texts) validate(kind Kind) error {
	if t == nil {
		return nil
	}
	if kind != PhoneNumber && kind != FaxNumber && kind != SipTrunk {
		return invalid("texts", "a %s has none: they are of phone numbers and trunks", kind)
	}
	if t.TrunkID != "" {
		switch {
		case kind == SipTrunk:
			return invalid("texts.trunkId", "is of phone numbers only")
		case t.Carrier != "":
			return invalid("texts.carrier", "is the trunk's: give either carrier or trunkId")
		case !ValidID(t.TrunkID):
			return invalid("texts.trunkId", "%.64q is no trunk's id", t.TrunkID)
		}
	} else if t.Carrier == "" {
		t.Carrier = CarrierSIP
	}
	if t.TrunkID == "" {
		var all []string
		for _, c := range TextCarriers {
			all = append(all, string(c))
		}
		if err := oneOf("texts.carrier", string(t.Carrier), all); err != nil {
			return err
		}
	}
	if t.PerMinute < 0 || t.PerMinute > maxTextsPerMinute {
		return invalid("texts.textsPerMinute", "is %d; 1 to %d is allowed, and 0 for %d", t.PerMinute, maxTextsPerMinute, DefaultTextsPerMinute)
	}
	// What is another carrier's goes with it.
	if t.Carrier != CarrierSMPP {
		t.SMPP = SMPPTexts{}
	}
	if t.Carrier != CarrierTwilio {
		t.Twilio = TwilioTexts{}
	}
	if t.Carrier != CarrierHTTP {
		t.HTTP = HTTPTexts{}
	}
	switch t.Carrier {
	case CarrierSMPP:
		return first(t.SMPP.validate(), t.secret("texts.password", 8)) // SMPP 3.4 5.2.2: password, C-octet string of 9
	case CarrierTwilio:
		return first(t.Twilio.validate(), t.secret("texts.authToken", maxTextSecret))
	case CarrierHTTP:
		return first(t.HTTP.validate(), t.secret("texts.secret", maxTextSecret), t.strong())
	}
	t.Secret = ""
	return nil
}

func (t *Texts) secret(field string, most int) error {
	switch {
	case t.Secret == "":
		return invalid(field, "is missing")
	case len(t.Secret) > most:
		return invalid(field, "has %d bytes; %d are allowed", len(t.Secret), most)
	case strings.ContainsFunc(t.Secret, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return invalid(field, "has a control character")
	}
	return nil
}

// strong refuses a signing key that can be guessed.
func (t *Texts) strong() error {
	if len(t.Secret) < 16 {
		return invalid("texts.secret", "has %d bytes; 16 at least make it hard to guess", len(t.Secret))
	}
	return nil
}

func (a *SMPPTexts) validate() error {
	a.Host = strings.Trim(strings.TrimSpace(a.Host), "[]")
	if a.Host == "" {
		return invalid("texts.host", "is missing")
	}
	if net.ParseIP(a.Host) == nil && !hostForm.MatchString(a.Host) {
		return invalid("texts.host", "%.64q is neither a host name nor an IP address", a.Host)
	}
	if a.Port == 0 {
		if a.Port = 2775; a.TLS {
			a.Port = 3550
		}
	}
	if a.Port < 1 || a.Port > 65535 {
		return invalid("texts.port", "is %d; 1 to 65535 is allowed", a.Port)
	}
	if a.Window == 0 {
		a.Window = 10
	}
	if a.Window < 1 || a.Window > maxWindow {
		return invalid("texts.window", "is %d; 1 to %d is allowed", a.Window, maxWindow)
	}
	if a.Rate < 0 || a.Rate > maxSubmits {
		return invalid("texts.rate", "is %d; 0 to %d is allowed", a.Rate, maxSubmits)
	}
	if a.Alphabet != "" && !slices.Contains(TextAlphabets, a.Alphabet) {
		return invalid("texts.alphabet", "%.32q is none; there are %v", a.Alphabet, TextAlphabets)
	}
	if err := first(text("texts.systemId", &a.SystemID, required), text("texts.systemType", &a.SystemType, optional)); err != nil {
		return err
	}
	if len(a.SystemID) > 15 { // SMPP 3.4 5.2.1
		return invalid("texts.systemId", "has %d bytes; 15 are allowed", len(a.SystemID))
	}
	if len(a.SystemType) > 12 { // 5.2.3
		return invalid("texts.systemType", "has %d bytes; 12 are allowed", len(a.SystemType))
	}
	return nil
}

func (a *TwilioTexts) validate() error {
	if err := text("texts.accountSid", &a.AccountSID, required); err != nil {
		return err
	}
	for _, r := range a.AccountSID {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return invalid("texts.accountSid", "%.64q isn't one: letters and digits", a.AccountSID)
		}
	}
	if a.BaseURL = strings.TrimRight(strings.TrimSpace(a.BaseURL), "/"); a.BaseURL == "" {
		a.BaseURL = DefaultTwilioURL
	}
	return checkURL("texts.baseUrl", a.BaseURL)
}

func (a *HTTPTexts) validate() error {
	if a.URL = strings.TrimSpace(a.URL); a.URL == "" {
		return nil
	}
	return checkURL("texts.url", a.URL)
}

// checkURL tells what is wrong with an address that requests go to.
func checkURL(field, s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || len(s) > maxURL || s != oneLine(s) {
		return invalid(field, "%.64q isn't an address that begins with https:// or http://", s)
	}
	if u.User != nil || u.Fragment != "" {
		return invalid(field, "has a user name, a password or a #fragment in it")
	}
	return nil
}
