package bot

import (
	"encoding/json"
	"time"
)

// Activity is what of the Bot Framework's activities we read and write.
type Activity struct {
	Type         string          `json:"type"`
	ID           string          `json:"id,omitempty"`
	Timestamp    *time.Time      `json:"timestamp,omitempty"`
	ServiceURL   string          `json:"serviceUrl,omitempty"`
	ChannelID    string          `json:"channelId,omitempty"`
	From         *Party          `json:"from,omitempty"`
	Recipient    *Party          `json:"recipient,omitempty"`
	Conversation *Conversation   `json:"conversation,omitempty"`
	Text         string          `json:"text,omitempty"`
	TextFormat   string          `json:"textFormat,omitempty"`
	ReplyToID    string          `json:"replyToId,omitempty"`
	InputHint    string          `json:"inputHint,omitempty"`
	Entities     []Entity        `json:"entities,omitempty"`
	Attachments  []Attachment    `json:"attachments,omitempty"`
	ChannelData  json.RawMessage `json:"channelData,omitempty"`
}

// Party is who speaks, or who is spoken to.
type Party struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	Role string `json:"role,omitempty"`
}

// Conversation is where it is spoken.
type Conversation struct {
	ID       string `json:"id"`
	IsGroup  bool   `json:"isGroup,omitempty"`
	Type     string `json:"conversationType,omitempty"`
	TenantID string `json:"tenantId,omitempty"`
}

// Entity is something that the text speaks of; only mentions are looked at.
type Entity struct {
	Type      string `json:"type"`
	Text      string `json:"text,omitempty"`
	Mentioned *Party `json:"mentioned,omitempty"`
}

// Attachment is a file or a card.
type Attachment struct {
	ContentType string          `json:"contentType"`
	ContentURL  string          `json:"contentUrl,omitempty"`
	Content     json.RawMessage `json:"content,omitempty"`
	Name        string          `json:"name,omitempty"`
}

// tenant is the directory that the speaker belongs to, as Teams tells.
func (act *Activity) tenant() string {
	var data struct {
		Tenant struct{ ID string }
	}
	if act.Conversation != nil && act.Conversation.TenantID != "" {
		return act.Conversation.TenantID
	}
	if json.Unmarshal(act.ChannelData, &data) != nil {
		return ""
	}
	return data.Tenant.ID
}

// clientActivityID is what the far end itself calls the activity.
func (act *Activity) clientActivityID() string {
	var data struct {
		ID string `json:"clientActivityID"`
	}
	if json.Unmarshal(act.ChannelData, &data) != nil {
		return ""
	}
	return data.ID
}

// route is the Route of a message: how to answer.
type route struct {
	ServiceURL   string `json:"serviceUrl,omitempty"`
	Conversation string `json:"conversation"`
	Activity     string `json:"activity,omitempty"` // that is answered
	Bot          *Party `json:"bot,omitempty"`
	User         *Party `json:"user,omitempty"`
	Channel      string `json:"channel,omitempty"`
	DirectLine   bool   `json:"directLine,omitempty"` // it waits in the store to be asked for
	Client       string `json:"client,omitempty"`     // the page's own name of the message
}
