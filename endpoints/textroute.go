package endpoints

import (
	"encoding/json"
	"fmt"
	"slices"
)

// TextRoute is the Route of texts: whose carrier a text came by, and by whose the answer
// goes. Other channels have a form of their own.
type TextRoute struct {
	Via string `json:"via,omitempty"` // id of the trunk or phone number whose Texts it is
	// New is a text to who has not written to the number before.
	New bool `json:"new,omitempty"`
	// Notice is an answer to STOP, START or HELP: it goes also to who has opted out.
	Notice bool `json:"notice,omitempty"`
	// Room is the chat room that a text to a user's phone is of, where no number is by which he could
	// answer it: the text shows it, by its name.
	Room     string `json:"room,omitempty"`
	RoomName string `json:"roomName,omitempty"`
}

// JSON is r as messages carry it.
func (r TextRoute) JSON() json.RawMessage {
	raw, _ := json.Marshal(r) // strings and booleans: it can't fail
	return raw
}

// ParseTextRoute reads a Route; one of another channel is empty.
func ParseTextRoute(raw json.RawMessage) (r TextRoute) {
	if len(raw) == 0 || json.Unmarshal(raw, &r) != nil {
		return TextRoute{}
	}
	return r
}

// TextWay is how a text leaves.
type TextWay struct {
	Channel Channel
	// Via has the Texts: the number itself, or a trunk. With SIP it is the trunk that is tried first.
	Via *Endpoint
	// Trunks are those that SIP MESSAGE may take, best first; of other channels there are none.
	Trunks []*Endpoint
	// New tells that it answers nothing.
	New bool
}

// Route is what a message that goes this way carries.
func (w TextWay) Route() TextRoute {
	if w.Via == nil {
		return TextRoute{}
	}
	return TextRoute{Via: w.Via.ID, New: w.New}
}

// RouteText tells how a text of the phone number from gets to the E.164 number
// to. trunks are those of its account; answered is the Route of the message that it answers,
// none if it answers nothing. A number with a carrier of its own, or of a trunk, uses that;
// else an answer leaves by the trunk that the text came by, and a new text by the trunks
// that a call would take. The error (*Invalid) says why there is no way.
func RouteText(from *Endpoint, to string, answered TextRoute, trunks []*Endpoint) (TextWay, error) {
	w, err := routeText(from, to, answered, trunks)
	w.New = answered.Via == "" || answered.New
	return w, err
}

func routeText(from *Endpoint, to string, answered TextRoute, trunks []*Endpoint) (TextWay, error) {
	if from.Portal.DisableSms {
		return TextWay{}, invalid("from", "%s sends no texts (disableSms)", from.Number)
	}
	trunk := func(id string) *Endpoint {
		i := slices.IndexFunc(trunks, func(t *Endpoint) bool { return t.ID == id && t.AccountID == from.AccountID && t.Trunk != nil })
		if i < 0 {
			return nil
		}
		return trunks[i]
	}
	own := from.Texts
	if own != nil && own.TrunkID != "" {
		t := trunk(own.TrunkID)
		if t == nil {
			return TextWay{}, invalid("from", "%s texts as the trunk %s, which is no more", from.Number, own.TrunkID)
		}
		return by(t)
	}
	if own != nil && own.Carrier != CarrierSIP {
		return by(from)
	}
	if t := trunk(answered.Via); t != nil && answered.Via != "" {
		if w, err := by(t); err == nil {
			return w, nil
		}
	}
	ways := slices.DeleteFunc(Route(trunks, to), func(t *Endpoint) bool {
		return t.AccountID != from.AccountID || t.Portal.DisableSms
	})
	if len(ways) == 0 {
		return TextWay{}, invalid("to", "no trunk carries texts to %s", to)
	}
	first, err := by(ways[0])
	if err != nil || first.Channel != SIPText {
		return first, err
	}
	for _, t := range ways[1:] { // the others, should it be away
		if t.Texts == nil || t.Texts.Carrier == CarrierSIP {
			first.Trunks = append(first.Trunks, t)
		}
	}
	return first, nil
}

// by is the way of one endpoint's Texts.
func by(e *Endpoint) (TextWay, error) {
	if e.Portal.DisableSms {
		return TextWay{}, invalid("from", "%s sends no texts (disableSms)", e.DisplayName)
	}
	w := TextWay{Channel: SIPText, Via: e}
	if e.Texts != nil {
		w.Channel = e.Texts.Carrier.Channel()
	}
	if w.Channel == SIPText {
		if e.Trunk == nil || e.Trunk.Host == "" {
			return TextWay{}, invalid("from", "the trunk %s only calls us: it has no host to send texts to", e.DisplayName)
		}
		w.Trunks = []*Endpoint{e}
	}
	return w, nil
}

// Words of a way, for logs.
func (w TextWay) String() string {
	if w.Via == nil {
		return string(w.Channel)
	}
	return fmt.Sprintf("%s by %s", w.Channel, w.Via.DisplayName)
}
