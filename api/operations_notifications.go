package api

// notificationsOperations are the calls of messages that the server has sent.
func notificationsOperations() []*Operation {
	return []*Operation{
		op((*Server).listNotifications, Operation{Summary: "List messages that were sent, wait, or were given up after a day (1,000 at most with all); what is older than 30 days is gone. The system's own are shown to administrators, without secrets.", Roles: staff, Scope: accountList(), Routes: []string{"GET /notifications"}}),
		op((*Server).resendNotification, Operation{Summary: "Try a message that waits or was given up again at once, and for another day; of one that was sent, send a copy.", Roles: staff, Scope: oneNotification(), Routes: []string{"POST /notifications/{notificationId}/resend"}}),
	}
}
