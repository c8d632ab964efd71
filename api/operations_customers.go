package api

import "ringflow/endpoints"

// customersOperations are the calls of customers and schedules.
func customersOperations() []*Operation {
	return []*Operation{
		op((*Server).listCustomers, Operation{Summary: "List customers: all, those below parentCustomerIds, or with shallowParent their children; with shallowParent alone those that stand at the top.", Roles: staff, Scope: accountList(), Routes: []string{"GET /customers"}}),
		op((*Server).getCustomer, Operation{Summary: "Show a customer.", Roles: staff, Scope: oneCustomer(), Routes: []string{"GET /customers/{customerId}"}}),
		op((*Server).newCustomer, Operation{Summary: "Make a customer.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /customers"}}),
		op((*Server).patchCustomer, Operation{Summary: "Change a customer.", Roles: staff, Scope: oneCustomer(), Routes: []string{"PATCH /customers/{customerId}"}}),
		op((*Server).setCustomerStagingMode, Operation{Summary: "Mark a customer as one that is tried out, or not any more.", Roles: staff, Scope: oneCustomer(), Routes: []string{"POST /customers/{customerId}/staging"}}),
		void((*Server).deleteCustomer, Operation{Summary: "Delete a customer that nothing belongs to any more.", Roles: staff, Scope: oneCustomer(), Routes: []string{"DELETE /customers/{customerId}"}}),
		op((*Server).getInheritedSchedule, Operation{Summary: "Show the schedule that counts for a customer or an endpoint: its own, or the nearest above it.", Roles: staff, Scope: endpointOrCustomer(),
			Routes: []string{"GET /customers/{customerId}/inherited-schedule", "GET /endpoints/{endpointId}/inherited-schedule"}}),
		op((*Server).testSchedule, Operation{Summary: "Ask for the state at a moment (dateTime; none: now), by the saved schedule or the one that is given.", Roles: staff, Scope: endpointOrCustomer(), Needs: endpoints.ScopeRead,
			Routes: []string{"POST /customers/{customerId}/test-schedule", "POST /endpoints/{endpointId}/test-schedule"}}),
	}
}
