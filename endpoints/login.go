package endpoints

import (
	"net/mail"
	"slices"
	"strings"
)

// Role is a right of a login, in the API's names.
type Role string

const (
	SystemAdministrator Role = "SystemAdministrator"
	Manager             Role = "Manager"
	CustomerRole        Role = "Customer"
	UserRole            Role = "User"
	CallCenterDashboard Role = "CallCenterDashboard"
)

// Roles are all there are.
var Roles = []Role{SystemAdministrator, Manager, CustomerRole, UserRole, CallCenterDashboard}

// Login is a person who may use the API. The e-mail address is unique on the server.
type Login struct {
	Entity
	EmailAddress        string
	FirstName, LastName string
	PasswordHash        string // PHC string, argon2id
	Roles               []Role
	AccountIDs          []string // a SystemAdministrator sees all, whatever stands here
	EndpointID          string   // role User: the user endpoint

	// ManagerAccess bounds what a login other than a SystemAdministrator changes;
	// empty: all that its roles may.
	ManagerAccess ManagerAccess
	// DashboardPermissions open parts of the dashboard to a phone user.
	DashboardPermissions []DashboardPermission
	// CustomerIDs are whom a login of the role Customer belongs to: it sees these
	// and all below them. None: its whole account.
	CustomerIDs []string
}

// Has tells whether l has the role.
func (l *Login) Has(r Role) bool { return slices.Contains(l.Roles, r) }

// MaySee tells whether the account is one of l's.
func (l *Login) MaySee(accountID string) bool {
	return l.Has(SystemAdministrator) || slices.Contains(l.AccountIDs, accountID)
}

// SetPassword keeps the hash of a new password, *Invalid if it is too short.
func (l *Login) SetPassword(password string) error {
	if err := CheckPassword(password); err != nil {
		return err
	}
	l.PasswordHash = HashPassword(password)
	return nil
}

// CheckPassword tells whether people may choose such a password.
func CheckPassword(password string) error {
	if n := len([]rune(password)); n < MinPassword || len(password) > maxText {
		return invalid("password", "has %d characters; %d to %d bytes are allowed", n, MinPassword, maxText)
	}
	return nil
}

// NormalEmail is how an address is kept and compared: no blanks, lower case.
func NormalEmail(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// CheckEmail tells what is wrong with a normal e-mail address.
func CheckEmail(field, address string) error {
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address || len(address) > maxText {
		return invalid(field, "%.64q isn't an e-mail address", address)
	}
	return nil
}

// Validate tells what of l cannot be kept (*Invalid).
func (l *Login) Validate() error {
	l.EmailAddress = NormalEmail(l.EmailAddress)
	if err := CheckEmail("emailAddress", l.EmailAddress); err != nil {
		return err
	}
	if l.PasswordHash == "" {
		return invalid("password", "is missing")
	}
	for _, r := range l.Roles {
		if !slices.Contains(Roles, r) {
			return invalid("roles", "%.32q is no role; there are %v", r, Roles)
		}
	}
	if len(l.CustomerIDs) > maxLoginCustomers {
		return invalid("customerIds", "has %d customers; %d are allowed", len(l.CustomerIDs), maxLoginCustomers)
	}
	return first(text("firstName", &l.FirstName, optional), text("lastName", &l.LastName, optional), l.checkRights())
}

// maxLoginCustomers bounds the customers of a login: all below them count, too.
const maxLoginCustomers = 100
