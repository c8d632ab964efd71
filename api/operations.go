package api

import (
	"slices"

	"ringflow/endpoints"
)

// Who may: the contract's short forms.
var (
	administrators = []endpoints.Role{endpoints.SystemAdministrator}
	managers       = []endpoints.Role{endpoints.SystemAdministrator, endpoints.Manager}
	staff          = []endpoints.Role{endpoints.SystemAdministrator, endpoints.Manager, endpoints.CustomerRole}
	watchers       = []endpoints.Role{endpoints.SystemAdministrator, endpoints.Manager, endpoints.CallCenterDashboard}
	talkers        = []endpoints.Role{endpoints.SystemAdministrator, endpoints.Manager, endpoints.UserRole}
	users          = []endpoints.Role{endpoints.UserRole}
	readers        = []endpoints.Role{endpoints.SystemAdministrator, endpoints.Manager, endpoints.CustomerRole, endpoints.UserRole}
)

// operations is the contract as far as it is served, a file for each resource.
func operations() []*Operation {
	return slices.Concat(
		authOperations(),
		usersOperations(),
		logOperations(),
		globalOperations(),
		systemOperations(),
		customersOperations(),
		flowsOperations(),
		endpointsOperations(),
		sessionsOperations(),
		eventsOperations(),
		filesOperations(),
		notificationsOperations(),
		messagesOperations(),
		webhooksOperations(),
		reportsOperations(),
		serverOperations(),
		describeOperations(),
	)
}
