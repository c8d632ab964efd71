package bot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"ringflow/endpoints"
)

// tokenTime is how long a page's token counts, as in Direct Line; it may be refreshed until then.
const tokenTime = 30 * time.Minute

// pageToken is what a page may do: talk in one conversation.
type pageToken struct {
	Endpoint     string `json:"e"`
	Conversation string `json:"c"`
	User         string `json:"u,omitempty"` // who must write; empty: who says so
	Name         string `json:"n,omitempty"`
	Expires      int64  `json:"x"`
}

func pageKey(secret string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("tokens of pages"))
	return mac.Sum(nil)
}

func (t *pageToken) sign(secret string) (string, error) {
	raw, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, pageKey(secret))
	mac.Write(raw)
	return base64.RawURLEncoding.EncodeToString(raw) + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

// pageToken is the token that a request shows; nil: it shows the secret itself.
func (a *Adapter) pageToken(e *endpoints.Endpoint, authorization string) (*pageToken, error) {
	wrong := errors.New("it is none of ours")
	scheme, given, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || given == "" || len(given) > maxToken {
		return nil, wrong
	}
	// Both are compared by their marks, which are of one length.
	if hmac.Equal(pageKey(given), pageKey(e.Bot.DirectLineSecret)) {
		return nil, nil
	}
	head, tail, _ := strings.Cut(given, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	mark, err2 := base64.RawURLEncoding.DecodeString(tail)
	if err != nil || err2 != nil {
		return nil, wrong
	}
	mac := hmac.New(sha256.New, pageKey(e.Bot.DirectLineSecret))
	mac.Write(raw)
	var t pageToken
	if !hmac.Equal(mac.Sum(nil), mark) || json.Unmarshal(raw, &t) != nil || t.Endpoint != e.ID || time.Now().Unix() > t.Expires {
		return nil, wrong
	}
	return &t, nil
}

// opened is a conversation with the token for it.
type opened struct {
	Conversation string `json:"conversationId"`
	Token        string `json:"token"`
	Expires      int    `json:"expires_in"`
}

func (a *Adapter) give(v *visit, status int, t pageToken) {
	t.Endpoint, t.Expires = v.e.ID, time.Now().Add(tokenTime).Unix()
	signed, err := t.sign(v.e.Bot.DirectLineSecret)
	if err != nil {
		a.broken(v, err)
		return
	}
	v.answer(status, opened{t.Conversation, signed, int(tokenTime / time.Second)})
}

// maxUser is the longest id or name of who talks by a page.
const maxUser = 200

// generate makes a token for a new conversation; only who has the secret may.
func (a *Adapter) generate(v *visit) {
	var in struct{ User Party }
	if v.token != nil {
		v.fail(http.StatusForbidden, "BadArgument", "a token is made with the secret")
		return
	}
	if !v.within(&a.rates, "open", "", openRate) || !v.body(&in) {
		return
	}
	if len(in.User.ID) > maxUser || len(in.User.Name) > maxUser {
		v.fail(http.StatusBadRequest, "BadArgument", "the user's id or name is too long")
		return
	}
	a.give(v, http.StatusOK, pageToken{Conversation: endpoints.NewID(), User: in.User.ID, Name: in.User.Name})
}

func (a *Adapter) refresh(v *visit) {
	if v.token == nil {
		v.fail(http.StatusForbidden, "BadArgument", "only a token can be refreshed")
		return
	}
	if v.within(&a.rates, "ask", v.token.Conversation, askRate) {
		a.give(v, http.StatusOK, *v.token)
	}
}

// openConversation opens the conversation of the token, or a new one.
func (a *Adapter) openConversation(v *visit) {
	t := pageToken{Conversation: endpoints.NewID()}
	if v.token != nil {
		t = *v.token
	}
	if v.within(&a.rates, "open", "", openRate) {
		a.give(v, http.StatusCreated, t)
	}
}

// reopen goes on with a conversation after the page was loaded anew.
func (a *Adapter) reopen(v *visit) {
	t := pageToken{Conversation: v.r.PathValue("conversation")}
	if v.token != nil {
		t = *v.token
	}
	if v.within(&a.rates, "ask", t.Conversation, askRate) {
		a.give(v, http.StatusOK, t)
	}
}
