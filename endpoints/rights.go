package endpoints

import "slices"

// ManagerAccess is how much a login changes, in the API's names.
type ManagerAccess string

const (
	ReadOnly        ManagerAccess = "ReadOnly"
	ReadWrite       ManagerAccess = "ReadWrite" // deletes nothing
	ReadWriteDelete ManagerAccess = "ReadWriteDelete"
)

// ManagerAccesses are all there are, the least first.
var ManagerAccesses = []ManagerAccess{ReadOnly, ReadWrite, ReadWriteDelete}

// Within tells whether a is no more than b; empty is all.
func (a ManagerAccess) Within(b ManagerAccess) bool {
	return b == "" || b == ReadWriteDelete || a != "" && slices.Index(ManagerAccesses, a) <= slices.Index(ManagerAccesses, b)
}

// DashboardPermission is a part of the dashboard, in the API's names.
type DashboardPermission string

const (
	ViewFiles         DashboardPermission = "ViewFiles"
	ViewNotifications DashboardPermission = "ViewNotifications"
	ViewSessions      DashboardPermission = "ViewSessions"
	ViewEndpoints     DashboardPermission = "ViewEndpoints"
	ViewReports       DashboardPermission = "ViewReports"
	ViewCustomers     DashboardPermission = "ViewCustomers"
	ViewFlows         DashboardPermission = "ViewFlows"
	ViewCallCenter    DashboardPermission = "ViewCallCenter"
)

// DashboardPermissions are all there are.
var DashboardPermissions = []DashboardPermission{ViewFiles, ViewNotifications, ViewSessions, ViewEndpoints, ViewReports, ViewCustomers, ViewFlows, ViewCallCenter}

func (l *Login) checkRights() error {
	if l.ManagerAccess != "" && !slices.Contains(ManagerAccesses, l.ManagerAccess) {
		return invalid("managerAccess", "%.32q is none; there are %v", l.ManagerAccess, ManagerAccesses)
	}
	for _, p := range l.DashboardPermissions {
		if !slices.Contains(DashboardPermissions, p) {
			return invalid("dashboardPermissions", "%.32q is none; there are %v", p, DashboardPermissions)
		}
	}
	return nil
}

// Confined tells whether l sees its customers only; of the role Customer one without any
// sees nothing.
func (l *Login) Confined() bool {
	return (len(l.CustomerIDs) > 0 || l.Has(CustomerRole)) && !l.Has(SystemAdministrator) && !l.Has(Manager)
}
