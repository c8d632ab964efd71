package api

import (
	"context"
	"strings"

	"ringflow/endpoints"
)

// messageChannels are the channels in the API's words.
var messageChannels = map[endpoints.Channel]MessageChannels{
	endpoints.SIPText: "Sip", endpoints.SMPP: "Smpp", endpoints.Twilio: "Twilio", endpoints.HTTPText: "Http", endpoints.Email: "Email",
	endpoints.Slack: "Slack", endpoints.BotFramework: "Bot", endpoints.WebChat: "Web",
}

func (s *Server) messageInfo(ctx context.Context, m *endpoints.Message) (*MessageInfo, error) {
	infos, err := s.messageInfos(ctx, []*endpoints.Message{m})
	if err != nil {
		return nil, err
	}
	return &infos[0], nil
}

func (s *Server) messageInfos(ctx context.Context, all []*endpoints.Message) ([]MessageInfo, error) {
	ids := make([]string, len(all))
	for i, m := range all {
		ids[i] = m.EndpointID
	}
	names, err := s.shown(ctx, ids, nil)
	out := make([]MessageInfo, len(all))
	for i, m := range all {
		out[i] = s.messageShown(m, names)
	}
	return out, err
}

func (s *Server) messageShown(m *endpoints.Message, names shown) MessageInfo {
	out := MessageInfo{
		Id: m.ID, AccountId: m.AccountID, CustomerId: m.CustomerID, EndpointId: m.EndpointID, EndpointDisplayName: names.of(m.EndpointID), Date: m.Date,
		Direction: MessageDirections(m.Direction), OtherAddress: m.OtherAddress, Sender: m.Sender, Text: m.Text, IsUnread: m.Unread,
		ConversationId: endpoints.ConversationID(m.EndpointID, m.OtherAddress), SessionId: m.SessionID, Channel: messageChannels[m.Channel],
		OtherName: m.OtherName, SenderUserId: m.SenderID, Subject: m.Subject, Files: []MessageFileInfo{}, State: MessageStates(m.State), Error: m.Error,
		Segments: m.Segments, IsAutomatic: m.Auto, revision: m.Revision,
	}
	for _, f := range m.Files {
		out.Files = append(out.Files, MessageFileInfo{FileId: f.FileID, FileName: f.Name, ContentType: f.ContentType, Uri: s.fileURI(f.FileID)})
	}
	return out
}

func (s *Server) conversationInfos(ctx context.Context, all []*endpoints.Conversation) ([]ConversationInfo, error) {
	ids := make([]string, len(all))
	for i, c := range all {
		ids[i] = c.EndpointID
	}
	names, err := s.shown(ctx, ids, nil)
	out := make([]ConversationInfo, len(all))
	for i, c := range all {
		out[i] = ConversationInfo{
			Id: c.ID, EndpointId: c.EndpointID, OtherAddress: c.OtherAddress, AccountId: c.AccountID, CustomerId: c.CustomerID,
			EndpointDisplayName: names.of(c.EndpointID), OtherName: c.OtherName, SessionId: c.SessionID, UnreadCount: c.Unread,
			revision: c.Revision,
		}
		if c.Latest != nil {
			m := s.messageShown(c.Latest, names)
			out[i].MostRecentMessage = &m
		}
	}
	return out, err
}

// fileURI is where a file's bytes are.
func (s *Server) fileURI(id string) string {
	return strings.TrimRight(s.PublicURL, "/") + "/files/" + id + "/content"
}
