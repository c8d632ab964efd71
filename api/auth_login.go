package api

import (
	"cmp"
	"net/http"
	"strings"

	"ringflow/endpoints"
)

// authenticate logs in. By credentials it gives cookies; a password in an
// address would stand in logs, so those come in a body only.
func (s *Server) authenticate(r *Request, q *Authenticate) (*AuthenticateResponse, error) {
	switch provider := strings.ToLower(q.Provider); {
	case provider == "logout" || r.Method == http.MethodDelete:
		return s.logout(r, &Logout{})
	case provider == "credentials" || provider == "" && q.UserName != "":
		if r.Method != http.MethodPost && r.Method != http.MethodPut || r.URL.Query().Has("password") {
			return nil, fail(http.StatusBadRequest, "ArgumentException", "userName and password are taken from the body of a POST")
		}
		login, err := s.auth.basic(r.Request, q.UserName, q.Password)
		if err != nil {
			return nil, err
		}
		return s.begin(r, login, q.RememberMe)
	case provider == "token":
		if r.Method != http.MethodPost && r.Method != http.MethodPut || r.URL.Query().Has("accessToken") {
			return nil, fail(http.StatusBadRequest, "ArgumentException", "accessToken is taken from the body of a POST")
		}
		login, err := s.auth.redeem(r.Request, q.AccessToken, "")
		if err != nil {
			return nil, err
		}
		return s.begin(r, login, q.RememberMe)
	case provider == "basic" || provider == "":
		if r.Who == nil {
			return nil, unauthorized(badLogin)
		}
		return authenticated(r.Who.login, r.Who.session), nil
	}
	return nil, notFound("provider", q.Provider)
}

// begin starts a web session: ss-id until the browser closes, ss-pid for thirty
// days where that was asked for.
func (s *Server) begin(r *Request, l *endpoints.Login, remember bool) (*AuthenticateResponse, error) {
	opt, life, maxAge := "temp", sessionIdle, 0
	if remember {
		opt, life, maxAge = "perm", permanentIdle, int(permanentIdle.Seconds())
	}
	r.did = l
	tokens, err := s.auth.sessions.begin(r.Context(), l, sessionIdle, life)
	if err != nil {
		return nil, err
	}
	s.cookie(r, "ss-id", tokens[0], 0)
	s.cookie(r, "ss-pid", tokens[1], maxAge)
	s.cookie(r, "ss-opt", opt, int(permanentIdle.Seconds()))
	return authenticated(l, tokens[0]), nil
}

// cookie sets a cookie; maxAge in seconds, 0: until the browser closes, less: delete.
func (s *Server) cookie(r *Request, name, value string, maxAge int) {
	http.SetCookie(r.W, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil || strings.HasPrefix(s.PublicURL, "https://"),
	})
}

func authenticated(l *endpoints.Login, session string) *AuthenticateResponse {
	return &AuthenticateResponse{UserId: l.ID, SessionId: session, UserName: l.EmailAddress, DisplayName: displayName(l), Roles: roleStrings(l.Roles), Permissions: []string{}}
}

func displayName(l *endpoints.Login) string {
	return cmp.Or(strings.TrimSpace(l.FirstName+" "+l.LastName), l.EmailAddress)
}

// logout ends the session of every token that came along.
func (s *Server) logout(r *Request, _ *Logout) (*AuthenticateResponse, error) {
	var tokens []string
	for _, name := range []string{"ss-id", "ss-pid"} {
		if c, err := r.Cookie(name); err == nil {
			tokens = append(tokens, c.Value)
		}
		if token := r.Header.Get("X-" + name); token != "" {
			tokens = append(tokens, token)
		}
		s.cookie(r, name, "", -1)
	}
	s.cookie(r, "ss-opt", "", -1)
	return &AuthenticateResponse{}, s.auth.sessions.end(r.Context(), tokens...)
}

// authStatus tells who asks; nobody is isAuthenticated false.
func (s *Server) authStatus(r *Request, _ *GetAuthStatus) (*UserInfo, error) {
	info := &UserInfo{Roles: []string{}, AccountIds: []string{}, AccountNames: []string{}, DashboardPermissions: []DashboardPermissions{}}
	if r.Who == nil {
		return info, nil
	}
	l := r.Who.login
	info.Id, info.IsAuthenticated, info.EmailAddress, info.EndpointId = l.ID, true, l.EmailAddress, l.EndpointID
	info.FirstName, info.LastName, info.Name = l.FirstName, l.LastName, displayName(l)
	info.Roles, info.CustomerIds, info.ManagerAccess = roleStrings(l.Roles), l.CustomerIDs, string(l.ManagerAccess)
	info.DashboardPermissions = wordsOf[DashboardPermissions](l.DashboardPermissions)
	f := endpoints.AccountFilter{List: endpoints.List{All: true}}
	if !r.Who.administrator() {
		if f.SpecificIDs = l.AccountIDs; len(l.AccountIDs) == 0 {
			return info, nil
		}
	}
	accounts, _, err := s.Store.Accounts(r.Context(), f)
	for _, a := range accounts {
		info.AccountIds, info.AccountNames = append(info.AccountIds, a.ID), append(info.AccountNames, a.Name)
	}
	return info, err
}
