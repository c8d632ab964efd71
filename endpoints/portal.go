package endpoints

import (
	"encoding/json"
	"slices"
	"strings"
)

// Portal is what an endpoint carries for portals and apps.
type Portal struct {
	ManagerAccess        ManagerAccess         `json:"managerAccess,omitempty"` // of a user: its login has it, too
	DashboardPermissions []DashboardPermission `json:"dashboardPermissions,omitempty"`
	AppSettings          json.RawMessage       `json:"appSettings,omitempty"`
	DisableSms           bool                  `json:"disableSms,omitempty"`
	External10Dlc        bool                  `json:"useExternal10DlcCampaign,omitempty"`
	AddressSID           string                `json:"addressSid,omitempty"` // of a number: the carrier's word for its regulatory address
}

// validate tells what of p an endpoint of the kind can't have.
func (p *Portal) validate(kind Kind) error {
	if kind != User && (p.ManagerAccess != "" || len(p.DashboardPermissions) > 0) {
		return invalid("managerAccess", "managerAccess and dashboardPermissions are of users only")
	}
	as := Login{ManagerAccess: p.ManagerAccess, DashboardPermissions: p.DashboardPermissions}
	if err := as.checkRights(); err != nil {
		return err
	}
	slices.SortFunc(p.DashboardPermissions, func(a, b DashboardPermission) int {
		return slices.Index(DashboardPermissions, a) - slices.Index(DashboardPermissions, b)
	})
	if p.DashboardPermissions = slices.Compact(p.DashboardPermissions); len(p.DashboardPermissions) == 0 {
		p.DashboardPermissions = nil
	}
	if kind != PhoneNumber && kind != FaxNumber && p.AddressSID != "" {
		return invalid("addressSid", "is of numbers only")
	}
	p.AddressSID = strings.TrimSpace(p.AddressSID)
	return first(text("addressSid", &p.AddressSID, optional), keep("appSettings", &p.AppSettings))
}
