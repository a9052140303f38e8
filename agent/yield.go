package agent

import "context"

// Yield says why this agent leaves logins to that of another user, who shares the links of the computer;
// empty: it does not any more. What is under way goes on, and what the user asks for is done.
func (a *Agent) Yield(ctx context.Context, why string) error {
	return a.call(ctx, func(loop context.Context) {
		if why == a.yields {
			return
		}
		a.yields = why
		if why != "" {
			a.logger.Info("logins are left to another agent", "cause", why)
			return
		}
		for _, as := range a.associations {
			a.suspect(loop, as, Cause{CauseSeat, "logins are not left to another agent any more"})
		}
	})
}
