package api

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

func (s *Server) accountInfos(ctx context.Context, all ...*endpoints.Account) ([]AccountInfo, error) {
	ids := make([]string, len(all))
	for i, a := range all {
		ids[i] = a.ID
	}
	lines, err := s.Store.AccountLines(ctx, ids...)
	out := make([]AccountInfo, len(all))
	for i, a := range all {
		out[i] = AccountInfo{
			EntityInfo: entityInfo(a.Entity), Name: a.Name, ParentAccountId: a.ParentAccountID, AncestorIds: listOf(lines[a.ID]), MaxPhoneNumbers: a.MaxPhoneNumbers,
			IsBYOA: a.CarrierSID != "", TwilioAccountSid: a.CarrierSID, TrustHubProfileSid: a.TrustHubProfileSID, LogoId: a.LogoID, BillingSettings: a.Billing,
		}
		if a.LogoID != "" {
			out[i].LogoUri = s.fileURI(a.LogoID)
		}
	}
	return out, err
}

func (s *Server) accountInfo(ctx context.Context, a *endpoints.Account) (*AccountInfo, error) {
	infos, err := s.accountInfos(ctx, a)
	if err != nil {
		return nil, err
	}
	return &infos[0], nil
}

func (s *Server) listAccounts(r *Request, q *ListAccounts) (*ListResponse[AccountInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	all, total, err := s.Store.Accounts(r.Context(), endpoints.AccountFilter{List: list, NameFilter: q.NameFilter})
	if err != nil {
		return nil, err
	}
	items, err := s.accountInfos(r.Context(), all...)
	return page(&q.ListRequest, items, total), err
}

func (s *Server) getAccount(r *Request, _ *GetAccount) (*AccountInfo, error) {
	return s.accountInfo(r.Context(), r.found.account)
}

// newAccount makes an account with the settings that nobody has changed.
func (s *Server) newAccount(r *Request, q *NewAccount) (*AccountInfo, error) {
	a := &endpoints.Account{
		Name: q.Name, ParentAccountID: q.ParentAccountId, MaxPhoneNumbers: q.MaxPhoneNumbers,
		CarrierSID: q.TwilioAccountSid, TrustHubProfileSID: q.TrustHubProfileSid, Billing: q.BillingSettings,
	}
	a.CreatedBy = r.Who.login.EmailAddress
	return s.saveAccount(r, a)
}

// patchAccount changes what is given and leaves the rest.
func (s *Server) patchAccount(r *Request, q *PatchAccount) (*AccountInfo, error) {
	a := r.found.account
	set(&a.Name, q.Name)
	set(&a.ParentAccountID, q.ParentAccountId)
	set(&a.MaxPhoneNumbers, q.MaxPhoneNumbers)
	set(&a.CarrierSID, q.TwilioAccountSid)
	set(&a.TrustHubProfileSID, q.TrustHubProfileSid)
	keptAs(&a.Billing, q.BillingSettings)
	if err := s.ownFile(r.Context(), a.ID, "logoId", &a.LogoID, q.LogoId); err != nil {
		return nil, err
	}
	return s.saveAccount(r, a)
}

func (s *Server) saveAccount(r *Request, a *endpoints.Account) (*AccountInfo, error) {
	a.LastModifiedBy = r.Who.login.EmailAddress
	if err := s.Store.PutAccount(r.Context(), a); err != nil {
		return nil, err
	}
	s.reload(r.Context())
	return s.accountInfo(r.Context(), a)
}

// deleteAccount deletes an account that is empty and has no call.
func (s *Server) deleteAccount(r *Request, _ *DeleteAccount) error {
	ctx, id := r.Context(), r.found.accountID
	if n := len(s.Calls.Live([]string{id})); n > 0 {
		return &endpoints.Invalid{Field: "accountId", Text: fmt.Sprintf("the account can't be deleted: %d calls are live; end those first", n)}
	}
	if err := s.Store.DeleteAccount(ctx, id); err != nil {
		return err
	}
	s.log().Info("an account was deleted", zap.String("account", r.found.account.Name), zap.String("by", r.Who.login.EmailAddress))
	s.reload(ctx)
	return nil
}

// regenerateTokens logs everybody of an account out, and revokes its keys; who
// sees all accounts stays. Passwords stay, too.
func (s *Server) regenerateTokens(r *Request, _ *RegenerateTokens) (*RegenerateTokensResponse, error) {
	ctx, out := r.Context(), &RegenerateTokensResponse{AccountId: r.found.accountID}
	logins, _, err := s.Store.Logins(ctx, endpoints.LoginFilter{List: endpoints.List{All: true, Simplified: true}, AccountIDs: []string{out.AccountId}})
	if err != nil {
		return nil, err
	}
	for _, l := range logins {
		if !l.Has(endpoints.SystemAdministrator) {
			out.TokensEnded += s.auth.tokens.endOf(l.ID)
		}
	}
	if out.SessionsEnded, out.ApiKeysRevoked, err = s.Store.EndTokensOf(ctx, out.AccountId); err != nil {
		return nil, err
	}
	s.log().Info("an account's tokens have ended", zap.String("account", r.found.account.Name), zap.String("by", r.Who.login.EmailAddress), zap.Int("sessions", out.SessionsEnded), zap.Int("keys", out.ApiKeysRevoked))
	return out, nil
}

// endOf ends the tokens of a login, and tells how many there were.
func (o *oneTime) endOf(login string) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, t := range o.out {
		if t.login == login {
			delete(o.out, key)
			n++
		}
	}
	return n
}
