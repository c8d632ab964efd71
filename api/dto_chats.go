package api

import "time"

// InviteChatMember lets somebody take part in a chat.
type InviteChatMember struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
	Member    string // a user's endpoint id, e-mail address or sipUserName, or a cell phone's number
	UserId    string // the same
	Number    string // the same
}

func (q *InviteChatMember) session() string { return q.SessionId }

// DeleteChatMember takes somebody out of a chat.
type DeleteChatMember struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
	MemberId  string // as members of the session tell it: callSid
}

func (q *DeleteChatMember) session() string { return q.SessionId }

// TextStopInfo is that somebody wants no more texts of a number.
type TextStopInfo struct {
	_          struct{} `ns:"Voice.Api.Messaging"`
	Id         string
	AccountId  string
	EndpointId string // of the number
	Address    string // whose wish it is
	Word       string // what he wrote
	Date       time.Time
}

// ListTextStops lists who wants no texts of an endpoint.
type ListTextStops struct {
	_ struct{} `ns:"Voice.Api.Messaging"`
	ListRequest
	EndpointId    string
	AddressFilter string // a part of the address
}

func (q *ListTextStops) endpoint() string { return q.EndpointId }

// NewTextStop notes that somebody wants no more texts of an endpoint.
type NewTextStop struct {
	_          struct{} `ns:"Voice.Api.Messaging"`
	EndpointId string
	Address    string // a phone number
}

func (q *NewTextStop) endpoint() string { return q.EndpointId }

// DeleteTextStop forgets that somebody wanted no texts of an endpoint.
type DeleteTextStop struct {
	_          struct{} `ns:"Voice.Api.Messaging"`
	EndpointId string
	Address    string
}

func (q *DeleteTextStop) endpoint() string { return q.EndpointId }
