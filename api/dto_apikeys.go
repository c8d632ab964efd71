package api

import (
	"time"

	"ringflow/endpoints"
)

// ApiKeyInfo is an API key, without the key.
type ApiKeyInfo struct {
	_ struct{} `ns:"Voice.Api.Authentication"`
	EntityInfo
	Name          string
	Prefix        string // the beginning of the key
	Key           string // in the answer to NewApiKey only
	UserId        string // who made it
	AccountIds    []string
	Scopes        []ApiKeyScopes
	Expires       time.Time
	LastUsed      time.Time
	LastIpAddress string
}

// ApiKeyScopes are kinds of operations.
type ApiKeyScopes string

func (ApiKeyScopes) Members() []string { return wordsOf[string](endpoints.KeyScopes) }

// ListApiKeys lists API keys.
type ListApiKeys struct {
	_ struct{} `ns:"Voice.Api.Authentication"`
	ListRequest
	NameFilter string
}

// NewApiKey makes an API key.
type NewApiKey struct {
	_          struct{} `ns:"Voice.Api.Authentication"`
	Name       string
	AccountIds []string // none: all of the login's
	Scopes     []ApiKeyScopes
	Expires    time.Time // none: when it is deleted
}

// GetApiKey shows an API key.
type GetApiKey struct {
	_        struct{} `ns:"Voice.Api.Authentication"`
	ApiKeyId string
}

func (q *GetApiKey) apiKey() string { return q.ApiKeyId }

// DeleteApiKey revokes an API key.
type DeleteApiKey struct {
	_        struct{} `ns:"Voice.Api.Authentication"`
	ApiKeyId string
}

func (q *DeleteApiKey) apiKey() string { return q.ApiKeyId }
